"""A refresh of the mirror that is killed: the version before stays, nothing is lost, nothing stays behind."""

import os
import select
import subprocess
import sys
from datetime import UTC, datetime
from itertools import count

import pytest
from django.db import connection
from tests import factories
from tests.faults.killing import kill, kill_at_random_moments, measured
from tests.faults.running import without_transactions

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
from vernost.facts import mirror, operations
{planted}
print("begun", flush=True)
operations.refresh(now=datetime(2026, 11, 30, 6, tzinfo=UTC))
print("ended", flush=True)
"""
# The changes are forgotten by then, and the version that holds them is not yet the current one.
STAYS_BEFORE_THE_SWITCH = """
import signal
def stay(fresh):
    print("there", flush=True)
    signal.pause()
mirror.switch_to = stay
"""


def _begin(folder, planted="", **more) -> subprocess.Popen[bytes]:
    """Start a refresh in a process of its own; return when it is inside the work."""
    name = str(connection.settings_dict["NAME"])
    # Without a buffer here its end is still in the pipe, and can be seen there, when its beginning has been read.
    command = [sys.executable, "-c", REFRESH.format(planted=planted), name, str(folder)]
    process = subprocess.Popen(command, env={**os.environ, **more}, stdout=subprocess.PIPE, bufsize=0)
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    return process


def test_a_refresh_killed_at_any_moment_leaves_a_whole_version(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    car = factories.vehicle()
    lines = [("x", "1"), ("y", "2")]
    orders = [factories.order(vehicle=car, mileage_km=number * 1000, lines=lines) for number in range(1, 60)]
    operations.refresh(now=NOW)
    processes, versions, numbers = [], [], count(1)

    def begin():
        number = next(numbers)
        RepairOrder.objects.filter(pk__gte=orders[number % len(orders)].pk).update(amount=str(number))
        versions.append(mirror.current().version)
        processes.append(_begin(settings.MIRROR_DIR))
        return processes[-1]

    def place():
        told = select.select([processes[-1].stdout], [], [], 0)[0]
        return None if told else "refresh"

    def check():
        # Whatever is there can be read, and is one of the two.
        assert len(facts.table("orders", facts.connect()).to_pyarrow()) == len(orders)
        assert mirror.current().version >= versions[-1]
        operations.refresh(now=NOW)
        by_changes = mirror.current()
        fresh = operations.rebuild(now=NOW).mirror
        assert list(checking.differences(by_changes, fresh)) == []

    lasts = measured(begin, lambda: False)
    tally = kill_at_random_moments(kills=KILLS, seed=1, lasts=lasts, begin=begin, place=place, check=check)
    assert len(tally.hits) == KILLS
    assert len([path for path in settings.MIRROR_DIR.iterdir() if path.is_dir()]) <= 2


@pytest.mark.parametrize(
    ("variables", "lost"), [({}, False), (without_transactions(), True)], ids=["with transactions", "control"]
)
def test_killed_where_the_changes_are_forgotten_it_has_forgotten_none(tmp_path, settings, variables, lost):
    settings.MIRROR_DIR = tmp_path / "mirror"
    order = factories.order(vehicle=factories.vehicle(), lines=[("x", "1")])
    before = operations.refresh(now=NOW).mirror.version
    RepairOrder.objects.filter(pk=order.pk).update(amount="7")
    process = _begin(settings.MIRROR_DIR, STAYS_BEFORE_THE_SWITCH, **variables)
    assert process.stdout.readline() == b"there\n"
    kill(process)
    assert mirror.current().version == before
    operations.refresh(now=NOW)
    by_changes = mirror.current()
    fresh = operations.rebuild(now=NOW).mirror
    assert bool(list(checking.differences(by_changes, fresh))) is lost
