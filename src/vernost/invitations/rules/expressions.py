"""Small Ibis expressions that several rules share; every one runs on DuckDB and on Spark."""

from collections.abc import Sequence
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, DateValue, IntegerValue, StringValue, Table


def or_false(value: BooleanValue) -> BooleanValue:
    """Null counts as no."""
    known: BooleanValue = ibis.coalesce(value, ibis.literal(value=False))
    return known


def add_days(day: DateValue, days: int | IntegerValue) -> DateValue:
    # Date plus interval is a timestamp on some engines.
    step = ibis.interval(days=days) if isinstance(days, int) else days.as_interval("D")
    moved: DateValue = (day + step).cast("date")
    return moved


def add_months(day: DateValue, months: int | IntegerValue) -> DateValue:
    """Keep the day, cut to the month's last one."""
    step = ibis.interval(months=months) if isinstance(months, int) else months.as_interval("M")
    moved: DateValue = (day + step).cast("date")
    return moved


def days_since_epoch(day: DateValue) -> IntegerValue:
    days: IntegerValue = day.delta(ibis.date(date(1970, 1, 1)), unit="day").cast("int32")
    return days


def earlier(by_date: DateValue, by_other: DateValue) -> DateValue:
    """Return the earlier of two days, either of which may be null."""
    found: DateValue = ibis.coalesce(ibis.least(by_date, by_other), by_date, by_other)
    return found


def anchor(*parts: str | StringValue) -> StringValue:
    """Join literal and column parts into one text."""
    text: StringValue = ibis.literal("")
    for part in parts:
        text = text + part
    return text


def first_that_applies(cases: Sequence[tuple[BooleanValue, str]]) -> StringValue:
    """Return the word of the first case that is true, null where none is."""
    found: StringValue = ibis.cases(*((or_false(applies), ibis.literal(word)) for applies, word in cases), else_=None)
    return found


def last_of(table: Table, key: str, order: Sequence[str]) -> Table:
    """Return for each key the row that is last in the order."""
    place = ibis.row_number().over(group_by=key, order_by=[ibis.desc(column) for column in order])
    return table.mutate(place=place).filter(lambda t: t.place == 0).drop("place")
