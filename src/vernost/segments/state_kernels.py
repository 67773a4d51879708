"""Compiled loops over the arrays of the mirror: states, letters and figures of every customer, and the cascade.

Each gives what the expression in `segments.rules` gives, which is the definition; a test holds them together.
Days are whole numbers since 1970-01-01, rows of a customer lie in time, the last order of a day last.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[Any]

# Places of `lifecycle.STATES`.
BLOCKED, PROSPECT, SLEEPING, NEW, RETURNED, LOYAL, ACTIVE = range(7)
# Places of `cascade.FLOWS`, and how many there are.
CAME_NEW, CAME_BACK, MOVED_IN, SLEPT, GOT_BLOCKED, MOVED_OUT = range(6)
FLOWS = 6
NEVER = np.iinfo(np.int32).max
"""The day of blocking of who is not blocked."""


@njit(cache=True, nogil=True)
def figures(  # noqa: C901, PLR0912, PLR0913, PLR0917 - compiled: one pass, plain arguments
    starts: Ints,
    day: Ints,
    revenue: Ints,
    block: Ints,
    on: int,
    sleep: int,
    loyal_visits: int,
    loyal_window: int,
    rfm_window: int,
    abc_window: int,
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return state, the last day in the RFM window (NEVER: none), visit days and revenue in it, revenue of ABC's."""
    customers = len(starts) - 1
    state = np.empty(customers, np.int8)
    last_day = np.full(customers, NEVER, np.int32)
    frequency = np.zeros(customers, np.int32)
    monetary = np.zeros(customers, np.int64)
    abc_revenue = np.zeros(customers, np.int64)
    awake_from, loyal_from = on - sleep, on - loyal_window
    rfm_from, abc_from = on - rfm_window + 1, on - abc_window + 1
    far = min(awake_from, loyal_from, rfm_from, abc_from)
    for customer in range(customers):
        row, first = starts[customer + 1] - 1, starts[customer]
        while row >= first and day[row] > on:
            row -= 1
        if row < first:
            state[customer] = BLOCKED if block[customer] <= on else PROSPECT
            continue
        last, entered, left, recent, days, before = day[row], NEVER, NEVER, 0, 0, NEVER
        money, abc_money = 0, 0
        while row >= first:
            today = day[row]
            if today != before:
                before = today
                if today >= awake_from:
                    entered = today
                elif left == NEVER:
                    left = today
                recent += today >= loyal_from
                days += today >= rfm_from
            if today < far:
                break
            if today >= rfm_from:
                money += revenue[row]
            if today >= abc_from:
                abc_money += revenue[row]
            row -= 1
        abc_revenue[customer] = abc_money
        if last >= rfm_from:
            last_day[customer], frequency[customer], monetary[customer] = last, days, money
        if block[customer] <= on:
            state[customer] = BLOCKED
        elif last < awake_from:
            state[customer] = SLEEPING
        elif day[first] >= awake_from:
            state[customer] = NEW
        elif left != NEVER and entered - left >= sleep + 2:
            state[customer] = RETURNED
        else:
            state[customer] = LOYAL if recent >= loyal_visits else ACTIVE
    return state, last_day, frequency, monetary, abc_revenue


@njit(cache=True, nogil=True)
def letters(  # noqa: C901 - as above
    starts: Ints,
    day: Ints,
    block: Ints,
    ends: Ints,
    sleep: int,
    loyal_visits: int,
    loyal_window: int,
) -> tuple[Ints, Ints]:
    """Return where each customer's letters begin (and the end), and the letters as places of `lifecycle.STATES`.

    `ends` are the days of which letters are told, rising; the last one is the day asked. From the first visit on.
    """
    customers, count = len(starts) - 1, len(ends)
    begins = np.zeros(customers + 1, np.int64)
    for customer in range(customers):
        first = starts[customer]
        came = first < starts[customer + 1] and day[first] <= ends[count - 1]
        told = count - np.searchsorted(ends, day[first]) if came else 1
        begins[customer + 1] = begins[customer] + told
    written = np.empty(begins[customers], np.int8)
    recent = np.empty(loyal_visits, np.int64)
    for customer in range(customers):
        place, row, stop = begins[customer], starts[customer], starts[customer + 1]
        told = begins[customer + 1] - place
        recent[:] = -NEVER
        came, last, first, back = 0, -NEVER, NEVER, -NEVER
        for end in ends[count - told :]:
            while row < stop and day[row] <= end:
                today = day[row]
                if today != last:
                    if came and today - last >= sleep + 2:
                        back = today
                    first = min(first, today)
                    recent[came % loyal_visits] = today
                    came += 1
                    last = today
                row += 1
            if block[customer] <= end:
                written[place] = BLOCKED
            elif came == 0:
                written[place] = PROSPECT
            elif end - last > sleep:
                written[place] = SLEEPING
            elif end - first <= sleep:
                written[place] = NEW
            elif end - back <= sleep:
                written[place] = RETURNED
            else:
                # The ring holds the latest days; the oldest of them is the next to be written over.
                loyal = end - recent[came % loyal_visits] <= loyal_window
                written[place] = LOYAL if loyal else ACTIVE
            place += 1
    return begins, written


