"""The pivot as a table: heads, rows that are open, figures with the addresses of their orders; the same as a sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from vernost.core import formats
from vernost.office.pivot_state import NOTHING, CellQueries, State
from vernost.reports.exports import Column, Kind, Sheet, Value
from vernost.reports.queries.pivot import Answer, Figure, Path, key_text
from vernost.reports.rules.pivot import Shown
from vernost.reports.rules.pivot.dimensions import Dimension, Key
from vernost.reports.rules.pivot.measures import COMPARED, SHOWS

TOTAL: Path = ()
MOST_COLUMNS = 60
MOST_ROWS = 200
"""Rows under one, and columns, that a page shows; a file has all of them."""
_QUARTERS = ("I", "II", "III", "IV")


class Cell(NamedTuple):
    """A figure as it is read; `bar` is its share of the greatest one beside it, None: no bar is drawn."""

    text: str
    url: str
    tone: str = ""
    bar: float | None = None
    under_bars: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`toggle` is the address with the row opened or closed, empty: nothing is under it."""

    identifier: str
    title: str
    depth: int
    toggle: str
    is_open: bool
    cells: Sequence[Cell]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    title: str
    span: int
    sort: str = ""
    order: str = ""
    total: bool = False


@dataclass(frozen=True)
class Table:
    heads: Sequence[Sequence[Head]]
    rows: Sequence[Row]
    total: Row
    hidden_columns: int


def shown_title(shown: Shown) -> str:
    title = gettext(shown.measure.title)
    if shown.show == "value":
        return f"{title}, ₽" if shown.measure.kind == "money" else title
    return f"{title}: {gettext(SHOWS[shown.show])}"


def key_title(found: Answer, dimension: Dimension, key: Key) -> str:
    return date_title(dimension, key) or gettext(found.names.title(dimension, key))


