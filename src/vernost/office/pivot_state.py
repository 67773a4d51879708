"""What a pivot's address says: shelves, period, filters, order, rows that are open. Every link of the page is one."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from django.http import QueryDict

from vernost.core.i18n import _
from vernost.core.period import add_months
from vernost.core.rights import Sensitive
from vernost.reports.rules.pivot import DIMENSIONS, Request, read
from vernost.reports.rules.pivot.dimensions import Key, read_key
from vernost.reports.rules.pivot.measures import measures_for

Shelf = Literal["rows", "columns", "filter"]
NOTHING = "~"
"""The key of what has none, in an address."""
PERIODS = {
    "year": _("This year"),
    "twelve": _("Last 12 months"),
    "previous_year": _("Previous year"),
    "quarter": _("This quarter"),
    "month": _("This month"),
    "previous_month": _("Previous month"),
    "all": _("The whole history"),
    "custom": _("Other dates"),
}
DEFAULT_ROWS, DEFAULT_COLUMNS, DEFAULT_MEASURES = ("branch", "make"), ("quarter",), ("revenue", "visits")
_FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter: keys as texts; none of them is any."""

    code: str
    keys: tuple[str, ...] = ()
    without: bool = False


@dataclass(frozen=True, slots=True)
class State:
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    measures: tuple[str, ...]
    filters: tuple[Chosen, ...]
    period: str
    start: date
    end: date
    segment: str
    sort: str
    ascending: bool
    open: frozenset[tuple[str, ...]]
    today: date

    def request(self) -> Request:
        """Read the state as a request to the pivot; PivotRefused where it is none."""
        return read(self.document(), as_of=self.today)

    def opened_rows(self) -> list[tuple[Key, ...]]:
        """Return the keys of the rows that are open; what cannot be one is passed over."""
        dimensions = [DIMENSIONS[code] for code in self.rows]
        found = []
        for path in self.open:
            try:
                keys = zip(dimensions, path, strict=False)
                found.append(tuple(None if text == NOTHING else read_key(one, text) for one, text in keys))
            except ValueError:
                continue
        return found

    def document(self) -> dict[str, Any]:
        filters = [
            {"dimension": one.code, "not_in" if one.without else "in": [_key(key) for key in one.keys]}
            for one in self.filters
            if one.keys
        ]
        found: dict[str, Any] = {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "rows": list(self.rows),
            "columns": list(self.columns),
            "measures": list(self.measures),
            "filters": filters,
            "segment": self.segment,
        }
        if self.sort in self.measures:
            found["sort"] = {"measure": self.sort, "descending": not self.ascending}
        return found

    def query(self, *, opened: bool = True) -> str:
        """Write the state as an address; with `opened` the open rows too."""
        pairs: list[tuple[str, str]] = [("rows", code) for code in self.rows] or [("rows", "")]
        pairs += [("columns", code) for code in self.columns] or [("columns", "")]
        pairs += [("measures", code) for code in self.measures]
        for one in self.filters:
            pairs.append(("filter", one.code))
            pairs += [(f"f.{one.code}", key) for key in one.keys]
            pairs += [("not", one.code)] if one.without else []
        pairs.append(("period", self.period))
        if self.period == "custom":
            pairs += [("from", self.start.isoformat()), ("to", self.end.isoformat())]
        pairs += [("segment", self.segment)] if self.segment else []
        pairs += [("sort", f"{'' if self.ascending else '-'}{self.sort}")] if self.sort else []
        if opened:
            pairs += [("open", json.dumps(path, ensure_ascii=False)) for path in sorted(self.open)]
        return urlencode(pairs)

    def moved(self, code: str, shelf: Shelf, place: int | None = None) -> "State":
        """Put a dimension on a shelf, at its end unless told; it leaves the other one of rows and columns."""
        if shelf == "filter":
            return self.without(code).filtered(code) if code in (*self.rows, *self.columns) else self.filtered(code)
        bare = self.without(code)
        there = list(bare.rows if shelf == "rows" else bare.columns)
        there.insert(len(there) if place is None else place, code)
        return replace(bare, rows=tuple(there)) if shelf == "rows" else replace(bare, columns=tuple(there))

    def without(self, code: str) -> "State":
        """Take a dimension off rows and columns; what is open belongs to the rows."""
        rows = tuple(each for each in self.rows if each != code)
        opened = self.open if rows == self.rows else frozenset[tuple[str, ...]]()
        return replace(self, rows=rows, columns=tuple(each for each in self.columns if each != code), open=opened)

    def shifted(self, code: str, step: int) -> "State":
        """Move a dimension or measure one place within its shelf."""
        return replace(
            self,
            rows=_shifted(self.rows, code, step),
            columns=_shifted(self.columns, code, step),
            measures=_shifted(self.measures, code, step),
            open=self.open if code not in self.rows else frozenset(),
        )

    def filtered(self, code: str, keys: Sequence[str] = (), *, without: bool = False) -> "State":
        chosen = Chosen(code, tuple(keys), without)
        if any(one.code == code for one in self.filters):
            return replace(self, filters=tuple(chosen if one.code == code else one for one in self.filters))
        return replace(self, filters=(*self.filters, chosen))

    def unfiltered(self, code: str) -> "State":
        return replace(self, filters=tuple(one for one in self.filters if one.code != code))

    def measured(self, code: str, instead: str = "") -> "State":
        """Add a measure, or put it in the place of another."""
        if instead:
            measures = tuple(code if each == instead else each for each in self.measures)
        else:
            measures = (*self.measures, code)
        return replace(self, measures=tuple(dict.fromkeys(measures)))

    def unmeasured(self, code: str) -> "State":
        return replace(self, measures=tuple(each for each in self.measures if each != code))

    def sorted_by(self, code: str) -> "State":
        """Sort by a measure, the greatest first; the second time turns round."""
        return replace(self, sort=code, ascending=self.sort == code and not self.ascending)

    def transposed(self) -> "State":
        return replace(self, rows=self.columns, columns=self.rows, open=frozenset())

    def toggled(self, path: tuple[str, ...]) -> "State":
        inside = {each for each in self.open if each[: len(path)] == path}
        return replace(self, open=self.open - inside if path in self.open else self.open | {path})

    def opened(self, paths: Iterable[tuple[str, ...]]) -> "State":
        return replace(self, open=self.open | frozenset(paths))

    def cell(self, keys: Mapping[str, str]) -> "State":
        """Return the state whose whole is one cell: its keys are filters."""
        found = replace(self, rows=(), columns=(), sort="", open=frozenset())
        for code, key in keys.items():
            # Who is in none of the segments is told by which they are.
            named = [one.keys for one in self.filters if one.code == code and not one.without] if key == NOTHING else []
            others = tuple(each for keys in named for each in keys if each != NOTHING)
            whole = DIMENSIONS[code].of_people and others
            found = found.filtered(code, others, without=True) if whole else found.filtered(code, (key,))
        return found


