"""The night's weeks and the booking page close a branch on the same days."""

from datetime import date, time

import pytest
from tests import factories

from vernost.accounts.models import BranchDay, CalendarDay, DayKind
from vernost.invitations.queries.rules import branch_days
from vernost.workshop import queries as workshop

pytestmark = pytest.mark.django_db

THURSDAY = date(2026, 6, 11)
HOLIDAY = date(2026, 6, 12)
OWN_HOLIDAY = date(2026, 11, 4)
INVENTORY = date(2026, 6, 15)


@pytest.fixture
def kazan():
    CalendarDay.objects.all().delete()
    for day in (HOLIDAY, OWN_HOLIDAY):
        CalendarDay.objects.create(on=day, kind=DayKind.HOLIDAY)
    CalendarDay.objects.create(on=date(2026, 6, 13), kind=DayKind.WORKING)
    branch = factories.branch(bays=2, open_at=time(9), close_at=time(19))
    BranchDay.objects.create(branch=branch, on=INVENTORY)
    # A branch that opens on a public holiday says so by a day of its own.
    BranchDay.objects.create(branch=branch, on=OWN_HOLIDAY, open_at=time(10), close_at=time(16))
    return branch


def test_a_public_holiday_is_closed_unless_the_branch_says_otherwise(kazan):
    assert branch_days(THURSDAY) == {
        (kazan.pk, HOLIDAY): 0,
        (kazan.pk, INVENTORY): 0,
        (kazan.pk, OWN_HOLIDAY): 360,
    }


def test_the_night_counts_the_minutes_that_booking_offers(kazan):
    minutes = branch_days(THURSDAY)
    opening = workshop.workshop_of(kazan, THURSDAY, OWN_HOLIDAY)
    offered = {day: hours.length if (hours := opening.hours_on(day)) else 0 for _branch, day in minutes}
    assert {day: length for (_branch, day), length in minutes.items()} == offered


@pytest.mark.usefixtures("kazan")
def test_a_week_begins_on_its_monday_and_the_past_is_left_out():
    assert min(day for _branch, day in branch_days(date(2026, 6, 21))) == INVENTORY
