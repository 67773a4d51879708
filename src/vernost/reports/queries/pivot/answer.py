"""A pivot that has been answered: any of its cells, and in what order its rows stand."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vernost import facts
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.facts import mirror as mirrors
from vernost.facts.mirror import Mirror, MirrorMissing
from vernost.reports.queries.pivot import engine, plan, segmented, store
from vernost.reports.queries.pivot.engine import Grid, Path
from vernost.reports.queries.pivot.names import Names, names
from vernost.reports.queries.pivot.plan import Scope
from vernost.reports.queries.pivot.segmented import One
from vernost.reports.queries.pivot.store import Laid
from vernost.reports.rules.pivot import Filter, Request, Shown
from vernost.reports.rules.pivot.dimensions import Dimension, Key, written
from vernost.reports.rules.pivot.measures import COMPARED, Measure, Show
from vernost.reports.rules.pivot.request import Shift, shift_of

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

Figure = Decimal | int | float | None
"""Roubles and hours are Decimals, counts whole numbers, shares and changes fractions; None: nothing to divide by."""

Titled = Callable[[Dimension, Key], str]
TOTAL: Path = ()
_HUNDREDTHS = {"money", "hours"}
_KEPT = 64


class MeasureHidden(DomainError):
    code = "measure_hidden"
    text = _("Your role is not shown the measure “%(measure)s”")


@dataclass(frozen=True)
class Counted:
    """`compared` are the grids that changes are measured against, where one is asked for."""

    grid: Grid
    compared: Mapping[Show, Grid]


@dataclass(frozen=True)
class Answer:
    """`counted` has everything, or by depth the rows of the first level, those under open ones of it, and so on."""

    request: Request
    refreshed_at: datetime
    names: Names
    counted: Sequence[Counted]

    @property
    def grid(self) -> Grid:
        return self.counted[0].grid

    def _of_depth(self, rows: int) -> Counted:
        return self.counted[min(max(rows, 1), len(self.counted)) - 1]

    @cached_property
    def columns(self) -> list[Path]:
        """Return the leaf columns that hold an order, in order; one empty path where there are no dimensions."""
        return list(_paths(self.grid, 0, len(self.request.columns))) if self.request.columns else [TOTAL]

    def children(self, path: Path, titled: Titled | None = None) -> list[Path]:
        """Return the counted rows right under one, sorted as asked; by `titled` where names decide."""
        depth = len(path) + 1
        grid = self._of_depth(depth).grid
        if depth > len(grid.rows):
            return []
        place = grid.place(path, TOTAL)
        if place is None:
            return []
        there = grid.figures[engine.THERE][depth, 0][place]
        level = grid.rows[depth - 1]
        found = [(*path, level[int(number)]) for number in np.flatnonzero(there)]
        return self._sorted(found, titled or self.names.title)

    def number(self, path: Path) -> int:
        """Return the place of a counted row among the keys of its level."""
        place = self._of_depth(len(path)).grid.place(path, TOTAL)
        return place[-1] if place else 0

    def _sorted(self, rows: list[Path], titled: Titled) -> list[Path]:
        if self.request.sort is None:
            return self._by_title(rows, titled)
        shown = self.request.measures[self.request.sort]
        values = [(self.value(shown, row, TOTAL), row) for row in rows]
        known = [(value, row) for value, row in values if value is not None]
        known.sort(key=lambda pair: pair[0], reverse=self.request.descending)
        return [row for _value, row in known] + [row for value, row in values if value is None]

    def _by_title(self, rows: list[Path], titled: Titled) -> list[Path]:
        dimension = self.request.rows[len(rows[0]) - 1] if rows else None
        # Dates and bands have an order of their own.
        if dimension is None or dimension.is_date or dimension.code == "age":
            return rows if dimension is None or dimension.code != "age" else sorted(rows, key=_band)
        return sorted(rows, key=lambda row: (row[-1] is None, titled(dimension, row[-1]).casefold()))

    def value(self, shown: Shown, rows: Path, columns: Path) -> Figure:
        """Return what a cell shows. A share is of the total over everything, of its row, or of its column."""
        match shown.show:
            case "share_total":
                return _quotient(self._raw(shown, rows, columns), self._raw(shown, TOTAL, TOTAL))
            case "share_row":
                return _quotient(self._raw(shown, rows, columns), self._raw(shown, rows, TOTAL))
            case "share_column":
                return _quotient(self._raw(shown, rows, columns), self._raw(shown, TOTAL, columns))
            case "change_before" | "change_year":
                now = self._raw(shown, rows, columns)
                before = _measured(self._of_depth(len(rows)).compared[shown.show], shown.measure, rows, columns)
                return None if now is None or not before else (float(now) - float(before)) / abs(float(before))
            case _:
                return self._raw(shown, rows, columns)

    def values(self, shown: Shown, rows: Path, columns: Sequence[Path]) -> list[Figure]:
        """Return what the cells of a row show."""
        if shown.show != "value" or shown.measure.ratio:
            return [self.value(shown, rows, column) for column in columns]
        hundredths = shown.measure.kind in _HUNDREDTHS
        numbers = self._numbers(shown.measure.code, rows, columns)
        return [Decimal(number) / 100 for number in numbers] if hundredths else list(numbers)

    def theres(self, rows: Path, columns: Sequence[Path]) -> list[bool]:
        """Tell of the cells of a row whether they hold an order."""
        return [number > 0 for number in self._numbers(engine.THERE, rows, columns)]

    def _numbers(self, code: str, rows: Path, columns: Sequence[Path]) -> list[int]:
        grid = self._of_depth(len(rows)).grid
        return [
            number for _level, those in groupby(columns, key=len) for number in grid.numbers(code, rows, tuple(those))
        ]

    def _raw(self, shown: Shown, rows: Path, columns: Path) -> Figure:
        return _measured(self._of_depth(len(rows)).grid, shown.measure, rows, columns)

    def cells(self, rows: int, columns: int) -> Iterator[tuple[Path, Path]]:
        """Return the cells of a level that hold an order: their keys in rows and in columns, in the keys' order."""
        grid = self._of_depth(rows).grid
        levels = (*grid.rows[:rows], *grid.columns[:columns])
        for place in np.argwhere(grid.figures[engine.THERE][rows, columns]):
            path = tuple(level[int(number)] for level, number in zip(levels, place, strict=True))
            yield path[:rows], path[rows:]


