"""Compiled loops that lay rows out by customer, and put a version's changed customers into those of the one before.

Plain Python references in the tests must give the same.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Places = NDArray[np.int64]

# What stands for nothing in arrays of days, of codes and of flags.
NO_DAY = int(np.iinfo(np.int32).min)
NO_CODE = -1
UNKNOWN = -1


@njit(cache=True, nogil=True)
def starts_of(numbers: NDArray[np.int32], count: int) -> Places:
    """Return where the rows of each number begin, and the end; `numbers` come in any order."""
    starts = np.zeros(count + 1, np.int64)
    for number in numbers:
        starts[number + 1] += 1
    for number in range(count):
        starts[number + 1] += starts[number]
    return starts


# A run is (first place, length, whether it is of the fresh rows).
@njit(cache=True, nogil=True)
def runs_of_rows(old_starts: Places, keeps: Places, fresh_starts: Places) -> tuple[Places, Places]:
    """Plan rows by customer. `keeps`: for each customer of now the number of before whose rows stay, -1: fresh.

    Returns the runs (three numbers each) and the new starts.
    """
    runs = np.empty((len(keeps) + 1, 3), np.int64)
    starts = np.zeros(len(keeps) + 1, np.int64)
    count = 0
    for customer in range(len(keeps)):
        before = keeps[customer]
        if before >= 0:
            first, length, fresh = old_starts[before], old_starts[before + 1] - old_starts[before], 0
        else:
            first, length, fresh = fresh_starts[customer], fresh_starts[customer + 1] - fresh_starts[customer], 1
        starts[customer + 1] = starts[customer] + length
        count = _run_on(runs, count, first, length, fresh)
    return runs[:count], starts


@njit(cache=True, nogil=True)
def _run_on(runs: Places, count: int, first: int, length: int, fresh: int) -> int:
    if length == 0:
        return count
    last = count - 1
    if count and runs[last, 2] == fresh and runs[last, 0] + runs[last, 1] == first:
        runs[last, 1] += length
        return count
    runs[count, 0], runs[count, 1], runs[count, 2] = first, length, fresh
    return count + 1


@njit(cache=True, nogil=True)
def runs_of_postings(
    old_starts: Places,
    old_customers: NDArray[np.int32],
    now: NDArray[np.int32],
    fresh_starts: Places,
    fresh_customers: NDArray[np.int32],
) -> tuple[Places, Places]:
    """Plan postings by code and customer. `now`: for each customer of before the number of now, -1: his rows go.

    The fresh rows have at least as many codes. Returns the runs and the new starts.
    """
    codes = len(fresh_starts) - 1
    runs = np.empty((2 * len(fresh_customers) + 2 * codes + _changes(old_customers, now) + 1, 3), np.int64)
    starts = np.zeros(codes + 1, np.int64)
    count = 0
    for code in range(codes):
        old, old_end = (old_starts[code], old_starts[code + 1]) if code + 1 < len(old_starts) else (0, 0)
        fresh, fresh_end = fresh_starts[code], fresh_starts[code + 1]
        length = 0
        while old < old_end or fresh < fresh_end:
            if old < old_end and now[old_customers[old]] < 0:
                old += 1
                continue
            if fresh == fresh_end or (old < old_end and now[old_customers[old]] < fresh_customers[fresh]):
                count = _run_on(runs, count, old, 1, 0)
                old += 1
            else:
                count = _run_on(runs, count, fresh, 1, 1)
                fresh += 1
            length += 1
        starts[code + 1] = starts[code] + length
    return runs[:count], starts


@njit(cache=True, nogil=True)
def _changes(customers: NDArray[np.int32], now: NDArray[np.int32]) -> int:
    """Count the places where rows that go begin or end."""
    count = 0
    stays = True
    for customer in customers:
        if (now[customer] >= 0) != stays:
            stays = not stays
            count += 1
    return count


@njit(cache=True, nogil=True)
def copy(runs: Places, old: NDArray[Any], fresh: NDArray[Any], into: NDArray[Any]) -> None:
    place = 0
    for run in range(len(runs)):
        first, length = runs[run, 0], runs[run, 1]
        if runs[run, 2]:
            into[place : place + length] = fresh[first : first + length]
        else:
            into[place : place + length] = old[first : first + length]
        place += length


@njit(cache=True, nogil=True)
def copy_numbers(
    runs: Places, old: NDArray[np.int32], now: NDArray[np.int32], fresh: NDArray[np.int32], into: NDArray[np.int32]
) -> None:
    """Copy the column of dense numbers: the old ones as they are `now`."""
    place = 0
    for run in range(len(runs)):
        first, length = runs[run, 0], runs[run, 1]
        for row in range(first, first + length):
            into[place] = fresh[row] if runs[run, 2] else now[old[row]]
            place += 1
