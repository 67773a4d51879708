"""A night that is killed has written nothing; run again it gives the same, each once. Two at once are one."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from random import Random

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection
from tests import nights
from tests.faults.running import environment, eventually
from tests.nights import TODAY, at, counts, person, run, written

from vernost.automation import operations as automation
from vernost.automation.models import NightRun
from vernost.automation.queries import breaches
from vernost.invitations import operations
from vernost.invitations.models import Cycle, Invitation, Programme
from vernost.invitations.operations import night as night_of

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 12
# What the night touches, in its order: it is held up and killed before each.
TABLES = (
    "facts_factchange",
    "invitations_cycle",
    "invitations_invitation",
    "invitations_invitationevent",
    "invitations_decision",
    "automation_nightrun",
)


@pytest.fixture(autouse=True)
def base():
    operations.ensure_standing_programmes()
    Programme.objects.update(control_share=3000)
    for number in range(1, PEOPLE + 1):
        person(number, consent=True)


def conninfo():
    parameters = connection.get_connection_params()
    return psycopg.conninfo.make_conninfo(
        **{name: parameters[name] for name in ("host", "user", "dbname") if parameters.get(name)}
    )


@contextmanager
def held(table):
    """Keep everybody from writing to a table."""
    with psycopg.connect(conninfo()) as session:
        session.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        yield


def start_night():
    return subprocess.Popen(
        [sys.executable, "-m", "vernost", "night", "--as-of", f"{TODAY}", "--json"],
        env=environment(settings.DATA_DIR, DATABASE_URL=conninfo(), VERNOST_SECRET_KEY=settings.SECRET_KEY),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def waits_for_a_lock():
    with connection.cursor() as cursor:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
        cursor.execute(waiting, [_name()])
        return cursor.fetchone()[0] > 0


def _name():
    return connection.settings_dict["NAME"]


def nobody_else_is_there():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM pg_stat_activity
               WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'""",
            [_name()],
        )
        return cursor.fetchone()[0] == 0


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


EVERY_TABLE = [pytest.param(table, marks=pytest.mark.slow) for table in TABLES[:-1]] + [TABLES[-1]]


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_killed_in_the_middle_and_run_again_the_night_is_whole_and_once(table):
    expected = counts(automation.count_night(as_of=TODAY, now=at(TODAY)))
    with held(table):
        process = start_night()
        eventually(waits_for_a_lock)
        kill(process)
    eventually(nobody_else_is_there)
    assert (written(), NightRun.objects.count()) == ([[], [], [], []], 0)
    assert counts(run()) == expected
    assert_whole(expected)


def assert_whole(expected):
    assert Invitation.objects.count() == sum(invited for _candidates, invited, _suppressed in expected.values())
    assert (breaches(), NightRun.objects.count()) == ([], 1)


@pytest.mark.slow
def test_killed_at_any_moment_and_run_again():
    """Twenty kills at random moments of the work; one that comes after the end does not count."""
    expected = counts(automation.count_night(as_of=TODAY, now=at(TODAY)))
    chance, killed = Random(1), 0
    while killed < 20:
        process = start_night()
        threading.Event().wait(chance.uniform(1, 8))
        inside = process.poll() is None
        kill(process)
        eventually(nobody_else_is_there)
        if NightRun.objects.exists():
            assert_whole(expected)
            nights.forget()
        elif inside:
            killed += 1
            assert written() == [[], [], [], []]
    assert counts(run()) == expected
    assert_whole(expected)


def test_a_failure_in_the_middle_leaves_nothing(monkeypatch):
    def broken(*_args):
        raise RuntimeError("planted")

    monkeypatch.setattr(night_of, "_decide", broken)
    with pytest.raises(RuntimeError, match="planted"):
        run()
    assert (written(), NightRun.objects.count()) == ([[], [], [], []], 0)


def test_control_committed_in_the_middle_it_leaves_half_a_night(monkeypatch):
    def committed(cursor, *_args):
        cursor.execute("COMMIT")
        raise RuntimeError("planted")

    monkeypatch.setattr(night_of, "_decide", committed)
    with pytest.raises(RuntimeError, match="planted"):
        run()
    assert {breach.invariant for breach in breaches()} == {"invited_by_a_decision"}


def test_two_nights_at_once_are_one():
    expected = counts(automation.count_night(as_of=TODAY, now=at(TODAY)))
    found = both_at_once()
    assert [counts(night) for night in found] == [expected, expected]
    assert_whole(expected)
    assert Cycle.objects.count() == Cycle.objects.values("vehicle", "programme", "anchor").distinct().count()


def test_control_without_the_lock_the_database_stops_the_second(monkeypatch):
    """Both have decided before either writes: only the constraint keeps the rows single."""
    meeting = threading.Barrier(2, timeout=120)

    def write_together(**arguments):
        meeting.wait()
        return night_of.write_night(**arguments)

    monkeypatch.setattr(automation, "_alone", nullcontext)
    monkeypatch.setattr(automation, "write_night", write_together)
    found = both_at_once()
    assert sorted(type(night).__name__ for night in found) == ["IntegrityError", "Night"]


def both_at_once():
    def one(_number):
        try:
            return run()
        except IntegrityError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))
