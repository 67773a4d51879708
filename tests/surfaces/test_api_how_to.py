"""Every command of docs/how-to/api.md does what the page says, on a real server."""

import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests import api, factories, march

from vernost.contacts.models import Interaction
from vernost.customers.models import ConsentStatement
from vernost.segments.models import Segment, SegmentMember
from vernost.workshop.models import Appointment, OrderLine

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "api.md"
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


@pytest.fixture
def dealership(django_db_setup, live_server):  # noqa: ARG001 - sets the folders that the server looks into
    branch = api.named(factories.branch(name="Казань", bays=2), "B-1")
    owner = api.named(factories.customer(name="Казанцев Пётр"), "C-1")
    car = api.named(factories.vehicle(owner=owner), "V-1")
    at = datetime(2099, 11, 24, 12, tzinfo=UTC)
    api.named(factories.appointment(branch=branch, starts_at=at, customer=owner, vehicle=car), "A-1")
    segment = Segment.objects.create(
        code="best", title="Лучшие", rule={}, created_at=at, changed_at=at, size=1, counted_for=at.date()
    )
    SegmentMember.objects.create(segment=segment, customer=owner, since=at.date())
    march.build()
    return live_server.url


@pytest.mark.skipif(shutil.which("curl") is None, reason="the commands of the page need curl")
@pytest.mark.django_db(transaction=True)
def test_every_command_of_the_page_works(dealership):
    environment = {**os.environ, "VERNOST": dealership, "KEY": api.key()}
    answers = [
        subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, env=environment)  # noqa: S607 - the reader's own shell
        for line in COMMANDS
    ]
    assert [(answer.returncode, answer.stderr) for answer in answers] == [(0, "")] * len(COMMANDS)
    assert all(json.loads(answer.stdout) for answer in answers)
    assert list(Appointment.objects.order_by("pk").values_list("external_id", "status")) == [
        ("A-1", "cancelled"),
        (None, "booked"),
    ]
    assert list(Interaction.objects.values_list("channel", "outcome")) == [("call", "booked")]
    assert list(ConsentStatement.objects.values_list("sms", "calls", "origin")) == [(True, None, "api")]
    assert list(OrderLine.objects.values_list("name", "order__external_id")) == [("ТО-1", "O-7")]
