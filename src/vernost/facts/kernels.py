"""Array kernels of the odometer, compiled by numba: the chains of vehicles with an impossible step.

Readings lie in the order (vehicle, day, km), without repeats; `starts` holds where each vehicle
begins, and the end. A plain Python reference in the tests must give the same.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

REASONS = ("", "extra_digit", "lost_digit", "typo", "other_car")
_ACCEPTED, _EXTRA_DIGIT, _LOST_DIGIT, _TYPO, _OTHER_CAR = range(5)

# Places in `before` that are none.
CHAIN_START = -1
SUSPECT = -2

_UNREACHED = -(2**62)
_READING = 2
_START = 3
# Rows of what is known of all readings so far.
_MOST, _LEAST, _GREATEST, _STEEPEST = range(4)

Days = NDArray[np.int32]
Kilometres = NDArray[np.int64]
Counts = NDArray[np.int64]


@njit(cache=True, nogil=True)
def _allowed(day: int, km: int, next_day: int, next_km: int, daily_km: int) -> bool:
    return 0 <= next_km - km <= daily_km * max(next_day - day, 1)


@njit(cache=True, nogil=True)
def accept(
    starts: NDArray[np.int64], days: Days, km: Kilometres, daily_km: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Choose the readings and chain starts with the greatest 2 x accepted - 3 x starts.

    Returns for each reading the place of the accepted one before it in its chain (`CHAIN_START` at a
    start, `SUSPECT` for a suspect), and the number of its chain within the vehicle, from 0 (-1 for a
    suspect). Of equal choices the one whose last reading is later, then the last but one, and so on.
    """
    before = np.full(len(days), SUSPECT, np.int64)
    chain = np.full(len(days), -1, np.int32)
    longest = 0
    for vehicle in range(len(starts) - 1):
        longest = max(longest, starts[vehicle + 1] - starts[vehicle])
    worth = np.empty(longest, np.int64)
    came_from = np.empty(longest, np.int64)
    so_far = np.empty((4, longest), np.int64)
    for vehicle in range(len(starts) - 1):
        first, end = starts[vehicle], starts[vehicle + 1]
        for here in range(end - first):
            found, place = _best_before(first, here, days, km, daily_km, worth, so_far)
            worth[here] = found + _READING
            came_from[here] = place
            _remember(first, here, days, km, daily_km, worth, so_far)
        _write_back(first, end, km, worth, came_from, before, chain)
    return before, chain


@njit(cache=True, nogil=True)
def _best_before(
    first: int, here: int, days: Days, km: Kilometres, daily_km: int, worth: Counts, so_far: Counts
) -> tuple[int, int]:
    """Find what `here` can follow best: the worth gained and the place, -1 to be the very first."""
    day, value = days[first + here], km[first + here]
    line = value - daily_km * day
    found, place = -_START, -1
    # From the latest back: the first of the best is the one that the tie rule wants.
    for there in range(here - 1, -1, -1):
        bound = _UNREACHED
        if so_far[_LEAST, there] <= value and so_far[_STEEPEST, there] >= line - daily_km:
            bound = so_far[_MOST, there]
        elif so_far[_GREATEST, there] > value:
            bound = so_far[_MOST, there] - _START
        if bound < found or (bound == found and place >= 0):
            break
        gain = worth[there]
        if km[first + there] > value:
            gain -= _START
        elif not _allowed(days[first + there], km[first + there], day, value, daily_km):
            continue
        if gain > found or (gain == found and place < 0):
            found, place = gain, there
    return found, place


@njit(cache=True, nogil=True)
def _remember(first: int, here: int, days: Days, km: Kilometres, daily_km: int, worth: Counts, so_far: Counts) -> None:
    """Keep the bounds of all readings so far: they end a search early, also among a thousand wrong readings."""
    value = km[first + here]
    line = value - daily_km * days[first + here]
    last = max(here - 1, 0)
    so_far[_MOST, here] = worth[here] if here == 0 else max(so_far[_MOST, last], worth[here])
    so_far[_LEAST, here] = value if here == 0 else min(so_far[_LEAST, last], value)
    so_far[_GREATEST, here] = value if here == 0 else max(so_far[_GREATEST, last], value)
    so_far[_STEEPEST, here] = line if here == 0 else max(so_far[_STEEPEST, last], line)


