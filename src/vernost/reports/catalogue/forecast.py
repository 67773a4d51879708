"""The load of the workshops in the eight weeks ahead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import OfSegment
from vernost.reports.catalogue import Report, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_DIGITS = 2


@reports.register
class LoadForecast(Report):
    """Labour hours a day and branch: booked + expected of due cars + walk-ins, or the mean of equal weekdays.

    Both are tried on the eight weeks before the day; `method` names the one that came nearer, and both errors are told.
    """

    code = "forecast"
    title = _("Load forecast: labour hours a day and branch")
    columns = (
        "branch",
        "on",
        "is_open",
        "hours",
        "hours_from",
        "hours_to",
        "booked",
        "due",
        "walk_ins",
        "method",
        "model_error",
        "simple_error",
    )

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        branch: str | None = None
        segment: str | None = None

    def rows(self, con: "Backend", params: "LoadForecast.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield a row for each branch that has had visits and each of the 56 days after the day."""
        from vernost.reports.load import Load  # noqa: PLC0415 - a list of reports must not wait for Ibis

        asked = OfSegment(con, actor, params.as_of, params.segment)
        names = asked.branch_refs()
        for found in Load(asked).forecasts(only=lambda branch: params.branch in {None, names[branch]}):
            told = found.told
            errors = {"model_error": _hours(told.model_error), "simple_error": _hours(told.simple_error)}
            for place, day in enumerate(found.days):
                parts = told.parts
                yield {
                    "branch": names[found.branch_id],
                    "on": day,
                    "is_open": bool(found.is_open[place]),
                    "hours": _hours(told.hours[place]),
                    "hours_from": _hours(told.low[place]),
                    "hours_to": _hours(told.high[place]),
                    "booked": _hours(parts.booked[place]) if parts else None,
                    "due": _hours(parts.due[place]) if parts else None,
                    "walk_ins": _hours(parts.walk_ins[place]) if parts else None,
                    "method": told.method,
                    **errors,
                }


def _hours(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
