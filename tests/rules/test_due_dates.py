"""The day on which an odometer shows a mark, and months later."""

from datetime import date, timedelta
from typing import Any

import ibis
import pytest

from vernost.facts import due

D = date(2026, 1, 31)
LAST = due.day_number(date(2025, 12, 30))


def answer(expression: ibis.Value) -> Any:
    return ibis.duckdb.connect().to_pyarrow(expression).as_py()


def reached(*, mark: int | None, last_km: int | None = 48_800, rate: int = 41_250) -> date | None:
    day = due.mark_day(
        mark=ibis.literal(mark, "int64"),
        last_km=ibis.literal(last_km, "int64"),
        last_day=ibis.literal(LAST, "int32"),
        rate=ibis.literal(rate, "int64"),
        as_of=D,
    )
    found: date | None = answer(due.on_day(day))
    return found


@pytest.mark.parametrize(
    ("mark", "on"),
    [
        # ceil(2 800 000 / 41 250) = 68 days after the last reading.
        (51_600, date(2026, 3, 8)),
        (48_801, date(2025, 12, 31)),
        # At or above the mark: the day of the reading.
        (48_800, date(2025, 12, 30)),
        (10_000, date(2025, 12, 30)),
        (None, None),
    ],
)
def test_the_first_day_at_or_above_the_mark(mark: int | None, on: date | None):
    assert reached(mark=mark) == on


def test_a_car_that_does_not_move_reaches_nothing_but_has_passed_what_it_shows():
    assert (reached(mark=48_801, rate=0), reached(mark=48_800, rate=0)) == (None, date(2025, 12, 30))


def test_without_a_reading_there_is_no_day():
    assert reached(mark=51_600, last_km=None) is None


def test_a_day_is_whole_from_the_first_metre_over():
    assert reached(mark=48_842, rate=42_000) == date(2025, 12, 31)
    assert reached(mark=48_843, rate=42_000) == date(2026, 1, 1)


def test_a_date_beyond_ten_years_is_no_date():
    farthest = D + timedelta(days=3650)
    days = due.day_number(farthest) - LAST
    assert (reached(mark=48_800 + days, rate=1000), reached(mark=48_801 + days, rate=1000)) == (farthest, None)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 2, 28), 1, date(2026, 3, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
    ],
)
def test_months_keep_the_day_cut_to_the_end_of_the_month(day: date, months: int, later: date):
    found = answer(due.months_later(ibis.literal(day), ibis.literal(months)))
    assert (found, type(found)) == (later, date)