def date_title(dimension: Dimension, key: Key) -> str:
    """Write the first day of a period as the period; empty for what is no date."""
    if not isinstance(key, date):
        return ""
    match dimension.code:
        case "year":
            return f"{key.year}"
        case "quarter":
            quarter = _QUARTERS[(key.month - 1) // 3]
            return gettext("%(quarter)s q. %(year)s") % {"quarter": quarter, "year": key.year}
        case "month":
            return formats.month(key)
        case "week":
            return gettext("week of %(day)s") % {"day": formats.day(key)}
        case _:
            return formats.day(key)


def written(shown: Shown, values: Sequence[Figure]) -> list[str]:
    if shown.show in COMPARED:
        return list(map(formats.percent_change, values))
    if shown.show != "value" or shown.measure.kind == "share":
        return list(map(formats.percent, values))
    return formats.numbers(values, 1 if shown.measure.kind == "hours" else 0)


class Pivot:
    """Builds the table of an answer for a state of the page."""

    def __init__(self, found: Answer, state: State) -> None:
        self.found, self.state = found, state
        self.measures = found.request.measures
        self.columns = found.columns[:MOST_COLUMNS]
        self.cells = CellQueries(state)
        self.orders = reverse("office:pivot-orders")
        self.origin = urlencode({"origin": state.query()})
        self.places = [*self.columns, TOTAL] if found.request.columns else [TOTAL]

    def shown(self) -> Table:
        rows = list(self._rows(TOTAL))
        total = self._row(TOTAL, gettext("Total"), {})
        return Table(list(self._heads()), rows, total, len(self.found.columns) - len(self.columns))

    def _rows(self, path: Path) -> Iterator[Row]:
        children = self.children(path)
        greatest = self._greatest(children)
        for child in children[:MOST_ROWS]:
            row = self._row(child, self.title(child), greatest)
            yield row
            if row.is_open:
                yield from self._rows(child)
        if len(children) > MOST_ROWS:
            yield Row("", "", len(path) + 1, "", is_open=False, cells=(), more=len(children) - MOST_ROWS)

    def children(self, path: Path) -> list[Path]:
        return self.found.children(path, lambda dimension, key: key_title(self.found, dimension, key))

    def title(self, path: Path) -> str:
        return key_title(self.found, self.found.request.rows[len(path) - 1], path[-1])

    def _row(self, path: Path, title: str, greatest: dict[str, float]) -> Row:
        keys = self.keys(path)
        deeper = bool(path) and len(path) < len(self.found.request.rows)
        return Row(
            identifier="-".join(["row", *(str(self.found.number(path[: depth + 1])) for depth in range(len(path)))]),
            title=title,
            depth=len(path),
            toggle=f"?{self.state.toggled(keys).query()}" if deeper else "",
            is_open=deeper and keys in self.state.open,
            cells=list(self._cells(path, greatest)),
        )

    def keys(self, path: Path) -> tuple[str, ...]:
        return tuple(self._text(one, key) for one, key in zip(self.found.request.rows, path, strict=False))

    def _text(self, dimension: Dimension, key: Key) -> str:
        text = key_text(self.found, dimension, key)
        return NOTHING if text is None else str(text)

    def _cells(self, row: Path, greatest: dict[str, float]) -> Iterator[Cell]:
        """Yield the figures of a row, column by column; those in that of totals stand beside `greatest`."""
        urls = self._urls(row)
        values = [self.found.values(shown, row, self.places) for shown in self.measures]
        texts = [written(shown, those) for shown, those in zip(self.measures, values, strict=True)]
        last = len(urls) - 1
        for place, url in enumerate(urls):
            for number, shown in enumerate(self.measures):
                value = values[number][place]
                # Where nothing is left, that it fell is told all the same.
                fell = shown.show in COMPARED and value is not None
                text = texts[number][place] if url or fell else ""
                if place == last or shown.show in COMPARED:
                    yield _looking(shown, value, text, url, greatest if place == last else None)
                else:
                    yield Cell(text, url)

    def _urls(self, row: Path) -> list[str]:
        """Return the address of each cell's orders; empty where there are none."""
        keys = dict(zip(self.state.rows, self.keys(row), strict=False))
        queries = self.cells.row(keys, self.column_keys)
        theres = self.found.theres(row, self.places)
        return [
            f"{self.orders}?{query}&{self.origin}" if there else ""
            for query, there in zip(queries, theres, strict=True)
        ]

    @cached_property
    def column_keys(self) -> list[dict[str, str]]:
        """Return the keys of each column as addresses name them."""
        columns = self.found.request.columns
        return [
            {one.code: self._text(one, key) for one, key in zip(columns, path, strict=False)} for path in self.places
        ]

    def _greatest(self, rows: Sequence[Path]) -> dict[str, float]:
        """Return the greatest total of each measure among rows that stand together."""
        found = {}
        for shown in self.measures:
            if shown.show in COMPARED:
                continue
            values = [value for row in rows if (value := self.found.value(shown, row, TOTAL)) is not None]
            if values and max(values) > 0:
                found[shown.code] = float(max(values))
        return found

    def _heads(self) -> Iterator[list[Head]]:
        columns, width = self.found.request.columns, len(self.measures)
        for level, dimension in enumerate(columns):
            line = [
                Head(key_title(self.found, dimension, path[level]), width * len(list(group)))
                for path, group in groupby(self.columns, key=lambda path: path[: level + 1])
            ]
            last = level == len(columns) - 1
            if width == 1 and last:
                # One measure needs no line of its own: its total is its head.
                head = self._sort_head(self.measures[0], total=True)
                yield [*line, replace(head, title=f"{gettext('Total')}: {head.title}")]
                return
            yield [*line, Head(gettext("Total") if level == 0 else "", width, total=True)]
        heads = [Head(shown_title(shown), 1) for _column in self.columns for shown in self.measures] if columns else []
        yield [*heads, *(self._sort_head(shown, total=bool(columns)) for shown in self.measures)]

    def _sort_head(self, shown: Shown, *, total: bool) -> Head:
        order = ""
        if self.state.sort == shown.code:
            order = "ascending" if self.state.ascending else "descending"
        return Head(shown_title(shown), 1, f"?{self.state.sorted_by(shown.code).query()}", order, total)

    def sheet(self, title: str, about: Sequence[str]) -> Sheet:
        """Return the rows that are open as a sheet: a column for each level, then the figures."""
        request = self.found.request
        whole = [*self.found.columns, TOTAL] if request.columns else [TOTAL]
        names = [gettext(one.title) for one in request.rows] or [""]
        columns = [Column(name) for name in names]
        for column in whole:
            above = " · ".join(
                key_title(self.found, one, key) for one, key in zip(request.columns, column, strict=False)
            )
            above = above or (gettext("Total") if request.columns else "")
            columns += [
                Column(" · ".join(filter(None, [above, shown_title(one)])), _kind(one)) for one in self.measures
            ]
        rows = [self._sheet_row(path, whole, len(names)) for path in self._open_rows(TOTAL)]
        rows.append(self._sheet_row(TOTAL, whole, len(names)))
        return Sheet(title, columns, rows, about)

    def _open_rows(self, path: Path) -> Iterator[Path]:
        for child in self.children(path):
            yield child
            if self.keys(child) in self.state.open:
                yield from self._open_rows(child)

    def _sheet_row(self, row: Path, columns: Sequence[Path], levels: int) -> list[Value]:
        titles: list[Value] = [self.title(row[: depth + 1]) for depth in range(len(row))] or [gettext("Total")]
        titles += [""] * (levels - len(titles))
        return [*titles, *(self.found.value(one, row, column) for column in columns for one in self.measures)]


def _looking(shown: Shown, value: Figure, text: str, url: str, greatest: dict[str, float] | None) -> Cell:
    bar = None
    if greatest is not None and shown.code in greatest and value is not None and value > 0:
        bar = float(value) / greatest[shown.code]
    tone = ("ok" if value > 0 else "bad" if value < 0 else "") if shown.show in COMPARED and value else ""
    return Cell(text, url, tone, bar, greatest is not None and bar is None and shown.show not in COMPARED)


def _kind(shown: Shown) -> Kind:
    if shown.show != "value" or shown.measure.kind == "share":
        return "share"
    return "count" if shown.measure.kind == "count" else "money"


def all_open(pivot: Pivot) -> State:
    """Return the state with every row of the first level open."""
    return pivot.state.opened(pivot.keys(path) for path in pivot.children(TOTAL)[:MOST_ROWS])


def all_closed(state: State) -> State:
    return replace(state, open=frozenset())
