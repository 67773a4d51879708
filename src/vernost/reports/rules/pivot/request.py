"""A question to the pivot: what `vernost pivot FILE.json`, the page's address and a saved view all hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from vernost.core.errors import BadRequest
from vernost.core.i18n import _
from vernost.core.period import add_months
from vernost.reports.rules.pivot.dimensions import DIMENSIONS, Dimension, Key, read_key, written
from vernost.reports.rules.pivot.measures import MEASURES, SHOWS, Measure, Show

MOST_LEVELS = 4
MOST_MEASURES = 8
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)


class PivotRefused(BadRequest):
    """What is wrong with a request, in words of its own."""

    code = "pivot_refused"
    text = _("This pivot cannot be counted.")

    def __init__(self, words: str, **values: object) -> None:
        # Each mistake has its own words; surfaces translate `text`.
        self.text = words  # type: ignore[misc]
        super().__init__(**values)


@dataclass(frozen=True, slots=True)
class Shown:
    """A measure as it is, as a share or as a change."""

    measure: Measure
    show: Show = "value"

    @property
    def code(self) -> str:
        return self.measure.code if self.show == "value" else f"{self.measure.code}:{self.show}"


@dataclass(frozen=True, slots=True)
class Filter:
    """Only these keys of a dimension, or with `without` all but these. None among them: the orders that have none."""

    dimension: Dimension
    keys: tuple[Key, ...]
    without: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """`start` and `end` are days of closing, both included; nothing after `as_of` counts.

    `sort` is the place of a measure in `measures`, None: rows in the order of their keys.
    """

    as_of: date
    start: date
    end: date
    rows: tuple[Dimension, ...]
    columns: tuple[Dimension, ...]
    measures: tuple[Shown, ...]
    filters: tuple[Filter, ...] = ()
    segment: str = ""
    sort: int | None = None
    descending: bool = True

    @property
    def of_lines(self) -> bool:
        """Whether an answer needs the lines: something cuts orders into them."""
        used = (*self.rows, *self.columns, *(one.dimension for one in self.filters))
        return any(dimension.of_lines for dimension in used)

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        return (*self.rows, *self.columns)

    @property
    def end_known(self) -> date:
        return min(self.end, self.as_of)

    def document(self) -> dict[str, Any]:
        """Return the JSON form, which `read` reads back."""
        found: dict[str, Any] = {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "rows": [one.code for one in self.rows],
            "columns": [one.code for one in self.columns],
            "measures": [one.code for one in self.measures],
        }
        if self.filters:
            found["filters"] = [
                {
                    "dimension": one.dimension.code,
                    "not_in" if one.without else "in": [written(one.dimension, key) for key in one.keys],
                }
                for one in self.filters
            ]
        if self.segment:
            found["segment"] = self.segment
        if self.sort is not None:
            found["sort"] = {"measure": self.measures[self.sort].code, "descending": self.descending}
        return found


def read(document: object, *, as_of: date) -> Request:
    """Check a JSON form; PivotRefused says what is wrong with it in words. `as_of`: where the form has none."""
    asked = _mapping(document, "pivot")
    _known_names(asked)
    day = _day(asked.get("as_of"), "as_of") or as_of
    start = _day(asked.get("from"), "from") or date(day.year, 1, 1)
    end = _day(asked.get("to"), "to") or day
    if start > end:
        raise PivotRefused(_("“from” is later than “to”"))
    rows = _dimensions(asked.get("rows", []), "rows")
    columns = _dimensions(asked.get("columns", []), "columns")
    repeated = {one.code for one in rows} & {one.code for one in columns}
    if repeated:
        raise PivotRefused(_("“%(code)s” is both in rows and in columns"), code=min(repeated))
    measures = _measures(asked.get("measures", ["revenue"]))
    sort, descending = _sort(asked.get("sort"), measures)
    return Request(
        as_of=day,
        start=start,
        end=end,
        rows=rows,
        columns=columns,
        measures=measures,
        filters=tuple(_filter(one) for one in _list(asked.get("filters", []), "filters")),
        segment=_text(asked.get("segment") or "", "segment"),
        sort=sort,
        descending=descending,
    )


_NAMES = ("as_of", "from", "to", "rows", "columns", "measures", "filters", "segment", "sort")


def _known_names(asked: Mapping[str, Any]) -> None:
    unknown = sorted(set(asked) - set(_NAMES))
    if unknown:
        raise PivotRefused(
            _("“%(code)s” is not known here; known are %(known)s"), code=unknown[0], known=", ".join(_NAMES)
        )


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise PivotRefused(_("“%(where)s” is no JSON object"), where=where)
    return value


def _list(value: object, where: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise PivotRefused(_("“%(where)s” is no list"), where=where)
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise PivotRefused(_("“%(where)s” is no text"), where=where)
    return value


def _day(value: object, where: str) -> date | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(_text(value, where))
    except ValueError:
        raise PivotRefused(_("“%(where)s” is no date such as 2026-03-31"), where=where) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise PivotRefused(
            _("“%(where)s” is not between %(first)s and %(last)s"), where=where, first=FIRST_DAY, last=LAST_DAY
        )
    return day


def _dimensions(value: object, where: str) -> tuple[Dimension, ...]:
    codes = _list(value, where)
    if len(codes) > MOST_LEVELS:
        raise PivotRefused(_("“%(where)s” has more than %(most)s dimensions"), where=where, most=MOST_LEVELS)
    if len(set(map(str, codes))) < len(codes):
        raise PivotRefused(_("“%(where)s” names a dimension twice"), where=where)
    return tuple(_dimension(code) for code in codes)


def _dimension(code: object) -> Dimension:
    if not isinstance(code, str) or code not in DIMENSIONS:
        raise PivotRefused(
            _("There is no dimension “%(code)s”; there are %(known)s"), code=code, known=", ".join(DIMENSIONS)
        )
    return DIMENSIONS[code]


def _measures(value: object) -> tuple[Shown, ...]:
    codes = _list(value, "measures")
    if not 0 < len(codes) <= MOST_MEASURES:
        raise PivotRefused(_("“measures” has from 1 to %(most)s measures"), most=MOST_MEASURES)
    found = tuple(_shown(code) for code in codes)
    if len({one.code for one in found}) < len(found):
        raise PivotRefused(_("“measures” names a measure twice"))
    return found


def _shown(code: object) -> Shown:
    measure, _sign, show = str(code).partition(":")
    if measure not in MEASURES:
        raise PivotRefused(
            _("There is no measure “%(code)s”; there are %(known)s"), code=measure, known=", ".join(MEASURES)
        )
    if (show or "value") not in SHOWS:
        raise PivotRefused(_("A measure is shown as %(known)s, not as “%(code)s”"), known=", ".join(SHOWS), code=show)
    if show.startswith("share") and MEASURES[measure].ratio:
        raise PivotRefused(_("“%(code)s” is a quotient: it has no shares"), code=measure)
    return Shown(MEASURES[measure], cast("Show", show or "value"))


def _filter(value: object) -> Filter:
    asked = _mapping(value, "filters")
    if set(asked) not in ({"dimension", "in"}, {"dimension", "not_in"}):
        raise PivotRefused(_("A filter has “dimension” and either “in” or “not_in”"))
    dimension, without = _dimension(asked["dimension"]), "not_in" in asked
    return Filter(
        dimension, tuple(_key(dimension, key) for key in _list(asked["not_in" if without else "in"], "in")), without
    )


def _key(dimension: Dimension, key: object) -> Key:
    if key is None:
        return None
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    try:
        return read_key(dimension, _text(key, "in"))
    except ValueError:
        raise PivotRefused(_("“%(key)s” is not a key of “%(code)s”"), key=key, code=dimension.code) from None


def _sort(value: object, measures: Sequence[Shown]) -> tuple[int | None, bool]:
    if value is None:
        return None, True
    asked = _mapping(value, "sort")
    codes = [one.code for one in measures]
    if set(asked) - {"measure", "descending"} or asked.get("measure") not in codes:
        raise PivotRefused(_("“sort” has “measure”, one of the measures asked for, and “descending”"))
    return codes.index(str(asked["measure"])), bool(asked.get("descending", True))


@dataclass(frozen=True, slots=True)
class Shift:
    """How far back the days lie that a change is measured against."""

    months: int = 0
    days: int = 0

    def before(self, start: date, end: date) -> tuple[date, date]:
        """Return the days of the period before; the last day of a month stays one."""
        if not self.months:
            return start - timedelta(days=self.days), end - timedelta(days=self.days)
        after = end + timedelta(days=1)
        if after.day == 1:
            return add_months(start, -self.months), add_months(after, -self.months) - timedelta(days=1)
        return add_months(start, -self.months), add_months(end, -self.months)

    def forward(self, day: date) -> date:
        """Return the day of the period that a day of the one before stands against."""
        return add_months(day, self.months) if self.months else day + timedelta(days=self.days)


def shift_of(request: Request, show: Show) -> Shift:
    """A year, or one step of the finest date in rows and columns; without one the length of the period.

    A period of whole calendar months has as many months as its length. A year back in weeks is 52 of them.
    """
    dates = [one for one in (*request.rows, *request.columns) if one.is_date]
    weekly = any(one.days == 7 for one in dates)  # noqa: PLR2004 - a week
    if show == "change_year":
        return Shift(days=364) if weekly else Shift(months=12)
    if dates:
        finest = min(dates, key=lambda one: one.months * 31 + one.days)
        return Shift(finest.months, finest.days)
    after = request.end_known + timedelta(days=1)
    if request.start.day == 1 and after.day == 1:
        return Shift(months=(after.year - request.start.year) * 12 + after.month - request.start.month)
    return Shift(days=(after - request.start).days)
