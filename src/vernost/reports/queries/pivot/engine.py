"""A request as a walk over arrays: the numbers of every cell, subtotals and totals among them."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vernost.reports import kernels
from vernost.reports.kernels import Cells
from vernost.reports.queries.pivot.layout import LINE_DIMENSIONS, ORDER_DIMENSIONS, VALUES, Layout
from vernost.reports.queries.pivot.plan import LEFT_OUT, Plan, Scope, lut_of, ordinals, plan_of
from vernost.reports.queries.pivot.store import Laid, Part
from vernost.reports.rules.pivot.dimensions import Key
from vernost.reports.rules.pivot.measures import Measure, parts
from vernost.reports.rules.pivot.request import Request, Shift

THREADS = 2
THERE = "there"
"""Orders or works of a cell: whether there is anything."""
# Fewer places than this are not worth a second thread.
_FEW = 100_000

Path = tuple[Key, ...]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """The keys along the levels of a pivot, and what each cell of each level holds.

    `figures[code][i, j]` is the array of a sum or count over the first i levels of rows and the first j of columns.
    """

    rows: tuple[Sequence[Key], ...]
    columns: tuple[Sequence[Key], ...]
    figures: Mapping[str, Mapping[tuple[int, int], Counts]]

    @cached_property
    def places(self) -> tuple[Mapping[Key, int], ...]:
        return tuple({key: place for place, key in enumerate(level)} for level in (*self.rows, *self.columns))

    def place(self, rows: Path, columns: Path) -> tuple[int, ...] | None:
        """Return the indices of a cell; None where the keys are not among those of the pivot."""
        of_rows, of_columns = self.places[: len(self.rows)], self.places[len(self.rows) :]
        levels = (*of_rows[: len(rows)], *of_columns[: len(columns)])
        found = [level.get(key) for level, key in zip(levels, (*rows, *columns), strict=True)]
        return None if None in found else tuple(place for place in found if place is not None)

    def numbers(self, code: str, rows: Path, columns: Sequence[Path]) -> list[int]:
        """Return the numbers of a row in columns of one level."""
        place = self.place(rows, ())
        if place is None or not columns:
            return [0] * len(columns)
        whole = self.figures[code][len(rows), len(columns[0])][place].reshape(-1)
        found: list[int] = np.append(whole, 0)[self._along(tuple(columns))].tolist()
        return found

    def _along(self, columns: tuple[Path, ...]) -> NDArray[np.int64]:
        """Return the place of each column among those of its level; that after the last for one that is not there."""
        if columns not in self._places_along:
            sizes = [len(level) for level in self.columns[: len(columns[0])]]
            found = [self.place((), column) for column in columns]
            flat = [
                prod(sizes) if place is None else np.ravel_multi_index(place, sizes) if place else 0 for place in found
            ]
            self._places_along[columns] = np.array(flat, np.int64)
        return self._places_along[columns]

    @cached_property
    def _places_along(self) -> dict[tuple[Path, ...], NDArray[np.int64]]:
        return {}

    def number(self, code: str, rows: Path, columns: Path) -> int:
        place = self.place(rows, columns)
        return 0 if place is None else int(self.figures[code][len(rows), len(columns)][place])


def grid(laid: Laid, request: Request, scope: Scope, shift: Shift | None = None) -> Grid:
    """Count a request; with `shift`, the period before, each cell under the keys that it is compared with."""
    plan = plan_of(laid, request, scope, shift)
    wanted = {part.code: part for shown in request.measures for part in parts(shown.measure)}
    totals: dict[str, dict[tuple[int, int], Counts]] = {}
    for part in laid.parts:
        for code, sets in _walk(plan, part, wanted).items():
            into = totals.setdefault(code, {})
            for each, numbers in sets.items():
                into[each] = into[each] + numbers if each in into else numbers
    return Grid(plan.levels[: plan.of_rows], plan.levels[plan.of_rows :], totals)


@dataclass(frozen=True, slots=True)
class Luts:
    used: NDArray[np.int64]
    table: NDArray[np.int32]

    @classmethod
    def of(cls, plan: Plan, layout: Layout) -> "Luts":
        found = [(number, lut_of(plan, layout, column)) for number, column in enumerate(ORDER_DIMENSIONS)]
        kept = [(number, lut) for number, lut in found if lut is not None]
        table = np.full((len(kept), max((len(lut) for _number, lut in kept), default=1)), LEFT_OUT, np.int32)
        for row, (_number, lut) in enumerate(kept):
            table[row, : len(lut)] = lut
        return cls(np.array([number for number, _lut in kept], np.int64), table)


def _works(plan: Plan, layout: Layout) -> kernels.Works:
    work_lut = np.zeros(layout.work_dims.shape[1], np.int32)
    for number, column in enumerate(LINE_DIMENSIONS):
        lut = lut_of(plan, layout, column)
        if lut is not None:
            added = lut[layout.work_dims[number]]
            work_lut = np.where((work_lut < 0) | (added < 0), np.int32(LEFT_OUT), work_lut + added)
    groups = list(plan.groups.items())
    found = np.zeros((len(groups), len(work_lut)), np.int32)
    whole = np.empty((plan.cells, len(groups) - 1), np.int32)
    for place, (axes, begin) in enumerate(groups):
        for axis in axes:
            dimension = plan.dimensions[axis]
            if dimension.of_lines:
                codes = layout.work_dims[LINE_DIMENSIONS.index(dimension.column)]
                found[place] = found[place] * len(plan.levels[axis]) + ordinals(plan, layout, axis)[codes]
        # Only what occurs: the kernel has a place for each work, and not for each pair of keys.
        found[place] = np.unique(found[place], return_inverse=True)[1]
        if place:
            whole[:, place - 1] = begin + plan.inside(axes)
    cells = sum(prod(plan.shape(axes)) for axes, _begin in groups)
    return kernels.Works(layout.starts, layout.work, work_lut, found, whole, cells, layout.work_values)


@dataclass(frozen=True)
class Walk:
    """One part of the star as the kernels take it."""

    plan: Plan
    part: Part

    @cached_property
    def luts(self) -> Luts:
        return Luts.of(self.plan, self.part.layout)

    @cached_property
    def works(self) -> kernels.Works:
        return _works(self.plan, self.part.layout)

    @cached_property
    def cells(self) -> Cells:
        return self.plan.subtotals[0]

    @cached_property
    def of_segment(self) -> NDArray[np.uint8]:
        """Whether a customer of the layout is in the scope, nobody last."""
        layout, scope = self.part.layout, self.plan.scope
        inside = np.ones(len(layout.customer_ids) + 1, np.uint8)
        if scope.customers is not None:
            inside[:-1] = np.isin(layout.customer_ids, scope.customers, assume_unique=True)
            inside[-1] = 0
        if scope.without is not None:
            inside[:-1] &= ~np.isin(layout.customer_ids, scope.without, assume_unique=True)
        return inside

    def for_kernel(self, known: NDArray[np.uint8]) -> kernels.Orders:
        layout, luts = self.part.layout, self.luts
        return kernels.Orders(
            layout.dims, luts.used, luts.table, layout.customer, known, self.part.with_car, layout.visit, layout.values
        )


_APART = ("visits", "customers", "vehicles", "orders")
"""What is counted apart, by its place among the flags of the kernels."""


def _walk(plan: Plan, part: Part, wanted: Mapping[str, Measure]) -> dict[str, dict[tuple[int, int], Counts]]:
    walk = Walk(plan, part)
    summed = [one for one in wanted.values() if one.sum_of]
    chosen = np.array([VALUES.index(one.sum_of) for one in summed], np.int64)
    flags = np.array([code in wanted for code in _APART], np.uint8)
    main = _main(walk, chosen, flags)
    found = {one.code: _rolled(plan, main.sums[:, number]) for number, one in enumerate(summed)}
    found[THERE] = _rolled(plan, main.there)
    if "orders" in wanted:
        found["orders"] = _told(plan, main.orders.sum(axis=1))
    if "visits" in wanted:
        alone = _told(plan, main.orders[:, kernels.ALONE])
        found["visits"] = {each: alone[each] + more for each, more in _cut(plan, main.visits).items()}
    if "customers" in wanted:
        found["customers"] = _cut(plan, main.customers)
    if "vehicles" in wanted:
        found["vehicles"] = _cut(plan, main.cars + _cars(walk))
    return found


def _rolled(plan: Plan, leaf: Counts) -> dict[tuple[int, int], Counts]:
    """Add leaf cells up to every subtotal."""
    return {each: _added(plan, leaf, plan.whole, plan.axes(*each)) for each in plan.sets()}


def _told(plan: Plan, orders: Counts) -> dict[tuple[int, int], Counts]:
    """Add orders up to every subtotal, each from the group in which they are told apart."""
    found = {}
    for each in plan.sets():
        group = plan.group(*each)
        begin = plan.groups[group]
        found[each] = _added(plan, orders[begin : begin + prod(plan.shape(group))], group, plan.axes(*each))
    return found


def _added(plan: Plan, counts: Counts, axes: Sequence[int], kept: Sequence[int]) -> Counts:
    gone = tuple(place for place, axis in enumerate(axes) if axis not in kept)
    return np.asarray(counts.reshape(plan.shape(axes)).sum(axis=gone))


def _cut(plan: Plan, counts: Counts) -> dict[tuple[int, int], Counts]:
    found = {}
    for each, begin in plan.subtotals[1].items():
        shape = plan.shape(plan.axes(*each))
        found[each] = counts[begin : begin + prod(shape)].reshape(shape)
    return found


@dataclass(frozen=True, slots=True)
class _Main:
    """What a walk over orders has found: sums and what is there by leaf cell, orders (ALONE, AMONG) by cell of a group.

    `visits` (those of several orders), `customers` and `cars` (with their only customer) are of all cells.
    """

    sums: Counts
    there: Counts
    orders: Counts
    visits: Counts
    customers: Counts
    cars: Counts


def _main(walk: Walk, chosen: NDArray[np.int64], wanted: NDArray[np.uint8]) -> _Main:
    orders = walk.for_kernel(walk.part.customers & walk.of_segment)

    def piece(first: int, end: int) -> tuple[NDArray[Any], ...]:
        if walk.plan.request.of_lines:
            return kernels.walk_works(first, end, orders, walk.works, chosen, walk.cells, wanted)
        return kernels.walk_orders(first, end, orders, chosen, walk.cells, wanted)

    *sums, visits, customers = (
        sum_of(each) for each in zip(*_in_threads(piece, _halves(walk.part.layout.customer)), strict=True)
    )
    width = len(chosen)
    told = sums[1] if walk.plan.request.of_lines else sums[0][:, width:]
    return _Main(
        sums=sums[0],
        there=sums[0][:, width:].sum(axis=1),
        orders=told,
        visits=visits[:, kernels.MANY],
        customers=customers[:, kernels.MANY],
        cars=customers[:, kernels.WITH_CAR],
    )


def _cars(walk: Walk) -> Counts:
    """Return the cars of all cells that several customers bring, or whose customer has others too."""
    layout, order = walk.part.layout, walk.part.by_vehicle
    orders = walk.for_kernel(walk.of_segment)
    cars = kernels.Cars(order, layout.vehicle, walk.part.vehicles)

    def piece(first: int, end: int) -> NDArray[Any]:
        if walk.plan.request.of_lines:
            return kernels.cars_of_works(first, end, cars, orders, walk.works, walk.cells)
        return kernels.cars_of_orders(first, end, cars, orders, walk.cells)

    return sum_of(_in_threads(piece, _halves(layout.vehicle, order)))[:, kernels.MANY]


def sum_of(arrays: Sequence[NDArray[Any]]) -> Counts:
    total = arrays[0].astype(np.int64)
    for more in arrays[1:]:
        total = total + more
    return total


def _halves(owner: NDArray[np.int32], order: NDArray[np.int32] | None = None) -> list[tuple[int, int]]:
    """Cut the places in pieces between owners, one for each thread."""
    count = len(owner) if order is None else len(order)
    if count < _FEW:
        return [(0, count)]
    cuts = [0]
    for piece in range(1, THREADS):
        cut = count * piece // THREADS
        while cut < count and _owner(owner, order, cut) == _owner(owner, order, cut - 1):
            cut += 1
        cuts.append(cut)
    return list(zip(cuts, [*cuts[1:], count], strict=True))


def _owner(owner: NDArray[np.int32], order: NDArray[np.int32] | None, place: int) -> int:
    return int(owner[place if order is None else order[place]])


def _in_threads(piece: Callable[[int, int], Any], pieces: Sequence[tuple[int, int]]) -> list[Any]:
    if len(pieces) == 1:
        return [piece(*pieces[0])]
    with ThreadPoolExecutor(len(pieces)) as pool:
        return list(pool.map(lambda each: piece(*each), pieces))