class CellQueries:
    """Writes the addresses of a state's cells: what is common to all of them, and each key, is written once."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._common: dict[tuple[str, ...], str] = {}
        self._parts: dict[tuple[str, str], str] = {}

    def query(self, keys: Mapping[str, str]) -> str:
        """Write the address of `State.cell` of the keys."""
        return self.row(keys, [{}])[0]

    def row(self, keys: Mapping[str, str], columns: Sequence[Mapping[str, str]]) -> list[str]:
        """Write the addresses of a row's cells: of its keys with those of each column."""
        if any(_is_nobody(each) for each in (keys, *columns)):
            return [self._state.cell({**keys, **column}).query() for column in columns]
        of_row = self._of(keys)
        return [f"{self._without((*keys, *column))}{of_row}{self._of(column)}" for column in columns]

    def _without(self, codes: tuple[str, ...]) -> str:
        """Write the whole of the state but its filters of some dimensions, which a cell's keys replace."""
        if codes not in self._common:
            others = tuple(one for one in self._state.filters if one.code not in codes)
            whole = replace(self._state, rows=(), columns=(), sort="", open=frozenset(), filters=others)
            self._common[codes] = whole.query()
        return self._common[codes]

    def _of(self, keys: Mapping[str, str]) -> str:
        return "".join([self._part(*pair) for pair in keys.items()])

    def _part(self, code: str, key: str) -> str:
        if (code, key) not in self._parts:
            self._parts[code, key] = "&" + urlencode([("filter", code), (f"f.{code}", key)])
        return self._parts[code, key]


