"""A night that fails has written nothing; two at once in one process are one."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from django.db import IntegrityError, connection
from tests.nights import TODAY, at, counts, person, run, written

from vernost.automation.models import NightRun
from vernost.automation.operations import nights as automation
from vernost.automation.queries.work import breaches
from vernost.invitations import operations
from vernost.invitations.models import Cycle, Invitation, Programme
from vernost.invitations.operations import night as night_of

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 12


@pytest.fixture(autouse=True)
def base():
    operations.ensure_standing_programmes()
    Programme.objects.update(control_share=3000)
    for number in range(1, PEOPLE + 1):
        person(number, consent=True)


def assert_whole(expected):
    assert Invitation.objects.count() == sum(invited for _candidates, invited, _suppressed in expected.values())
    assert (breaches(), NightRun.objects.count()) == ([], 1)


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
