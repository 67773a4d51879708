"""Small Ibis expressions that several rules share; every one runs on DuckDB and on Spark."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue, DateValue, IntegerValue, StringValue, Table

NEVER = date(9999, 12, 31)
"""The last day of what has no end."""


def or_false(value: BooleanValue) -> BooleanValue:
    """Null counts as no."""
    known: BooleanValue = ibis.coalesce(value, ibis.literal(value=False))
    return known


def add_days(day: DateValue, days: int | IntegerValue) -> DateValue:
    step = ibis.interval(days=days) if isinstance(days, int) else days.as_interval("D")
    return _a_date(day + step)


def add_months(day: DateValue, months: int | IntegerValue) -> DateValue:
    """Keep the day, cut to the month's last one."""
    step = ibis.interval(months=months) if isinstance(months, int) else months.as_interval("M")
    return _a_date(day + step)


def _a_date(moved: DateValue) -> DateValue:
    # Ibis calls it a date already and would drop a single cast, but engines answer a timestamp.
    day: DateValue = moved.cast("timestamp").cast("date")
    return day


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


def small_table(rows: Sequence[Mapping[str, Any]], types: Mapping[str, str]) -> Table:
    """Return rows made in Python as a table."""
    schema = ibis.schema(types).to_pyarrow()
    return ibis.memtable(pa.Table.from_pylist([dict(row) for row in rows], schema=schema))