@njit(cache=True, nogil=True)
def _write_back(
    first: int,
    end: int,
    km: Kilometres,
    worth: Counts,
    came_from: Counts,
    before: Counts,
    chain: NDArray[np.int32],
) -> None:
    last = end - first - 1
    for here in range(end - first - 2, -1, -1):
        if worth[here] > worth[last]:
            last = here
    chains = 0
    here = last
    while here >= 0:
        there = came_from[here]
        started = there < 0 or km[first + there] > km[first + here]
        before[first + here] = CHAIN_START if started else first + there
        chain[first + here] = chains
        chains += started
        here = there
    for place in range(first, end):
        if chain[place] >= 0:
            chain[place] = chains - 1 - chain[place]


@njit(cache=True, nogil=True)
def why_suspect(
    starts: NDArray[np.int64], days: Days, km: Kilometres, before: Counts, daily_km: int
) -> NDArray[np.int8]:
    """Return for each reading a place in `REASONS`, 0 for an accepted one."""
    reasons = np.zeros(len(days), np.int8)
    following = np.full(len(days), -1, np.int64)
    for vehicle in range(len(starts) - 1):
        accepted = -1
        for here in range(starts[vehicle + 1] - 1, starts[vehicle] - 1, -1):
            following[here] = accepted
            if before[here] != SUSPECT:
                accepted = here
        accepted = -1
        for here in range(starts[vehicle], starts[vehicle + 1]):
            if before[here] == SUSPECT:
                reasons[here] = _reason(here, accepted, following[here], days, km, daily_km)
            else:
                accepted = here
    return reasons


@njit(cache=True, nogil=True)
def _fits(value: int, here: int, accepted: int, following: int, days: Days, km: Kilometres, daily_km: int) -> bool:
    if accepted >= 0 and not _allowed(days[accepted], km[accepted], days[here], value, daily_km):
        return False
    return following < 0 or _allowed(days[here], value, days[following], km[following], daily_km)


@njit(cache=True, nogil=True)
def _reason(here: int, accepted: int, following: int, days: Days, km: Kilometres, daily_km: int) -> int:
    value = km[here]
    digits = 1
    while value >= 10**digits:
        digits += 1
    for change in (_EXTRA_DIGIT, _LOST_DIGIT, _TYPO):
        for place in range(digits + 1):
            for digit in range(10):
                other = _changed(value, digits, change, place, digit)
                if other >= 0 and _fits(other, here, accepted, following, days, km, daily_km):
                    return change
    return _OTHER_CAR


@njit(cache=True, nogil=True)
def _changed(value: int, digits: int, change: int, place: int, digit: int) -> int:
    """Return what stood there if `change` happened at `place` (from the right), or -1 where there is no such change."""
    high, here, low = value // 10 ** (place + 1), value // 10**place % 10, value % 10**place
    other: int = -1
    if change == _LOST_DIGIT:
        other = ((high * 10 + here) * 10 + digit) * 10**place + low
    elif place < digits and change == _EXTRA_DIGIT:
        if digits > 1:
            other = high * 10**place + low
    elif place < digits and digit != here:
        other = (high * 10 + digit) * 10**place + low
    elif place < digits - 1:
        # The digit itself stands for the swap with its left neighbour.
        other = ((high // 10 * 10 + here) * 10 + high % 10) * 10**place + low
    return other


@njit(cache=True, nogil=True)
def add_steps(
    starts: Counts,
    cars: NDArray[np.int32],
    steps: tuple[Days, NDArray[np.int32], NDArray[np.int32]],
    since: int,
    days_of: Counts,
    km_of: Counts,
) -> None:
    """Add to each car the days and km of its steps from a reading on or after `since`; `cars` -1 are passed over.

    `steps`: the day of the reading before, days and km since it.
    """
    previous, days, km = steps
    for run in range(len(cars)):
        car = cars[run]
        if car < 0:
            continue
        for row in range(starts[run], starts[run + 1]):
            if previous[row] >= since:
                days_of[car] += days[row]
                km_of[car] += km[row]
