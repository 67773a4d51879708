"""Days as whole numbers, months, and the day on which an odometer shows a mark."""

from datetime import date, timedelta

import ibis
from ibis.expr.types import DateValue, IntegerValue

FARTHEST_DAYS = 3650
"""A date further than this after the as-of day is no date."""

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - _EPOCH).days


def on_day(number: IntegerValue) -> DateValue:
    """Return the date of a day number; null where it is null."""
    shown: DateValue = (ibis.literal(_EPOCH) + number.cast("int32").as_interval("D")).cast("date")
    return shown


def months_later(day: DateValue, months: IntegerValue) -> DateValue:
    """Keep the day, cut to the month's last one: 31 Jan + 1 month = 28/29 Feb."""
    # Some engines answer a timestamp here.
    shown: DateValue = (day + months.cast("int32").as_interval("M")).cast("date")
    return shown


def mark_day(
    *, mark: IntegerValue, last_km: IntegerValue, last_day: IntegerValue, rate: IntegerValue, as_of: date
) -> IntegerValue:
    """Return the number of the first day on which the predicted reading is at or above `mark` (km).

    Null where nothing is known, the rate (metres a day) is 0, or the day is too far away.
    """
    missing_m = (mark - last_km).cast("int64") * 1000
    moving = ibis.ifelse(rate > 0, rate, ibis.null("int64"))
    # An unknown mark is no mark that has been passed.
    days = ibis.cases((missing_m > 0, (missing_m + moving - 1) // moving), (missing_m <= 0, 0), else_=None)
    day = last_day.cast("int64") + days
    shown: IntegerValue = (day <= day_number(as_of) + FARTHEST_DAYS).ifelse(day, ibis.null("int64"))
    return shown


def within_reach(day: DateValue, as_of: date) -> DateValue:
    """Return the date, or null where it is further away than a date may be."""
    shown: DateValue = (day <= as_of + timedelta(days=FARTHEST_DAYS)).ifelse(day, ibis.null("date"))
    return shown
