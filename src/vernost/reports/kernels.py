"""Array kernels of the pivot, compiled by numba: one pass over orders or works fills every cell.

Orders lie customer by customer, a customer's by visit, so a customer (a visit) is new to a cell when the cell has
last seen another one: distinct counts need one number a cell and no set. Two things are counted without such marks:
an order (and a visit of one order) is new wherever its dimensions put it, but for the works that it is cut into; a
car whose customer has no other, and who alone brings it, is new where that customer is. A plain Python reference in the
tests must give the same.

`dims[d, i]` is the code of order i in column d. `luts[u, code]` is what column `used[u]` adds to the number of the
cell, below 0: the order is left out.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Codes = NDArray[np.uint16]
Luts = NDArray[np.int32]
Places = NDArray[np.int64]
Numbers = NDArray[np.int32]
Flags = NDArray[np.uint8]
Counts = NDArray[np.int64]
Marks = NDArray[np.int32]

VISITS, CUSTOMERS, CARS, ORDERS = range(4)
"""Places of what is counted apart among the flags that say what is wanted."""
LAST, MANY, WITH_CAR = range(3)
"""Columns of marks: what a cell has last seen, how many it has seen, and how many of these count as a car too."""
ALONE, AMONG = range(2)
"""Columns of orders: those that are their visit's only one, and the others; ALONE are all where no visits count."""
NOBODY = -1
# With a car, a row of marks is a part of one line of a cache; without, as many as can be lie in it.
_BARE, _BESIDE_CAR = 2, 4


class Orders(NamedTuple):
    """Orders customer by customer. `known[c]` says whether customer c counts, nobody being the last one.

    `with_car[c]`: the customer counts as a car too.
    """

    dims: Codes
    used: Places
    luts: Luts
    customer: Numbers
    known: Flags
    with_car: Flags
    visit: Numbers
    values: Counts


class Works(NamedTuple):
    """What orders are cut into, order by order: those of order i are from `starts[i]` to `starts[i + 1]`.

    `lut[work]` is what a work's code adds to the number of the cell. Of each group g of cells in which an order is told
    apart `ordinals[g, work]` is the place of the code among the group's, of which there are no more than codes;
    `whole[cell]` are the cells of the groups but the first, which is that of the leaf cells.
    """

    starts: Places
    work: Codes
    lut: Numbers
    ordinals: Numbers
    whole: Numbers
    all: int
    values: Counts


class Cars(NamedTuple):
    """`order` are the places of orders car by car; `known[v]` says whether car v counts."""

    order: Numbers
    vehicle: Numbers
    known: Flags


class Cells(NamedTuple):
    """`leaf` cells, then those of subtotals; `parents[cell]` are the subtotals that a leaf cell is in."""

    leaf: int
    parents: Numbers
    all: int


@njit(cache=True, nogil=True, inline="always")
def _cell(place: int, dims: Codes, used: Places, luts: Luts) -> int:
    cell = 0
    for number in range(len(used)):
        added = luts[number, dims[used[number], place]]
        if added < 0:
            return -1
        cell += added
    return cell


@njit(cache=True, nogil=True, inline="always")
def _unseen(cells: int, width: int) -> Marks:
    seen = np.zeros((cells, width), np.int32)
    seen[:, LAST] = NOBODY
    return seen


@njit(cache=True, nogil=True)
def _see(owner: int, cell: int, seen: Marks, parents: Numbers) -> None:
    """Count an owner whom the leaf cell has not just seen. Who asks compares first: a call costs more than that."""
    seen[cell, LAST] = owner
    seen[cell, MANY] += 1
    for number in range(parents.shape[1]):
        parent = parents[cell, number]
        if seen[parent, LAST] != owner:
            seen[parent, LAST] = owner
            seen[parent, MANY] += 1


@njit(cache=True, nogil=True)
def _see_with_car(owner: int, car: int, cell: int, seen: Marks, parents: Numbers) -> None:
    """Count an owner, and his car (1 or 0), as `_see` does."""
    seen[cell, LAST] = owner
    seen[cell, MANY] += 1
    seen[cell, WITH_CAR] += car
    for number in range(parents.shape[1]):
        parent = parents[cell, number]
        if seen[parent, LAST] != owner:
            seen[parent, LAST] = owner
            seen[parent, MANY] += 1
            seen[parent, WITH_CAR] += car


@njit(cache=True, nogil=True, inline="always")
def _is_among(place: int, visit: Numbers) -> int:
    """Tell whether the visit of an order has another one."""
    day = visit[place]
    return (place > 0 and visit[place - 1] == day) or (place + 1 < len(visit) and visit[place + 1] == day)