@njit(cache=True, nogil=True)
def cascade(  # noqa: C901, PLR0913, PLR0917 - as above
    starts: Ints,
    day: Ints,
    branch: Ints,
    block: Ints,
    place_of: Ints,
    places: int,
    bucket_of: Ints,
    day_zero: int,
    buckets: int,
    until: int,
    sleep: int,
) -> Ints:
    """Count the events up to `until` by bucket of the day, place and flow.

    `place_of` maps a branch (the last: without one) to a place; `bucket_of` a day since `day_zero` to a bucket.
    """
    counts = np.zeros((buckets, places, FLOWS), np.int64)
    for customer in range(len(starts) - 1):
        row, stop, barrier = starts[customer], starts[customer + 1], block[customer]
        before, here = -NEVER, 0
        while row < stop:
            today = day[row]
            if today > until or today >= barrier:
                break
            while row + 1 < stop and day[row + 1] == today:
                row += 1
            there = place_of[branch[row]]
            bucket = bucket_of[today - day_zero]
            if before == -NEVER:
                counts[bucket, there, CAME_NEW] += 1
            elif today - before >= sleep + 2:
                counts[bucket_of[before + sleep + 1 - day_zero], here, SLEPT] += 1
                counts[bucket, there, CAME_BACK] += 1
            elif there != here:
                counts[bucket, here, MOVED_OUT] += 1
                counts[bucket, there, MOVED_IN] += 1
            before, here = today, there
            row += 1
        if before == -NEVER:
            continue
        slept = before + sleep + 1
        if barrier <= slept:
            if barrier <= until:
                counts[bucket_of[barrier - day_zero], here, GOT_BLOCKED] += 1
        elif slept <= until:
            counts[bucket_of[slept - day_zero], here, SLEPT] += 1
    return counts


@njit(cache=True, nogil=True)
def daily(starts: Ints, day: Ints, revenue: Ints, margin: Ints, first: int, count: int) -> tuple[Ints, Ints, Ints]:
    """Return how many customers came on each of `count` days from `first` on, and their revenue and margin."""
    came, made, kept = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    for customer in range(len(starts) - 1):
        row, before = starts[customer + 1] - 1, NEVER
        while row >= starts[customer] and day[row] >= first:
            place = day[row] - first
            if place < count:
                came[place] += place != before
                made[place] += revenue[row]
                kept[place] += margin[row]
                before = place
            row -= 1
    return came, made, kept


@njit(cache=True, nogil=True)
def cells(r: Ints, m: Ints, last_day: Ints, frequency: Ints, monetary: Ints, on: int, scores: int) -> Ints:
    """Return for each cell of r and m: customers, days and revenue, and the least and greatest recency and revenue."""
    found = np.zeros((scores * scores, 7), np.int64)
    for customer in range(len(r)):
        if r[customer] == 0:
            continue
        cell = found[(r[customer] - 1) * scores + m[customer] - 1]
        recency, money = on - last_day[customer], monetary[customer]
        if cell[0] == 0:
            cell[3], cell[4], cell[5], cell[6] = recency, recency, money, money
        cell[0] += 1
        cell[1] += frequency[customer]
        cell[2] += money
        cell[3], cell[4] = min(cell[3], recency), max(cell[4], recency)
        cell[5], cell[6] = min(cell[5], money), max(cell[6], money)
    return found


@njit(cache=True, nogil=True)
def overlaid(state: Ints, r: Ints, f: Ints, m: Ints, monetary: Ints, scores: int, states: int) -> tuple[Ints, Ints]:
    """Count the customers of each state and code of RFM (the last: not in the window), and add their revenue up."""
    codes = scores * scores * scores
    count, money = np.zeros((states, codes + 1), np.int64), np.zeros((states, codes + 1), np.int64)
    for customer in range(len(state)):
        code = codes
        if r[customer]:
            code = ((r[customer] - 1) * scores + f[customer] - 1) * scores + m[customer] - 1
        count[state[customer], code] += 1
        money[state[customer], code] += monetary[customer]
    return count, money
