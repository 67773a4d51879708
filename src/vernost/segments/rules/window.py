"""Over which days an aggregate looks: all of them, the last months, since a date, a calendar year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vernost.core.i18n import _
from vernost.segments.rules.values import Misread, Span, read_day, read_span

EARLIEST = date(1900, 1, 1)
THIS_YEAR, LAST_YEAR = "this_year", "last_year"


@dataclass(frozen=True, slots=True)
class Window:
    """At most one of them is set; none: everything up to the day asked."""

    last: Span | None = None
    since: date | None = None
    until: date | None = None
    year: str = ""

    def days(self, as_of: date) -> tuple[date, date]:
        """Return the first and the last day, both included; nothing after `as_of` counts."""
        if self.last is not None:
            return self.last.before(as_of), as_of
        if self.year == THIS_YEAR:
            return date(as_of.year, 1, 1), as_of
        if self.year == LAST_YEAR:
            return date(as_of.year - 1, 1, 1), date(as_of.year - 1, 12, 31)
        return self.since or EARLIEST, min(self.until or as_of, as_of)

    def as_json(self) -> Any:  # noqa: ANN401 - what JSON holds
        if self.last is not None:
            return {self.last.unit: self.last.number}
        if self.year:
            return self.year
        days = {"since": self.since, "until": self.until}
        return {name: day.isoformat() for name, day in days.items() if day is not None} or None


EVER = Window()


def read_window(value: Any) -> Window:  # noqa: ANN401 - what JSON holds
    if value is None:
        return EVER
    if value in {THIS_YEAR, LAST_YEAR} if isinstance(value, str) else False:
        return Window(year=value)
    if isinstance(value, Mapping) and value and set(value) <= {"since", "until"}:
        borders = {name: read_day(day) for name, day in value.items()}
        if "until" in borders and borders["until"] < borders.get("since", EARLIEST):
            raise Misread(_("the first value must not be greater than the second"))
        return Window(since=borders.get("since"), until=borders.get("until"))
    if isinstance(value, Mapping) and set(value) & {"days", "months"}:
        return Window(last=read_span(value))
    raise Misread(_('a window is expected, such as {"months": 24}, {"since": "2026-10-01"} or "last_year"'))
