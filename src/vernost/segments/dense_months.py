"""Retention and cohorts of everybody in a blink, over the arrays of the mirror: for the whole group.

The same answers as the definitions in `segments.rules.retention`.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vernost.facts.arrays import Arrays
from vernost.segments import month_kernels as kernels
from vernost.segments.rules import days
from vernost.segments.rules.retention import COUNTS, YEAR, Definition, base_year, first_day, last_day, last_finished

Ints = NDArray[Any]


def kept(arrays: Arrays, definition: Definition, last_month: int) -> dict[str, int]:
    """Return the counts of a definition of customers, as `retention.counted`; money in kopecks."""
    since, base_until = base_year(definition, last_month)
    found = kernels.kept(
        arrays.visits.starts,
        arrays.visits["day"],
        arrays.visits["revenue"],
        days.number_of(since),
        days.number_of(base_until),
        days.number_of(last_day(last_month)),
        1 if definition.paid else kernels.ANY,
    )
    return dict(zip(COUNTS, found.tolist(), strict=True))


def retained(arrays: Arrays, last_month: int, months: int) -> list[tuple[int, int]]:
    """Return base and kept of the last months, the oldest first, by the definition of twelve months."""
    start = last_month - months - 2 * YEAR + 2
    first = first_day(start)
    base, again = kernels.retained(
        arrays.visits.starts,
        arrays.visits["day"],
        days.number_of(first),
        _months(first, last_day(last_month)),
        months,
    )
    return list(zip(base.tolist(), again.tolist(), strict=True))


def cohorts(arrays: Arrays, as_of: date) -> Iterator[dict[str, int]]:
    """Yield month (its number), size, year, came and revenue (kopecks) of the cohorts by the first visit."""
    day, finished = arrays.visits["day"], last_finished(as_of)
    if not len(day):
        return
    first = days.EPOCH + timedelta(days=int(day.min()))
    if first > as_of:
        return
    months = _months(first, as_of)
    zero = first.year * YEAR + first.month - 1
    sizes, came, made = kernels.cohorts(
        arrays.visits.starts,
        day,
        arrays.visits["revenue"],
        days.number_of(first),
        months,
        int(months[-1]) + 1,
        finished - zero,
    )
    for place in np.flatnonzero(sizes).tolist():
        for year in range(1, (finished - zero - place) // YEAR + 1):
            figures = {"came": int(came[place, year - 1]), "revenue": int(made[place, year - 1])}
            yield {"month": zero + place, "size": int(sizes[place]), "year": year, **figures}


def _months(first: date, last: date) -> Ints:
    """Return the month of each day from the first one to the last, counted from 0."""
    known = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1).astype("datetime64[M]")
    return np.asarray((known - known[0]).astype(np.int64))