@njit(cache=True, nogil=True)
def walk_orders(
    first: int, end: int, orders: Orders, chosen: Places, cells: Cells, wanted: Flags
) -> tuple[Counts, Marks, Marks]:
    """Return the sums of the chosen values, then of orders ALONE and AMONG, by leaf cell; marks of all cells.

    Marks are those of visits of several orders, and of customers; none of what `wanted` does not name.
    """
    width = len(chosen)
    sums = np.zeros((cells.leaf, width + 2), np.int64)
    dims, used, luts, customer, known, with_car, visit, values = orders
    parents = cells.parents
    of_visits, of_customers, of_cars = wanted[VISITS] != 0, wanted[CUSTOMERS] != 0, wanted[CARS] != 0
    visits = _unseen(cells.all if of_visits else 0, _BARE)
    customers = _unseen(cells.all if of_customers or of_cars else 0, _BESIDE_CAR)
    nobody = len(known) - 1
    for place in range(first, end):
        who = customer[place]
        if known[who] == 0:
            continue
        cell = _cell(place, dims, used, luts)
        if cell < 0:
            continue
        for number in range(width):
            sums[cell, number] += values[chosen[number], place]
        among = 1 if of_visits and _is_among(place, visit) else 0
        sums[cell, width + among] += 1
        if of_visits and among and visits[cell, LAST] != visit[place]:
            _see(visit[place], cell, visits, parents)
        counts = (of_customers and who != nobody) or (of_cars and with_car[who] != 0)
        if counts and customers[cell, LAST] != who:
            _see_with_car(who, with_car[who], cell, customers, parents)
    return sums, visits, customers


@njit(cache=True, nogil=True, inline="always")
def _tell(place: int, code: int, cell: int, among: int, works: Works, here: Numbers, told: Counts) -> bool:
    """Count an order in the groups of cells where it has not been; return whether it is new to the leaf cell.

    `here` is the order that has last been at each place of a group.
    """
    ordinals, whole = works.ordinals, works.whole
    if here[0, ordinals[0, code]] == place:
        return False
    here[0, ordinals[0, code]] = place
    told[cell, among] += 1
    for group in range(1, len(ordinals)):
        ordinal = ordinals[group, code]
        if here[group, ordinal] != place:
            here[group, ordinal] = place
            told[whole[cell, group - 1], among] += 1
    return True


@njit(cache=True, nogil=True)
def walk_works(
    first: int, end: int, orders: Orders, works: Works, chosen: Places, cells: Cells, wanted: Flags
) -> tuple[Counts, Counts, Marks, Marks]:
    """Return what `walk_orders` does of the orders' works; its last sums count these, orders come after the sums."""
    width = len(chosen)
    sums = np.zeros((cells.leaf, width + 1), np.int64)
    dims, used, luts, customer, known, with_car, visit, _values = orders
    starts, work, lut, values = works.starts, works.work, works.lut, works.values
    parents = cells.parents
    of_visits, of_customers, of_cars = wanted[VISITS] != 0, wanted[CUSTOMERS] != 0, wanted[CARS] != 0
    apart = of_visits or of_customers or of_cars or wanted[ORDERS] != 0
    visits = _unseen(cells.all if of_visits else 0, _BARE)
    customers = _unseen(cells.all if of_customers or of_cars else 0, _BESIDE_CAR)
    told = np.zeros((works.all if apart else 0, 2), np.int64)
    here = np.full(works.ordinals.shape, NOBODY, np.int32)
    nobody = len(known) - 1
    for place in range(first, end):
        who = customer[place]
        if known[who] == 0:
            continue
        of_order = _cell(place, dims, used, luts)
        if of_order < 0:
            continue
        among = 1 if of_visits and _is_among(place, visit) else 0
        counts = (of_customers and who != nobody) or (of_cars and with_car[who] != 0)
        for line in range(starts[place], starts[place + 1]):
            code = work[line]
            of_work = lut[code]
            if of_work < 0:
                continue
            cell = of_order + of_work
            for number in range(width):
                sums[cell, number] += values[chosen[number], line]
            sums[cell, width] += 1
            if not apart or not _tell(place, code, cell, among, works, here, told):
                continue
            if of_visits and among and visits[cell, LAST] != visit[place]:
                _see(visit[place], cell, visits, parents)
            if counts and customers[cell, LAST] != who:
                _see_with_car(who, with_car[who], cell, customers, parents)
    return sums, told, visits, customers


@njit(cache=True, nogil=True)
def cars_of_orders(first: int, end: int, cars: Cars, orders: Orders, cells: Cells) -> Marks:
    """Return the marks of the cars of all cells."""
    seen, parents = _unseen(cells.all, _BARE), cells.parents
    dims, used, luts, customer, known, _with_car, _visit, _values = orders
    order, vehicle, known_cars = cars
    for number in range(first, end):
        place = order[number]
        car = vehicle[place]
        if known_cars[car] == 0 or known[customer[place]] == 0:
            continue
        cell = _cell(place, dims, used, luts)
        if cell >= 0 and seen[cell, LAST] != car:
            _see(car, cell, seen, parents)
    return seen


@njit(cache=True, nogil=True)
def cars_of_works(first: int, end: int, cars: Cars, orders: Orders, works: Works, cells: Cells) -> Marks:
    """Return what `cars_of_orders` does, of the orders' works."""
    seen, parents = _unseen(cells.all, _BARE), cells.parents
    dims, used, luts, customer, known, _with_car, _visit, _values = orders
    order, vehicle, known_cars = cars
    for number in range(first, end):
        place = order[number]
        car = vehicle[place]
        if known_cars[car] == 0 or known[customer[place]] == 0:
            continue
        of_order = _cell(place, dims, used, luts)
        if of_order < 0:
            continue
        for line in range(works.starts[place], works.starts[place + 1]):
            of_work = works.lut[works.work[line]]
            if of_work >= 0 and seen[of_order + of_work, LAST] != car:
                _see(car, of_order + of_work, seen, parents)
    return seen