def _is_nobody(keys: Mapping[str, str]) -> bool:
    """Tell whether keys say who is in no segment."""
    return any(key == NOTHING and DIMENSIONS[code].of_people for code, key in keys.items())


def _shifted(codes: tuple[str, ...], code: str, step: int) -> tuple[str, ...]:
    if code not in codes:
        return codes
    place = codes.index(code) + step
    rest = [each for each in codes if each != code]
    rest.insert(max(0, place), code)
    return tuple(rest)


def _key(text: str) -> str | None:
    return None if text == NOTHING else text


def state_of(query: QueryDict, today: date, fields: Collection[Sensitive]) -> State:
    """Read an address; what is unknown in it, or is not for who is shown these fields, is passed over."""
    period, start, end = _period(query, today)
    sort = query.get("sort", "")
    return State(
        rows=_codes(query, "rows", DEFAULT_ROWS),
        columns=_codes(query, "columns", DEFAULT_COLUMNS),
        measures=_measures(query, measures_for(fields)),
        filters=tuple(_chosen(query, code) for code in dict.fromkeys(query.getlist("filter")) if code in DIMENSIONS),
        period=period,
        start=start,
        end=end,
        segment=query.get("segment", ""),
        sort=sort.removeprefix("-"),
        ascending=bool(sort) and not sort.startswith("-"),
        open=frozenset(_paths(query.getlist("open"))),
        today=today,
    )


def _codes(query: QueryDict, name: str, default: Sequence[str]) -> tuple[str, ...]:
    if name not in query:
        return tuple(default) if "measures" not in query else ()
    return tuple(dict.fromkeys(code for code in query.getlist(name) if code in DIMENSIONS))


def _measures(query: QueryDict, shown: Collection[str]) -> tuple[str, ...]:
    known = [code for code in query.getlist("measures") if code.partition(":")[0] in shown]
    return tuple(dict.fromkeys(known)) or DEFAULT_MEASURES


def _chosen(query: QueryDict, code: str) -> Chosen:
    return Chosen(code, tuple(query.getlist(f"f.{code}")), code in query.getlist("not"))


def _paths(texts: Sequence[str]) -> Iterable[tuple[str, ...]]:
    for text in texts:
        try:
            path = json.loads(text)
        except ValueError:
            continue
        if isinstance(path, list):
            yield tuple(str(key) for key in path)


def _period(query: QueryDict, today: date) -> tuple[str, date, date]:
    code = query.get("period", "year")
    month, year = today.replace(day=1), date(today.year, 1, 1)
    known = {
        "year": (year, today),
        "twelve": (add_months(month, -12), month - timedelta(days=1)),
        "previous_year": (date(today.year - 1, 1, 1), year - timedelta(days=1)),
        "quarter": (month.replace(month=month.month - (month.month - 1) % 3), today),
        "month": (month, today),
        "previous_month": (add_months(month, -1), month - timedelta(days=1)),
        "all": (_FIRST_DAY, today),
    }
    if code == "custom":
        start, end = _day(query.get("from")) or year, _day(query.get("to")) or today
        return code, min(start, end), max(start, end)
    return (code, *known[code]) if code in known else ("year", *known["year"])


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
