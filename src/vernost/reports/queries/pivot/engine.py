"""A request as a walk over arrays: the numbers of every cell, subtotals and totals among them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate, product
from math import prod
from operator import add
from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray

from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.reports import kernels
from vernost.reports.kernels import Cells
from vernost.reports.queries.pivot.layout import LINE_DIMENSIONS, ORDER_DIMENSIONS, VALUES, Layout
from vernost.reports.queries.pivot.store import Laid, Part
from vernost.reports.rules.pivot.dimensions import Dimension, Key
from vernost.reports.rules.pivot.measures import Measure, parts
from vernost.reports.rules.pivot.request import Request, Shift

MOST_CELLS = 400_000
THREADS = 2
THERE = "there"
"""Orders or lines of a cell: whether there is anything."""
_LEFT_OUT = -1
_ONE_DAY = timedelta(days=1)
_MINE = threading.local()

Path = tuple[Key, ...]
Counts = NDArray[np.int64]


class PivotTooWide(DomainError):
    code = "pivot_too_wide"
    text = _(
        "The pivot would have %(cells)s cells, %(most)s at most: take a dimension away, a shorter period or a filter."
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose orders count: branches (None: all), customers (None: all), and not those of `without`; sorted ids."""

    branch_ids: frozenset[int] | None = None
    customers: NDArray[np.int64] | None = None
    without: NDArray[np.int64] | None = None


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
        levels = (*self.places[: len(rows)], *self.places[len(self.rows) : len(self.rows) + len(columns)])
        found = [level.get(key) for level, key in zip(levels, (*rows, *columns), strict=True)]
        return None if None in found else tuple(place for place in found if place is not None)

    def number(self, code: str, rows: Path, columns: Path) -> int:
        place = self.place(rows, columns)
        return 0 if place is None else int(self.figures[code][len(rows), len(columns)][place])


@dataclass(frozen=True)
class Plan:
    """What a request asks of each column of the star, and where its answers go.

    `levels` are the keys of each dimension of rows and columns that an order of the scope may have.
    """

    request: Request
    scope: Scope
    start: date
    end: date
    shift: Shift | None
    dimensions: tuple[Dimension, ...]
    levels: tuple[tuple[Key, ...], ...]

    @cached_property
    def strides(self) -> tuple[int, ...]:
        sizes = [len(level) for level in self.levels]
        return tuple(prod(sizes[place + 1 :]) for place in range(len(sizes)))

    @cached_property
    def cells(self) -> int:
        return prod(len(level) for level in self.levels)

    @property
    def of_rows(self) -> int:
        return len(self.request.rows)

    def sets(self) -> list[tuple[int, int]]:
        """Return the subtotals, the leaf cells first."""
        columns = len(self.dimensions) - self.of_rows
        return list(product(range(self.of_rows, -1, -1), range(columns, -1, -1)))

    def shape(self, rows: int, columns: int) -> tuple[int, ...]:
        sizes = [len(level) for level in self.levels]
        return (*sizes[:rows], *sizes[self.of_rows : self.of_rows + columns])

    def parents(self) -> tuple[NDArray[np.int32], dict[tuple[int, int], int], int]:
        """Return for each leaf cell its cells of subtotals, where each set begins, and the number of all cells."""
        sizes = [self.cells, *(prod(self.shape(*each)) for each in self.sets()[1:])]
        begins = [0, *accumulate(sizes, add)]
        table = np.empty((self.cells, len(self.sets()) - 1), np.int32)
        whole = self.shape(self.of_rows, len(self.dimensions) - self.of_rows)
        index = np.indices(whole).reshape(len(whole), -1) if whole else np.zeros((0, 1), np.int64)
        for number, (rows, columns) in enumerate(self.sets()[1:]):
            kept = [*range(rows), *range(self.of_rows, self.of_rows + columns)]
            shape = self.shape(rows, columns)
            place = np.ravel_multi_index([index[axis] for axis in kept], shape) if shape else 0
            table[:, number] = begins[number + 1] + place
        return table, dict(zip(self.sets(), begins, strict=False)), begins[-1]


def grid(laid: Laid, request: Request, scope: Scope, shift: Shift | None = None) -> Grid:
    """Count a request; with `shift`, the period before, each cell under the keys that it is compared with."""
    plan = _plan(laid, request, scope, shift)
    wanted = {part.code: part for shown in request.measures for part in parts(shown.measure)}
    totals: dict[str, dict[tuple[int, int], Counts]] = {}
    for part in laid.parts:
        for code, sets in _walk(plan, part, wanted).items():
            into = totals.setdefault(code, {})
            for each, numbers in sets.items():
                into[each] = into[each] + numbers if each in into else numbers
    return Grid(plan.levels[: plan.of_rows], plan.levels[plan.of_rows :], totals)


