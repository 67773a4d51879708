"""Compiled loops over the arrays of the mirror for what is told by months: retention and cohorts of customers.

Each gives what the expression in `segments.rules.retention` gives, which is the definition; a test holds them together.
Days are whole numbers since 1970-01-01, rows of a customer lie in time. `month_of` maps a day since the first one asked
to its month, counted from 0.
"""

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[Any]
YEAR = 12
ANY: Final = np.iinfo(np.int64).min


@njit(cache=True, nogil=True)
def kept(starts: Ints, day: Ints, revenue: Ints, since: int, base_until: int, until: int, least: int) -> Ints:
    """Return base, kept, revenue_kept and revenue_lost: who came in [since, base_until], and after it up to `until`.

    Only days count whose revenue is at least `least`.
    """
    found = np.zeros(4, np.int64)
    for customer in range(len(starts) - 1):
        row, first = starts[customer + 1] - 1, starts[customer]
        was, again, money = False, False, 0
        while row >= first and day[row] >= since:
            today, made = day[row], 0
            while row >= first and day[row] == today:
                made += revenue[row]
                row -= 1
            if today > until or made < least:
                continue
            if today > base_until:
                again = True
            else:
                was = True
                money += made
        if was:
            found[0] += 1
            found[1] += again
            found[2 if again else 3] += money
    return found


@njit(cache=True, nogil=True)
def retained(starts: Ints, day: Ints, first: int, month_of: Ints, months: int) -> tuple[Ints, Ints]:
    """Return for each of the last months how many came in the year that ended a year before, and again in the last."""
    base, again = np.zeros(months, np.int64), np.zeros(months, np.int64)
    year = (np.int64(1) << YEAR) - 1
    for customer in range(len(starts) - 1):
        row, seen = starts[customer + 1] - 1, np.int64(0)
        while row >= starts[customer] and day[row] >= first:
            place = day[row] - first
            if place < len(month_of):
                seen |= np.int64(1) << month_of[place]
            row -= 1
        if seen:
            for number in range(months):
                if seen & (year << number):
                    base[number] += 1
                    again[number] += (seen & (year << (number + YEAR))) != 0
    return base, again


@njit(cache=True, nogil=True)
def cohorts(
    starts: Ints, day: Ints, revenue: Ints, first: int, month_of: Ints, months: int, finished: int
) -> tuple[Ints, Ints, Ints]:
    """Return how many began in each month, and by month and year since how many came, and their revenue.

    `finished` is the last month that is over; the place of a year is that of its number less 1.
    """
    years = (months + YEAR - 1) // YEAR + 1
    sizes = np.zeros(months, np.int64)
    came, made = np.zeros((months, years), np.int64), np.zeros((months, years), np.int64)
    for customer in range(len(starts) - 1):
        row, stop = starts[customer], starts[customer + 1]
        if row == stop or day[row] - first >= len(month_of):
            continue
        began = month_of[day[row] - first]
        sizes[began] += 1
        before = -1
        while row < stop and day[row] - first < len(month_of):
            month = month_of[day[row] - first]
            year = (month - began + YEAR - 1) // YEAR
            if year >= 1 and month <= finished and began + year * YEAR <= finished:
                if year != before:
                    came[began, year - 1] += 1
                    before = year
                made[began, year - 1] += revenue[row]
            row += 1
    return sizes, came, made
