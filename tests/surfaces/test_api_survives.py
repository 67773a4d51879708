"""Schemathesis asks the running server whatever the description allows, and much that it does not: nothing breaks."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.test import Client
from tests import api, factories, march

from vernost.accounts.models import GivenAnswer
from vernost.api import snapshot
from vernost.core.actor import system
from vernost.customers import operations as customers
from vernost.customers.operations import Said
from vernost.customers.rules.consents import Purpose, Way
from vernost.segments.models import Segment

SETTINGS = """
[output.sanitization]
enabled = false

[checks.positive_data_acceptance]
# A rule may refuse what the description allows; 503 tells to come again.
expected-statuses = ["2xx", "401", "403", "404", "409", "503"]
"""


@pytest.fixture
def server(django_db_setup, live_server):  # noqa: ARG001 - sets the folders that the server looks into
    branch = api.named(factories.branch(name="Казань", bays=2), "B-1")
    owner = api.named(factories.customer(name="Казанцев Пётр"), "C-1")
    car = api.named(factories.vehicle(owner=owner), "V-1")
    api.named(factories.order(branch=branch, customer=owner, vehicle=car, lines=[("Масло", 100)]), "O-1")
    api.named(factories.deal(branch=branch, customer=owner, vehicle=car), "D-1")
    at = datetime(2099, 11, 24, 12, tzinfo=UTC)
    api.named(factories.appointment(branch=branch, starts_at=at, customer=owner, vehicle=car), "A-1")
    factories.invitation(programme=factories.programme(), branch=branch, customer=owner, vehicle=car)
    said = Said(Purpose.ADVERTISING, {"calls": True}, Way.PAPER, date(2026, 3, 1), "Анкета 17")
    customers.record_statement(customer_id=owner.pk, said=said, actor=system("tests"), now=at)
    Segment.objects.create(
        code="best", title="Лучшие", rule={}, created_at=at, changed_at=at, size=0, counted_for=at.date()
    )
    march.build()
    # The first call of a process loads the engine of figures, which takes seconds.
    warm = api.Caller(Client(), api.key())
    assert [warm.get(f"/customers/C-1/{figures}").status_code for figures in ("why", "metrics")] == [200, 200]
    return live_server.url


def ask(url: str, folder: Path, *more: str, file: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Schemathesis over the description that the server gives, or that stands in a file."""
    settings = folder / "schemathesis.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)]
    description = [str(file), "--url", url] if file else [f"{url}/api/v1/openapi.json"]
    asked = ["run", *description, "--checks", "all", "--no-color", "--max-response-time", "60"]
    patience = ["--request-timeout", "120"]  # of a busy machine
    key = ["--header", f"Authorization: Bearer {api.key(calls_per_minute=2_000_000_000)}"]
    return subprocess.run(
        [*program, *asked, *patience, *key, *more],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": ""},
    )


def tags() -> list[str]:
    """Return the parts of the API: each is asked in a run of its own, which takes less than some minutes."""
    description = json.loads(snapshot.FILE.read_text(encoding="utf-8"))
    return sorted({tag for path in description["paths"].values() for each in path.values() for tag in each["tags"]})


# So many bodies does chance give each operation; the edges of its schema come beside them, however many. A body of
# records has every column of every file: 2 400 calls of its edges, most refused for a field that nobody has added.
EXAMPLES = {"records": "6"}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tag", tags())
def test_a_part_of_the_api_survives_many_examples(server, tmp_path, tag):
    """The description's own examples, every edge of every schema, and chance."""
    told = ask(
        server,
        tmp_path,
        "--include-tag",
        tag,
        "--max-examples",
        EXAMPLES.get(tag, "25"),
        "--seed",
        "1",
        "--phases",
        "examples,coverage,fuzzing",
    )
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_records_without_fields_that_nobody_has_added_are_brought_in(server, tmp_path):
    """Bodies that chance makes of the columns alone: these go through the import to its end."""
    description = json.loads(snapshot.FILE.read_text(encoding="utf-8"))
    for schema in description["components"]["schemas"].values():
        schema.get("properties", {}).pop("fields", None)
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(description), encoding="utf-8")
    chosen = ["--include-tag", "records", "--max-examples", "20", "--seed", "1", "--phases", "examples,fuzzing"]
    told = ask(server, tmp_path, *chosen, file=file)
    assert told.returncode == 0, told.stdout + told.stderr
    assert GivenAnswer.objects.filter(status=200).count() > 5


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_api_survives_calls_that_follow_calls(server, tmp_path):
    told = ask(server, tmp_path, "--max-examples", "5", "--seed", "1", "--phases", "stateful")
    assert told.returncode == 0, told.stdout + told.stderr
