from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from vernost.contacts.rules import RUSSIAN_ZONES, AllowedHours, NoAllowedHoursError, next_allowed, zones_of
from vernost.core.calendar import ProductionCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
KAMCHATKA = ZoneInfo("Asia/Kamchatka")
CALENDAR = ProductionCalendar(
    {date(2026, 11, 4): "holiday", date(2026, 11, 21): "working", date(2026, 11, 9): "day_off"}
)


def moved(day, hour, minute=0, *, zone=MOSCOW, zones=None, hours=None):
    moment = datetime(2026, 11, day, hour, minute, tzinfo=zone)
    return next_allowed(moment, zones=zones or (zone,), hours=hours or AllowedHours(), calendar=CALENDAR)


@pytest.mark.parametrize(
    ("day", "hour", "minute", "expected"),
    [
        (3, 12, 34, (3, 12, 34)),  # inside: as it is
        (3, 8, 59, (3, 9, 0)),
        (3, 9, 0, (3, 9, 0)),
        (3, 19, 59, (3, 19, 59)),
        (2, 20, 0, (3, 9, 0)),  # the last minute is not allowed any more
        (3, 20, 0, (5, 9, 0)),  # over the public holiday of 4 November
        (4, 12, 0, (5, 9, 0)),
        (7, 9, 30, (7, 10, 0)),  # Saturday has weekend hours
        (7, 18, 0, (8, 10, 0)),
        (8, 18, 0, (9, 10, 0)),  # Monday taken off has weekend hours
        (21, 9, 30, (21, 9, 30)),  # a working Saturday has weekday hours
        (20, 23, 0, (21, 9, 0)),
    ],
)
def test_a_time_outside_goes_to_the_first_allowed_minute_after_it(day, hour, minute, expected):
    assert moved(day, hour, minute) == datetime(2026, 11, *expected, tzinfo=MOSCOW)


def test_hours_are_those_of_the_customers_zone():
    assert moved(3, 9, zone=MOSCOW, zones=(KAMCHATKA,)) == datetime(2026, 11, 3, 9, tzinfo=MOSCOW)
    assert moved(2, 12, zone=MOSCOW, zones=(KAMCHATKA,)) == datetime(2026, 11, 3, 0, tzinfo=MOSCOW)


def test_of_an_unknown_zone_every_zone_of_russia_must_allow_it():
    assert zones_of(stated="", branch="") == RUSSIAN_ZONES
    # 9:00 in Kaliningrad is 19:00 in Kamchatka: one common hour a day, none at weekends.
    assert moved(2, 12, zones=RUSSIAN_ZONES) == datetime(2026, 11, 3, 7, tzinfo=UTC)
    assert moved(6, 12, zones=RUSSIAN_ZONES) == datetime(2026, 11, 10, 7, tzinfo=UTC)


def test_the_customers_own_zone_goes_before_that_of_his_branch():
    assert zones_of(stated="Asia/Kamchatka", branch="Europe/Moscow") == (KAMCHATKA,)
    assert zones_of(stated="", branch="Europe/Moscow") == (MOSCOW,)


def test_hours_that_never_open_are_said():
    with pytest.raises(NoAllowedHoursError):
        moved(3, 12, hours=AllowedHours(weekday=(time(9), time(9)), weekend=(time(9), time(9))))