def _band(row: Path) -> tuple[bool, int]:
    key = row[-1]
    return key is None, 0 if key is None else int(str(key).rstrip("+").partition("-")[0])


def _paths(grid: Grid, rows: int, columns: int) -> Iterator[Path]:
    there = grid.figures[engine.THERE][rows, columns]
    for place in np.argwhere(there):
        yield tuple(level[number] for level, number in zip(grid.columns, place, strict=True))


def _measured(grid: Grid, measure: Measure, rows: Path, columns: Path) -> Figure:
    if measure.ratio:
        above, below = (grid.number(code, rows, columns) for code in measure.ratio)
        if not below:
            return None
        # Kopecks by a count are kopecks, rounded half up as money is.
        if measure.kind == "money":
            return Decimal((2 * above + below) // (2 * below)) / 100
        return above / below
    number = grid.number(measure.code, rows, columns)
    return Decimal(number) / 100 if measure.kind in _HUNDREDTHS else number


def _quotient(part: Figure, whole: Figure) -> Figure:
    return float(part / whole) if part is not None and whole else None  # type: ignore[operator] # both of one kind


_grids: OrderedDict[Hashable, Grid] = OrderedDict()
_lock = Lock()


class Opened:
    """The version that is asked; its DuckDB only where something is not at hand yet."""

    def __init__(self) -> None:
        self.mirror: Mirror = mirrors.current()

    @cached_property
    def con(self) -> "Backend":
        return facts.connect(self.mirror)

    @cached_property
    def laid(self) -> Laid:
        return store.laid_out(self.mirror, lambda: self.con)

    @cached_property
    def people(self) -> dict[str, NDArray[np.int64]]:
        """The customers of the segments that have been asked for."""
        return {}


def answer(actor: Actor, request: Request, *, shown: Collection[Path] | None = None) -> Answer:
    """Answer a request from the mirror, within what the actor may see.

    `shown`: the rows whose own rows are wanted, by keys as files name them, beside the first level; None: all of them.
    """
    for one in request.measures:
        if one.measure.field is not None and not actor.shows(one.measure.field):
            raise MeasureHidden(measure=one.measure.code)
    opened = Opened()
    called = names(opened.mirror, actor)
    shifts = {show: shift_of(request, show) for show in {one.show for one in request.measures} & COMPARED}
    levels = [request] if shown is None else list(_levels(request, called, shown))
    return Answer(
        request=request,
        refreshed_at=opened.mirror.refreshed_at,
        names=called,
        counted=[
            Counted(
                counted(opened, asked, actor, None),
                {show: counted(opened, asked, actor, shift) for show, shift in shifts.items()},
            )
            for asked in map(called.resolved, levels)
        ],
    )


def _levels(request: Request, called: Names, shown: Collection[Path]) -> Iterator[Request]:
    """Yield a request for the rows of the first level, then for those under rows of each that are shown."""
    yield replace(request, rows=request.rows[:1])
    for depth in range(1, len(request.rows)):
        above = request.rows[:depth]
        paths = [path for path in shown if len(path) == depth and all(map(called.knows, above, path))]
        if not paths:
            return
        # By each of their keys alone: rows that nobody has opened may be among these.
        keys = [tuple(dict.fromkeys(level)) for level in zip(*paths, strict=True)]
        filters = [Filter(one, some) for one, some in zip(above, keys, strict=True) if not one.of_people]
        yield replace(request, rows=request.rows[: depth + 1], filters=(*request.filters, *filters))


def counted(opened: Opened, asked: Request, actor: Actor, shift: Shift | None) -> Grid:
    """Count a request with ids in its filters; the last answers are kept, each for its version and scope."""
    if not any(one.of_people for one in asked.dimensions):
        return _counted(opened, asked, actor, shift, None)
    bare, found = segmented.without_dimension(asked), segmented.keys(actor, asked)
    ones = [One(None if key is None else str(key), segmented.named(actor, asked)) for key in found]
    whole = _counted(opened, bare, actor, shift, None)
    return segmented.stacked(asked, found, whole, [_counted(opened, bare, actor, shift, one) for one in ones])


def _counted(opened: Opened, asked: Request, actor: Actor, shift: Shift | None, one: One | None) -> Grid:
    key = (
        str(opened.mirror.folder),
        opened.mirror.refreshed_at,
        actor.branch_ids,
        shift,
        asked.as_of,
        asked.start,
        asked.end,
        asked.rows,
        asked.columns,
        tuple(sorted({shown.measure.code for shown in asked.measures})),
        asked.filters,
        asked.segment,
        one,
    )
    with _lock:
        if key in _grids:
            _grids.move_to_end(key)
            return _grids[key]
    found = engine.grid(opened.laid, asked, scope(opened, asked, actor, one), shift)
    with _lock:
        _grids[key] = found
        while len(_grids) > _KEPT:
            _grids.popitem(last=False)
    return found


def scope(opened: Opened, asked: Request, actor: Actor, one: One | None = None) -> Scope:
    def members_of(code: str) -> NDArray[np.int64]:
        if code not in opened.people:
            opened.people[code] = segmented.members_in(opened.con, code, asked, actor)
        return opened.people[code]

    return segmented.scope(actor, asked, one, members_of)


def open_mirror() -> Opened:
    return Opened()


def follow() -> bool:
    """Bring the arrays up to the current version where somebody has used them; tell whether they were laid out anew."""
    if not store.in_use():
        return False
    before = store.newest()
    try:
        opened = Opened()
    except MirrorMissing:
        return False
    store.laid_out(opened.mirror, lambda: opened.con)
    forget()
    return store.newest() != before


def forget() -> None:
    """Let go of kept answers and mapped arrays of this process."""
    with _lock:
        _grids.clear()
    store.forget()


def key_text(found: Answer, dimension: Dimension, key: Key) -> str | int | None:
    """Write a key as a request's filter names it."""
    return written(dimension, found.names.ref(dimension, key))


def keys_of(actor: Actor, dimension: Dimension) -> Sequence[tuple[Key, str]]:
    """Return the keys that a filter of a dimension offers, with their titles."""
    opened = Opened()
    called = names(opened.mirror, actor)
    if dimension.of_people:
        return [*called.segments.items(), (None, called.title(dimension, None))]
    found: set[Key] = set()
    for part in opened.laid.parts:
        found |= set(plan.keys_of(dimension, part.layout.dictionaries[dimension.column]))
    if dimension.code in {"branch", "advisor"}:
        visible = called.branches if dimension.code == "branch" else called.advisors
        found = {key for key in found if key is None or key in visible}
    ordered = sorted(found, key=lambda key: (key is None, 0 if key is None else key))
    return [(called.ref(dimension, key), called.title(dimension, key)) for key in ordered]
