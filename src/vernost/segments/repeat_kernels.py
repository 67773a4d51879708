"""Compiled loops over the orders of cars: which repeats an earlier one, and whose such a pair is.

Orders lie car by car in time: by day, second and the source's id. Plain Python references in the tests must give the
same.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Days = NDArray[np.int32]
Flags = NDArray[Any]

NONE = int(np.iinfo(np.int32).min)
"""Instead of a day, a second or km that nobody knows."""
NOBODY = -1


class Orders(NamedTuple):
    """`ref` tells ids of the source apart; `works` has a bit for each category of its lines, and for its kind."""

    vehicle: Numbers
    on: Days
    opened: Days
    second: Days
    km: Days
    ref: NDArray[np.uint64]
    works: Numbers


class Cars(NamedTuple):
    """Rows of owners car by car: those of car c are from `starts[c]` to `starts[c + 1]`."""

    starts: Numbers
    owner: Numbers
    since: Days
    runs: Flags


class Pairs(NamedTuple):
    """`car`: the place among the cars, NOBODY: of none that is known. `customer`: whom the order names, or NOBODY."""

    car: Days
    on: Days
    before_on: Days
    customer: Numbers


@njit(cache=True, nogil=True)
def repeated(orders: Orders, within: int, most_km: int) -> tuple[Numbers, Numbers]:
    """Return the places of orders that share a work with one closed shortly before, and of these."""
    found = np.empty((1024, 2), np.int64)
    count, first = 0, 0
    for place in range(len(orders.vehicle)):
        if orders.vehicle[place] != orders.vehicle[first]:
            first = place
        opened = orders.opened[place]
        if opened == NONE:
            continue
        # Of all orders of the car, which may be thousands, those of the days before.
        before = first + np.searchsorted(orders.on[first:place], opened - within)
        while before < place and orders.on[before] <= opened:
            if orders.works[place] & orders.works[before] and _is_later(orders, place, before):
                near = orders.km[place] == NONE or orders.km[before] == NONE
                if near or orders.km[place] - orders.km[before] <= most_km:
                    if count == len(found):
                        found = _longer(found)
                    found[count, 0], found[count, 1] = place, before
                    count += 1
            before += 1
    return found[:count, 0].copy(), found[:count, 1].copy()


@njit(cache=True, nogil=True)
def _is_later(orders: Orders, place: int, before: int) -> bool:
    """Tell whether an order comes after one that lies before it: not where they are equal in all."""
    if orders.on[place] != orders.on[before]:
        return True
    if orders.second[place] == NONE or orders.second[before] == NONE:
        return False
    return bool(orders.second[place] != orders.second[before] or orders.ref[place] != orders.ref[before])


@njit(cache=True, nogil=True)
def _longer(found: Numbers) -> Numbers:
    more = np.empty((2 * len(found), found.shape[1]), np.int64)
    more[: len(found)] = found
    return more


@njit(cache=True, nogil=True)
def with_twins(vehicle: Numbers, ref: NDArray[np.uint64]) -> Flags:
    """Tell of each order whether another one of its car has the same id of the source."""
    twins = np.zeros(len(vehicle), np.bool_)
    first = 0
    while first < len(vehicle):
        end = first + 1
        while end < len(vehicle) and vehicle[end] == vehicle[first]:
            end += 1
        order = np.argsort(ref[first:end])
        for place in range(1, len(order)):
            one, other = first + order[place - 1], first + order[place]
            if ref[one] == ref[other]:
                twins[one] = twins[other] = True
        first = end
    return twins


@njit(cache=True, nogil=True)
def owned(pairs: Pairs, cars: Cars, since: int, until: int) -> tuple[Numbers, Numbers]:
    """Return the places of the pairs of these days that somebody may be asked about, and whom.

    A pair belongs to each present owner of the car who owned it on the later day.
    """
    found = np.empty((1024, 2), np.int64)
    count = 0
    for place in range(len(pairs.on)):
        if pairs.before_on[place] < since or pairs.on[place] > until or pairs.on[place] < since:
            continue
        if pairs.before_on[place] > until or not _counts(pairs, cars, place):
            continue
        car = pairs.car[place]
        rows = range(cars.starts[car], cars.starts[car + 1]) if car >= 0 else range(1)
        for row in rows:
            who = pairs.customer[place]
            if car >= 0:
                if cars.runs[row] == 0 or pairs.on[place] < cars.since[row]:
                    continue
                who = cars.owner[row] if cars.owner[row] != NOBODY else who
            if who == NOBODY:
                continue
            if count == len(found):
                found = _longer(found)
            found[count, 0], found[count, 1] = place, who
            count += 1
    return found[:count, 0].copy(), found[:count, 1].copy()


@njit(cache=True, nogil=True)
def _counts(pairs: Pairs, cars: Cars, place: int) -> bool:
    """Tell whether the order before is of the time of somebody who owns the car still."""
    car = pairs.car[place]
    if car < 0:
        return True
    for row in range(cars.starts[car], cars.starts[car + 1]):
        if cars.runs[row] != 0 and pairs.before_on[place] >= cars.since[row]:
            return True
    return False
