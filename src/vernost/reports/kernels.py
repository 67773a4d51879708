"""Array kernels of the pivot, compiled by numba: one pass over orders or lines fills every cell.

Orders lie customer by customer, a customer's by visit, so a customer (a visit, an order) is new to a cell when
the cell has last seen another one: distinct counts need one number a cell and no set. A plain Python reference in
the tests must give the same.

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

VISITS, CUSTOMERS, ORDERS = range(3)
"""Columns of what is counted apart."""
NOBODY = -1


class Orders(NamedTuple):
    """Orders customer by customer. `known[c]` says whether customer c counts, nobody being the last one."""

    dims: Codes
    used: Places
    luts: Luts
    customer: Numbers
    known: Flags
    visit: Numbers
    values: Counts


class Lines(NamedTuple):
    """Lines order by order: those of order i are from `starts[i]` to `starts[i + 1]`."""

    starts: Places
    dims: Codes
    used: Places
    luts: Luts
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


# What a cell has last seen of each kind, and how many: beside each other, as many cells are more than a cache holds.
@njit(cache=True, nogil=True, inline="always")
def _unseen(cells: int, kinds: int) -> Numbers:
    seen = np.zeros((cells, 2 * kinds), np.int32)
    seen[:, ::2] = NOBODY
    return seen


@njit(cache=True, nogil=True)
def _see(what: int, owner: int, cell: int, seen: Numbers, parents: Numbers) -> None:
    """Count an owner whom the leaf cell has not just seen. Who asks compares first: a call costs more than that."""
    seen[cell, 2 * what] = owner
    seen[cell, 2 * what + 1] += 1
    for number in range(parents.shape[1]):
        parent = parents[cell, number]
        if seen[parent, 2 * what] != owner:
            seen[parent, 2 * what] = owner
            seen[parent, 2 * what + 1] += 1


@njit(cache=True, nogil=True)
def walk_orders(
    first: int, end: int, orders: Orders, chosen: Places, cells: Cells, wanted: Flags
) -> tuple[Counts, Counts]:
    """Return the sums of the chosen values and, last, the orders by leaf cell; the counts of all cells.

    Counts are [cell][VISITS, CUSTOMERS, ORDERS] of what `wanted` names.
    """
    sums = np.zeros((cells.leaf, len(chosen) + 1), np.int64)
    seen = _unseen(cells.all, 3)
    dims, used, luts, customer, known, visit, values = orders
    parents = cells.parents
    of_visits, of_customers = wanted[VISITS] != 0, wanted[CUSTOMERS] != 0
    nobody = len(known) - 1
    for place in range(first, end):
        who = customer[place]
        if known[who] == 0:
            continue
        cell = _cell(place, dims, used, luts)
        if cell < 0:
            continue
        for number in range(len(chosen)):
            sums[cell, number] += values[chosen[number], place]
        sums[cell, len(chosen)] += 1
        if of_visits and seen[cell, 2 * VISITS] != visit[place]:
            _see(VISITS, visit[place], cell, seen, parents)
        if of_customers and who != nobody and seen[cell, 2 * CUSTOMERS] != who:
            _see(CUSTOMERS, who, cell, seen, parents)
    return sums, seen[:, 1::2].astype(np.int64)


@njit(cache=True, nogil=True)
def walk_lines(
    first: int, end: int, orders: Orders, lines: Lines, chosen: Places, cells: Cells, wanted: Flags
) -> tuple[Counts, Counts]:
    """Return what `walk_orders` does, of the orders' lines; the last of the sums counts lines."""
    sums = np.zeros((cells.leaf, len(chosen) + 1), np.int64)
    seen = _unseen(cells.all, 3)
    dims, used, luts, customer, known, visit, _values = orders
    starts, line_dims, line_used, line_luts, values = lines
    parents = cells.parents
    of_visits, of_customers = wanted[VISITS] != 0, wanted[CUSTOMERS] != 0
    counts_apart = of_visits or of_customers or wanted[ORDERS] != 0
    nobody = len(known) - 1
    for place in range(first, end):
        who = customer[place]
        if known[who] == 0:
            continue
        of_order = _cell(place, dims, used, luts)
        if of_order < 0:
            continue
        for line in range(starts[place], starts[place + 1]):
            of_line = _cell(line, line_dims, line_used, line_luts)
            if of_line < 0:
                continue
            cell = of_order + of_line
            for number in range(len(chosen)):
                sums[cell, number] += values[chosen[number], line]
            sums[cell, len(chosen)] += 1
            if counts_apart and seen[cell, 2 * ORDERS] != place:
                if of_visits and seen[cell, 2 * VISITS] != visit[place]:
                    _see(VISITS, visit[place], cell, seen, parents)
                if of_customers and who != nobody and seen[cell, 2 * CUSTOMERS] != who:
                    _see(CUSTOMERS, who, cell, seen, parents)
                _see(ORDERS, place, cell, seen, parents)
    return sums, seen[:, 1::2].astype(np.int64)


@njit(cache=True, nogil=True)
def cars_of_orders(first: int, end: int, cars: Cars, orders: Orders, cells: Cells) -> Counts:
    """Return the number of cars of all cells."""
    seen = _unseen(cells.all, 1)
    dims, used, luts, customer, known, _visit, _values = orders
    order, vehicle, known_cars = cars
    parents = cells.parents
    for number in range(first, end):
        place = order[number]
        car = vehicle[place]
        if known_cars[car] == 0 or known[customer[place]] == 0:
            continue
        cell = _cell(place, dims, used, luts)
        if cell >= 0 and seen[cell, 0] != car:
            _see(0, car, cell, seen, parents)
    return seen[:, 1].astype(np.int64)


@njit(cache=True, nogil=True)
def cars_of_lines(first: int, end: int, cars: Cars, orders: Orders, lines: Lines, cells: Cells) -> Counts:
    """Return what `cars_of_orders` does, of the orders' lines."""
    seen = _unseen(cells.all, 1)
    dims, used, luts, customer, known, _visit, _values = orders
    order, vehicle, known_cars = cars
    parents = cells.parents
    starts, line_dims, line_used, line_luts, _line_values = lines
    for number in range(first, end):
        place = order[number]
        car = vehicle[place]
        if known_cars[car] == 0 or known[customer[place]] == 0:
            continue
        of_order = _cell(place, dims, used, luts)
        if of_order < 0:
            continue
        for line in range(starts[place], starts[place + 1]):
            of_line = _cell(line, line_dims, line_used, line_luts)
            if of_line >= 0 and seen[of_order + of_line, 0] != car:
                _see(0, car, of_order + of_line, seen, parents)
    return seen[:, 1].astype(np.int64)
