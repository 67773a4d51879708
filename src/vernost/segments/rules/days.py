"""Days as whole numbers, so that any engine can add and compare them, and half-years."""

from datetime import date, timedelta

import ibis
from ibis.expr.types import BooleanValue, DateValue, IntegerValue

EPOCH = date(1970, 1, 1)
_JULY = 7


def number_of(day: date) -> int:
    return (day - EPOCH).days


def number(day: DateValue) -> IntegerValue:
    """Return the days since 1970-01-01, as `number_of` does."""
    days: IntegerValue = day.delta(ibis.date(EPOCH), unit="day").cast("int32")
    return days


def on_day(days: IntegerValue) -> DateValue:
    """Return the date of a day number; null where it is null."""
    # Some engines answer a timestamp to date + interval.
    day: DateValue = (ibis.literal(EPOCH) + days.cast("int32").as_interval("D")).cast("timestamp").cast("date")
    return day


def before(day: date, days: int) -> date:
    return day - timedelta(days=days)


def half_of(day: date) -> int:
    """Return the number of a half-year: two a calendar year."""
    return 2 * day.year + (day.month >= _JULY)


def half(day: DateValue) -> IntegerValue:
    """Return the number of the half-year that the day is in, as `half_of`."""
    second: BooleanValue = day.month() >= _JULY
    found: IntegerValue = (2 * day.year() + second.cast("int32")).cast("int32")
    return found


def end_of_half(half_year: IntegerValue) -> DateValue:
    """Return its 30 June or 31 December."""
    second = half_year % 2 == 1
    day: DateValue = ibis.date(half_year // 2, second.ifelse(12, 6), second.ifelse(31, 30))
    return day