def _plan(laid: Laid, request: Request, scope: Scope, shift: Shift | None) -> Plan:
    start, end = request.start, request.end_known
    if shift is not None:
        start, end = shift.before(start, end)
    plan = Plan(request, scope, start, end, shift, request.dimensions, ())
    levels = tuple(_keys_of(plan, laid, dimension) for dimension in request.dimensions)
    plan = Plan(request, scope, start, end, shift, request.dimensions, levels)
    if plan.cells > MOST_CELLS:
        raise PivotTooWide(cells=plan.cells, most=MOST_CELLS)
    return plan


def _keys_of(plan: Plan, laid: Laid, dimension: Dimension) -> tuple[Key, ...]:
    found: set[Key] = set()
    for part in laid.parts:
        allowed = _allowed(plan, part.layout, dimension.column)
        keys = _keys(plan, part.layout, dimension)
        found |= {key for key, stays in zip(keys, allowed, strict=True) if stays}
    return tuple(sorted(found, key=lambda key: (key is None, 0 if key is None else key)))


def _values(layout: Layout, column: str) -> list[Key]:
    return layout.dictionaries[column]


def _keys(plan: Plan, layout: Layout, dimension: Dimension) -> list[Key]:
    """Return the key of each code of a dimension's column."""
    values = _values(layout, dimension.column)
    if dimension.is_date and plan.shift is not None:
        # Days of other periods are left out, and may lie where no date is.
        days = [value for value in values if isinstance(value, date)]
        values = [plan.shift.forward(day) for day in days]
    return keys_of(dimension, values)


def keys_of(dimension: Dimension, values: Sequence[Key]) -> list[Key]:
    """Return what a dimension makes of values of its column."""
    if dimension.key is None or not values:
        return list(values)
    if dimension.is_date:
        days = [value for value in values if isinstance(value, date)]
        calendar = _calendar(dimension.code, dimension, min(days).year, max(days).year)
        return [calendar[day] for day in days]
    return list(_made(dimension, tuple(values)))


@lru_cache(maxsize=64)
def _calendar(_code: str, dimension: Dimension, first_year: int, last_year: int) -> Mapping[date, Key]:
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    days = [first + number * _ONE_DAY for number in range((last - first).days + 1)]
    return dict(zip(days, _made(dimension, tuple(days)), strict=True))


@lru_cache(maxsize=256)
def _made(dimension: Dimension, values: tuple[Key, ...]) -> tuple[Key, ...]:
    """Let the definition itself make the keys: it is written once, for every engine."""
    assert dimension.key is not None  # noqa: S101 - asked only of those that have one
    kind = "date" if dimension.is_date else "int64"
    rows = ibis.memtable({"place": range(len(values)), "value": list(values)}, schema={"place": "int64", "value": kind})
    made = rows.select("place", key=dimension.key(rows.value)).order_by("place")
    return tuple(_engine().to_pyarrow(made)["key"].to_pylist())


def _engine() -> Any:  # noqa: ANN401 - Ibis brings no types for its backends
    if not hasattr(_MINE, "engine"):
        _MINE.engine = ibis.duckdb.connect(threads=1)
    return _MINE.engine


def _allowed(plan: Plan, layout: Layout, column: str) -> NDArray[np.bool_]:
    """Return for each code of a column whether the request wants it."""
    values = _values(layout, column)
    allowed = np.ones(len(values), bool)
    if column == "on":
        allowed &= np.array([plan.start <= day <= plan.end for day in values if isinstance(day, date)], bool)
    if column == "branch_id" and plan.scope.branch_ids is not None:
        allowed &= np.array([value in plan.scope.branch_ids for value in values], bool)
    for chosen in plan.request.filters:
        if chosen.dimension.column == column:
            kept = {str(key) if isinstance(key, int) else key for key in chosen.keys}
            keys = _keys(plan, layout, chosen.dimension)
            inside = np.array([(str(key) if isinstance(key, int) else key) in kept for key in keys], bool)
            allowed &= ~inside if chosen.without else inside
    return allowed


def _lut(plan: Plan, layout: Layout, column: str) -> NDArray[np.int32] | None:
    """Return what each code of a column adds to the number of the cell; None where it never matters."""
    allowed = _allowed(plan, layout, column)
    added = np.zeros(len(allowed), np.int64)
    matters = not allowed.all()
    for place, dimension in enumerate(plan.dimensions):
        if dimension.column == column:
            matters = True
            ordinals = {key: ordinal for ordinal, key in enumerate(plan.levels[place])}
            keys = _keys(plan, layout, dimension)
            added += np.array([ordinals.get(key, 0) for key in keys], np.int64) * plan.strides[place]
    return np.where(allowed, added, _LEFT_OUT).astype(np.int32) if matters else None


