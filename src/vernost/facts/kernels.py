"""Array kernels of the odometer, compiled by numba: the chains of vehicles with an impossible step.

Readings lie in the order (vehicle, day, km), without repeats; `starts` holds where each vehicle
begins, and the end. A plain Python reference in the tests must give the same.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

REASONS = ("", "extra_digit", "lost_digit", "typo", "other_car")
_ACCEPTED, _EXTRA_DIGIT, _LOST_DIGIT, _TYPO, _OTHER_CAR = range(5)

_UNREACHED = -(2**62)
_READING = 2
_START = 3

Days = NDArray[np.int32]
Kilometres = NDArray[np.int64]


@njit(cache=True, nogil=True)
def _allowed(day: int, km: int, next_day: int, next_km: int, daily_km: int) -> bool:
    return 0 <= next_km - km <= daily_km * max(next_day - day, 1)


@njit(cache=True, nogil=True)
def accept(
    starts: NDArray[np.int64], days: Days, km: Kilometres, daily_km: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Choose the readings and chain starts with the greatest 2 x accepted - 3 x starts.

    Returns for each reading the place of the accepted one before it in its chain (-1 at a start, -2
    for a suspect) and the number of its chain within the vehicle, from 0 (-1 for a suspect). Of equal
    choices the one whose last reading is later, then the last but one, and so on.
    """
    before = np.full(len(days), -2, np.int64)
    chain = np.full(len(days), -1, np.int32)
    longest = 0
    for vehicle in range(len(starts) - 1):
        longest = max(longest, starts[vehicle + 1] - starts[vehicle])
    worth = np.empty(longest, np.int64)
    came_from = np.empty(longest, np.int64)
    # Of the readings up to a place: the greatest worth, the least and greatest km, the greatest km less the
    # daily limit's line. They end a search early, also where somebody wrote nonsense a thousand times.
    most = np.empty(longest, np.int64)
    lowest = np.empty(longest, np.int64)
    highest = np.empty(longest, np.int64)
    steepest = np.empty(longest, np.int64)
    for vehicle in range(len(starts) - 1):
        first, end = starts[vehicle], starts[vehicle + 1]
        for here in range(end - first):
            day, value = days[first + here], km[first + here]
            line = value - daily_km * day
            found, place = -_START, -1
            # From the latest back: the first of the best is the one that the tie rule wants.
            for there in range(here - 1, -1, -1):
                bound = _UNREACHED
                if lowest[there] <= value and steepest[there] >= line - daily_km:
                    bound = most[there]
                elif highest[there] > value:
                    bound = most[there] - _START
                if bound < found or (bound == found and place >= 0):
                    break
                gain = worth[there]
                if km[first + there] > value:
                    gain -= _START
                elif not _allowed(days[first + there], km[first + there], day, value, daily_km):
                    continue
                if gain > found or (gain == found and place < 0):
                    found, place = gain, there
            worth[here] = most[here] = found + _READING
            came_from[here] = place
            lowest[here] = highest[here] = value
            steepest[here] = line
            if here > 0:
                most[here] = max(most[here], most[here - 1])
                lowest[here] = min(lowest[here], lowest[here - 1])
                highest[here] = max(highest[here], highest[here - 1])
                steepest[here] = max(steepest[here], steepest[here - 1])
        _write_back(first, end, km, worth, came_from, before, chain)
    return before, chain


@njit(cache=True, nogil=True)
def _write_back(
    first: int,
    end: int,
    km: Kilometres,
    worth: NDArray[np.int64],
    came_from: NDArray[np.int64],
    before: NDArray[np.int64],
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
        before[first + here] = -1 if started else first + there
        chain[first + here] = chains
        chains += started
        here = there
    for place in range(first, end):
        if chain[place] >= 0:
            chain[place] = chains - 1 - chain[place]


@njit(cache=True, nogil=True)
def why_suspect(
    starts: NDArray[np.int64], days: Days, km: Kilometres, before: NDArray[np.int64], daily_km: int
) -> NDArray[np.int8]:
    """Return for each reading a place in `REASONS`, 0 for an accepted one."""
    reasons = np.zeros(len(days), np.int8)
    for vehicle in range(len(starts) - 1):
        accepted = -1
        for here in range(starts[vehicle], starts[vehicle + 1]):
            if before[here] != -2:
                accepted = here
                continue
            following = here + 1
            while following < starts[vehicle + 1] and before[following] == -2:
                following += 1
            if following == starts[vehicle + 1]:
                following = -1
            reasons[here] = _reason(here, accepted, following, days, km, daily_km)
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
    if digits > 1:
        for place in range(digits):
            high, low = value // 10 ** (place + 1), value % 10**place
            if _fits(high * 10**place + low, here, accepted, following, days, km, daily_km):
                return _EXTRA_DIGIT
    for place in range(digits + 1):
        high, low = value // 10**place, value % 10**place
        for digit in range(10):
            if _fits((high * 10 + digit) * 10**place + low, here, accepted, following, days, km, daily_km):
                return _LOST_DIGIT
    for place in range(digits):
        rest = value - value // 10**place % 10 * 10**place
        for digit in range(10):
            if _fits(rest + digit * 10**place, here, accepted, following, days, km, daily_km):
                return _TYPO
    for place in range(digits - 1):
        low, high = value // 10**place % 10, value // 10 ** (place + 1) % 10
        swapped = value + (low - high) * 10 ** (place + 1) + (high - low) * 10**place
        if _fits(swapped, here, accepted, following, days, km, daily_km):
            return _TYPO
    return _OTHER_CAR
