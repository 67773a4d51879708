"""Compiled loops over the cars of a day: months, marks of odometers, due dates. Plain definitions must give the same.

Days are whole numbers since 1970-01-01; nothing is `NO_DAY`, of numbers `NO_NUMBER` or `NO_SMALL`.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vernost.facts.flat import NO_DAY, NO_NUMBER, NO_SMALL

Days = NDArray[np.int32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.int8]

MARCH_FIRST = 719_468
"""Days from 0000-03-01, from which leap days come last, to 1970-01-01."""
ERA = 146_097
"""Days of four hundred years."""


@njit(cache=True, nogil=True)
def month_later(day: int, months: int) -> int:
    """Keep the day of the month, cut to the month's last one."""
    if day == NO_DAY:
        return NO_DAY
    since = day + MARCH_FIRST
    era = since // ERA
    of_era = since - era * ERA
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    of_month = of_year - (153 * month + 2) // 5
    # Months from March on, so that a year's last day is the one that may be missing.
    later = (year + era * 400) * 12 + month + months
    year, month = later // 12, later % 12
    return _first_of(year, month) + min(of_month, _first_of(year, month + 1) - _first_of(year, month) - 1)


@njit(cache=True, nogil=True)
def _first_of(year: int, month: int) -> int:
    """Return the first day of a month, counted from March on."""
    if month == 12:  # noqa: PLR2004 - the months of a year
        year, month = year + 1, 0
    era = year // 400
    of_era = year - era * 400
    return era * ERA + of_era * 365 + of_era // 4 - of_era // 100 + (153 * month + 2) // 5 - MARCH_FIRST


@njit(cache=True, nogil=True)
def months_later(days: Days, months: NDArray[np.int32]) -> Days:
    later = np.empty(len(days), np.int32)
    for place in range(len(days)):
        later[place] = month_later(days[place], months[place])
    return later


@njit(cache=True, nogil=True)
def mark_day(mark: int, last_km: int, last_day: int, rate: int, farthest: int) -> int:
    """Return the first day on which the predicted reading is at or above the mark (km), as `facts.due.mark_day`."""
    if mark == NO_NUMBER or last_km == NO_NUMBER or last_day == NO_DAY:  # noqa: PLR1714 - numba
        return NO_DAY
    missing = (mark - last_km) * 1000
    days = 0
    if missing > 0:
        if rate <= 0:
            return NO_DAY
        days = (missing + rate - 1) // rate
    return last_day + days if last_day + days <= farthest else NO_DAY


@njit(cache=True, nogil=True)
def mark_days(marks: NDArray[np.int32], last_km: Numbers, last_day: Days, rate: Numbers, farthest: int) -> Days:
    found = np.empty(len(marks), np.int32)
    for car in range(len(marks)):
        mark = NO_NUMBER if marks[car] == NO_SMALL else marks[car]
        found[car] = mark_day(mark, last_km[car], last_day[car], rate[car], farthest)
    return found


@njit(cache=True, nogil=True)
def service_days(
    since: tuple[Days, Numbers, Flags],
    plan: Numbers,
    intervals: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    default: tuple[int, int, bool],
    odometer: tuple[Numbers, Days, Numbers],
    farthest: int,
) -> Days:
    """Return the due day of each car's next maintenance, as `facts.maintenance.dates`.

    `since`: day, km, whether it is the first. `intervals`: first_months, interval_months, first_km, interval_km.
    `default`: months, km, whether they are allowed where no plan fits. `odometer`: last_km, last_day, rate.
    """
    since_day, since_km, first = since
    first_months, interval_months, first_km, interval_km = intervals
    default_months, default_km, default_allowed = default
    last_km, last_day, rate = odometer
    due = np.full(len(since_day), NO_DAY, np.int32)
    for car in range(len(since_day)):
        if since_day[car] == NO_DAY or (plan[car] == NO_NUMBER and not default_allowed):
            continue
        is_first = first[car] == 1
        months = _interval(is_first, first_months[car], interval_months[car], default_months)
        km = _interval(is_first, first_km[car], interval_km[car], default_km)
        by_months = month_later(since_day[car], months)
        if by_months > farthest:
            by_months = NO_DAY
        mark = NO_NUMBER if since_km[car] == NO_NUMBER else since_km[car] + km
        by_km = mark_day(mark, last_km[car], last_day[car], rate[car], farthest)
        due[car] = earlier_day(by_months, by_km)
    return due


@njit(cache=True, nogil=True)
def _interval(is_first: bool, of_first: int, usual: int, default: int) -> int:  # noqa: FBT001 - numba
    if is_first and of_first != NO_SMALL:
        return of_first
    return usual if usual != NO_SMALL else default


@njit(cache=True, nogil=True)
def earlier_day(one: int, other: int) -> int:
    if one == NO_DAY:
        return other
    return one if other == NO_DAY else min(one, other)


@njit(cache=True, nogil=True)
def earlier_days(one: Days, other: Days) -> Days:
    found = np.empty(len(one), np.int32)
    for place in range(len(one)):
        found[place] = earlier_day(one[place], other[place])
    return found


@njit(cache=True, nogil=True)
def put_off_days(
    starts: Numbers,
    cars: NDArray[np.int32],
    works: tuple[Numbers, Days, Days, Days],
    after_days: int,
    window: tuple[int, int, int],
) -> tuple[NDArray[np.int32], Numbers, Days]:
    """Return car, first row and due day of the orders with works still put off, due in the window.

    `works`: order, day, advised day, day since which each is settled; `window`: the day, first and last due day.
    The rows of one order lie together.
    """
    order, on, advised, settled = works
    day, since, until = window
    count = len(order)
    found_car, found_row, found_day = np.empty(count, np.int32), np.empty(count, np.int64), np.empty(count, np.int32)
    found = 0
    for run in range(len(cars)):
        if cars[run] < 0:
            continue
        row, end = starts[run], starts[run + 1]
        while row < end:
            begin, due = row, NO_DAY
            while row < end and order[row] == order[begin]:
                if on[row] <= day and (settled[row] == NO_DAY or settled[row] > day):
                    line_due = advised[row] if advised[row] != NO_DAY else on[row] + after_days
                    due = earlier_day(due, line_due)
                row += 1
            if due != NO_DAY and since <= due <= until:
                found_car[found], found_row[found], found_day[found] = cars[run], begin, due
                found += 1
    return found_car[:found], found_row[:found], found_day[:found]