@dataclass(frozen=True, slots=True)
class Luts:
    used: NDArray[np.int64]
    table: NDArray[np.int32]

    @classmethod
    def of(cls, plan: Plan, layout: Layout, columns: Sequence[str]) -> "Luts":
        found = [(number, _lut(plan, layout, column)) for number, column in enumerate(columns)]
        kept = [(number, lut) for number, lut in found if lut is not None]
        table = np.full((len(kept), max((len(lut) for _number, lut in kept), default=1)), _LEFT_OUT, np.int32)
        for row, (_number, lut) in enumerate(kept):
            table[row, : len(lut)] = lut
        return cls(np.array([number for number, _lut in kept], np.int64), table)


@dataclass(frozen=True)
class Walk:
    """One part of the star as the kernels take it."""

    plan: Plan
    part: Part
    cells: Cells = Cells(1, np.zeros((1, 0), np.int32), 1)  # noqa: RUF009 - a tuple is never changed

    @cached_property
    def orders(self) -> Luts:
        return Luts.of(self.plan, self.part.layout, ORDER_DIMENSIONS)

    @cached_property
    def lines(self) -> Luts:
        return Luts.of(self.plan, self.part.layout, LINE_DIMENSIONS)

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
        layout = self.part.layout
        return kernels.Orders(
            layout.dims, self.orders.used, self.orders.table, layout.customer, known, layout.visit, layout.values
        )

    def lines_for_kernel(self) -> kernels.Lines:
        layout = self.part.layout
        return kernels.Lines(layout.starts, layout.line_dims, self.lines.used, self.lines.table, layout.line_values)


def _walk(plan: Plan, part: Part, wanted: Mapping[str, Measure]) -> dict[str, dict[tuple[int, int], Counts]]:
    parents, begins, all_cells = plan.parents()
    walk = Walk(plan, part, Cells(plan.cells, parents, all_cells))
    summed = [one for one in wanted.values() if one.sum_of]
    chosen = np.array([VALUES.index(one.sum_of) for one in summed], np.int64)
    flags = np.array([code in wanted for code in ("visits", "customers", "orders")], np.uint8)
    sums, counts = _main(walk, chosen, flags)
    found = {one.code: _rolled(plan, sums[:, number]) for number, one in enumerate(summed)}
    for code, row in {"visits": kernels.VISITS, "customers": kernels.CUSTOMERS}.items():
        if code in wanted:
            found[code] = _cut(plan, counts[:, row], begins)
    found[THERE] = _rolled(plan, sums[:, -1])
    if "orders" in wanted:
        found["orders"] = _cut(plan, counts[:, kernels.ORDERS], begins) if plan.request.of_lines else found[THERE]
    if "vehicles" in wanted:
        found["vehicles"] = _cut(plan, _cars(walk), begins)
    return found


def _rolled(plan: Plan, leaf: Counts) -> dict[tuple[int, int], Counts]:
    """Add leaf cells up to every subtotal."""
    columns = len(plan.dimensions) - plan.of_rows
    cube = leaf.reshape(plan.shape(plan.of_rows, columns))
    return {
        (i, j): cube.sum(axis=(*range(i, plan.of_rows), *range(plan.of_rows + j, plan.of_rows + columns)))
        for i, j in plan.sets()
    }


def _cut(plan: Plan, counts: Counts, begins: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], Counts]:
    return {
        each: counts[begin : begin + prod(plan.shape(*each))].reshape(plan.shape(*each))
        for each, begin in begins.items()
    }


def _main(walk: Walk, chosen: NDArray[np.int64], wanted: NDArray[np.uint8]) -> tuple[Counts, Counts]:
    orders = walk.for_kernel(walk.part.customers & walk.of_segment)

    def piece(first: int, end: int) -> tuple[Counts, Counts]:
        if walk.plan.request.of_lines:
            return kernels.walk_lines(first, end, orders, walk.lines_for_kernel(), chosen, walk.cells, wanted)
        return kernels.walk_orders(first, end, orders, chosen, walk.cells, wanted)

    found = _in_threads(piece, _halves(walk.part.layout.customer))
    return sum_of([one[0] for one in found]), sum_of([one[1] for one in found])


def _cars(walk: Walk) -> Counts:
    layout = walk.part.layout
    orders = walk.for_kernel(walk.of_segment)
    cars = kernels.Cars(layout.by_vehicle, layout.vehicle, walk.part.vehicles)

    def piece(first: int, end: int) -> Counts:
        if walk.plan.request.of_lines:
            return kernels.cars_of_lines(first, end, cars, orders, walk.lines_for_kernel(), walk.cells)
        return kernels.cars_of_orders(first, end, cars, orders, walk.cells)

    return sum_of(_in_threads(piece, _halves(layout.vehicle, layout.by_vehicle)))


def sum_of(arrays: Sequence[Counts]) -> Counts:
    total = arrays[0]
    for more in arrays[1:]:
        total = total + more
    return total


def _halves(owner: NDArray[np.int32], order: NDArray[np.int32] | None = None) -> list[tuple[int, int]]:
    """Cut the places in pieces between owners, one for each thread."""
    count = len(owner) if order is None else len(order)
    if count < MOST_CELLS // 4:
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
