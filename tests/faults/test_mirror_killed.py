"""A refresh of the mirror that is killed: the version before stays, nothing is lost, nothing stays behind."""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from random import Random

import pytest
from django.db import connection
from tests import factories

from vernost import facts
from vernost.facts import checking, mirror, operations
from vernost.workshop.models import RepairOrder

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
KILLS = 5
REFRESH = """
import sys
from django.conf import settings
settings.DATABASES["default"]["NAME"], settings.MIRROR_DIR = sys.argv[1:]
import django
django.setup()
from datetime import UTC, datetime
from vernost.facts import operations
print("begun", flush=True)
operations.refresh(now=datetime(2026, 11, 30, 6, tzinfo=UTC))
"""


def _begin(folder) -> subprocess.Popen[str]:
    """Start a refresh in a process of its own; return when it is inside the work."""
    name = str(connection.settings_dict["NAME"])
    process = subprocess.Popen(
        [sys.executable, "-c", REFRESH, name, str(folder)], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def test_a_refresh_killed_at_any_moment_leaves_a_whole_version(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    car = factories.vehicle()
    for number in range(1, 60):
        factories.order(vehicle=car, mileage_km=number * 1000, lines=[("x", "1"), ("y", "2")])
    operations.refresh(now=NOW)
    started = time.monotonic()
    RepairOrder.objects.update(amount="1")
    with _begin(settings.MIRROR_DIR) as process:
        process.wait()
    lasts = time.monotonic() - started
    random, killed = Random(1), 0
    for number in range(KILLS):
        RepairOrder.objects.filter(pk__gte=RepairOrder.objects.first().pk + number).update(amount=str(number + 2))
        before = mirror.current().version
        with _begin(settings.MIRROR_DIR) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(random.random() * lasts / 3)
            process.kill()
        killed += process.returncode == -signal.SIGKILL
        # Whatever is there can be read, and is one of the two.
        assert len(facts.table("orders", facts.connect()).to_pyarrow()) == 59
        assert mirror.current().version >= before
        operations.refresh(now=NOW)
        by_changes = mirror.current()
        fresh = operations.rebuild(now=NOW).mirror
        assert list(checking.differences(by_changes, fresh)) == []
    assert killed >= KILLS // 2
    assert len([path for path in settings.MIRROR_DIR.iterdir() if path.is_dir()]) <= 2
