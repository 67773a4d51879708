"""What a request asks of each column of the star: the keys of its axes, and what each code adds to a cell's number."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate, product
from math import prod
from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray

from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.reports.kernels import Cells
from vernost.reports.queries.pivot.layout import Layout
from vernost.reports.queries.pivot.store import Laid
from vernost.reports.rules.pivot.dimensions import Dimension, Key
from vernost.reports.rules.pivot.request import Request, Shift

MOST_CELLS = 400_000
LEFT_OUT = -1
_ONE_DAY = timedelta(days=1)
_MINE = threading.local()


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

    @cached_property
    def whole(self) -> tuple[int, ...]:
        """Return the axes of a leaf cell."""
        return tuple(range(len(self.dimensions)))

    def axes(self, rows: int, columns: int) -> tuple[int, ...]:
        return (*range(rows), *range(self.of_rows, self.of_rows + columns))

    def shape(self, axes: Sequence[int]) -> tuple[int, ...]:
        return tuple(len(self.levels[axis]) for axis in axes)

    def inside(self, axes: Sequence[int]) -> NDArray[np.int32]:
        """Return for each leaf cell its place among the cells of some axes."""
        found = np.zeros(self.shape(self.whole), np.int32)
        stride = 1
        for axis in reversed(axes):
            size = len(self.levels[axis])
            along = np.arange(size, dtype=np.int32).reshape([size if each == axis else 1 for each in self.whole])
            found += along * np.int32(stride)
            stride *= size
        return found.reshape(-1)

    @cached_property
    def subtotals(self) -> tuple[Cells, Mapping[tuple[int, int], int]]:
        """Return leaf cells and those of subtotals, and where each set begins."""
        sets = self.sets()
        sizes = [prod(self.shape(self.axes(*each))) for each in sets]
        begins = [0, *accumulate(sizes)]
        parents = np.empty((self.cells, len(sets) - 1), np.int32)
        for number, (rows, columns) in enumerate(sets[1:]):
            parents[:, number] = begins[number + 1] + self.inside(self.axes(rows, columns))
        return Cells(self.cells, parents, begins[-1]), dict(zip(sets, begins, strict=False))

    @cached_property
    def groups(self) -> Mapping[tuple[int, ...], int]:
        """Return by their axes the groups of cells in which orders are told apart, and where each begins."""
        found: dict[tuple[int, ...], int] = {}
        begin = 0
        for each in self.sets():
            axes = self.group(*each)
            if axes not in found:
                found[axes] = begin
                begin += prod(self.shape(axes))
        return found

    def group(self, rows: int, columns: int) -> tuple[int, ...]:
        """Return the axes of the cells whose orders add up to those of a subtotal.

        An order has one key of a dimension, but for those of lines: it is in several cells of these.
        """
        kept = self.axes(rows, columns)
        return tuple(axis for axis in self.whole if axis in kept or not self.dimensions[axis].of_lines)


def plan_of(laid: Laid, request: Request, scope: Scope, shift: Shift | None) -> Plan:
    start, end = request.start, request.end_known
    if shift is not None:
        start, end = shift.before(start, end)
    plan = Plan(request, scope, start, end, shift, request.dimensions, ())
    levels = tuple(_keys_of(plan, laid, dimension) for dimension in request.dimensions)
    plan = replace(plan, levels=levels)
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


def ordinals(plan: Plan, layout: Layout, axis: int) -> NDArray[np.int32]:
    """Return the place of each code of a dimension's column among the keys of its axis; 0 for what is left out."""
    places = {key: place for place, key in enumerate(plan.levels[axis])}
    return np.array([places.get(key, 0) for key in _keys(plan, layout, plan.dimensions[axis])], np.int32)


def lut_of(plan: Plan, layout: Layout, column: str) -> NDArray[np.int32] | None:
    """Return what each code of a column adds to the number of the cell; None where it never matters."""
    allowed = _allowed(plan, layout, column)
    added = np.zeros(len(allowed), np.int32)
    matters = not allowed.all()
    for axis, dimension in enumerate(plan.dimensions):
        if dimension.column == column:
            matters = True
            added += ordinals(plan, layout, axis) * np.int32(plan.strides[axis])
    return np.where(allowed, added, np.int32(LEFT_OUT)) if matters else None
