"""Array kernel of the night, compiled by numba: who of the ordered pairs still has room.

What is full after one pair decides about the next, so it is no expression over a set. A plain Python
reference in the tests must give the same.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]

NO_LIMIT = -1
# How a pair stands towards the room: it has its room since earlier today; needs none; takes room but is
# never refused; may be refused but takes none (control group); may be refused and takes room.
HAS_ROOM, NEEDS_NONE, EXEMPT, HELD_OUT, ORDINARY = range(5)


@njit(cache=True, nogil=True)
def over_capacity(
    standing: NDArray[np.int8],
    places: Ints,
    load: Ints,
    branch_left: Ints,
    programme_left: Ints,
    week_left: Ints,
) -> NDArray[np.bool_]:
    """Return which pairs find no room. Pairs come in the order of the queue.

    `places` has a row a pair: the places of its branch, programme and branch's week in the arrays of
    what is left (-1: nothing limits). Pairs a day are left by branch and programme (`NO_LIMIT`: any
    number), hours by week: it is full when none are left. The arrays of what is left are changed.
    """
    over = np.zeros(len(load), np.bool_)
    for pair in range(len(load)):
        if standing[pair] == HAS_ROOM:
            _take(places[pair], load[pair], branch_left, programme_left, week_left)
    for pair in range(len(load)):
        if standing[pair] in (HAS_ROOM, NEEDS_NONE):
            continue
        if standing[pair] != EXEMPT and _is_full(places[pair], branch_left, programme_left, week_left):
            over[pair] = True
        elif standing[pair] != HELD_OUT:
            _take(places[pair], load[pair], branch_left, programme_left, week_left)
    return over


@njit(cache=True, nogil=True)
def _is_full(places: Ints, branch_left: Ints, programme_left: Ints, week_left: Ints) -> bool:
    branch, programme, week = places
    if branch >= 0 and branch_left[branch] == 0:
        return True
    if programme >= 0 and programme_left[programme] == 0:
        return True
    return bool(week >= 0 and week_left[week] <= 0)


@njit(cache=True, nogil=True)
def _take(places: Ints, load: int, branch_left: Ints, programme_left: Ints, week_left: Ints) -> None:
    branch, programme, week = places
    if branch >= 0 and branch_left[branch] > 0:
        branch_left[branch] -= 1
    if programme >= 0 and programme_left[programme] > 0:
        programme_left[programme] -= 1
    if week >= 0:
        week_left[week] -= load
