"""What takes too long for a page: the test of expected visits and the load ahead, counted in the background."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from vernost.core import actor
from vernost.segments import day_files

_NAME = "expectations"


@dataclass(frozen=True, slots=True)
class Kept:
    """`value`: rows of the report; `load`: branches with their `days` (on, hours, low, high and the parts)."""

    as_of: date
    value: list[dict[str, Any]]
    load: list[dict[str, Any]]


def kept() -> Kept | None:
    """Return what was counted last."""
    stored = day_files.read(_NAME)
    return Kept(date.fromisoformat(stored["as_of"]), stored["value"], stored["load"]) if stored else None


def follow(*, on: date) -> None:
    """Count for the day, unless that is done: by the night, or where it was slept through or came before the base."""
    counted = kept()
    # Of an empty base nothing was counted; an import may have filled it since.
    if counted is not None and counted.as_of >= on and counted.load:
        return
    from vernost.facts.mirror import MirrorMissing  # noqa: PLC0415 - every process imports the jobs; this loads the engines

    with suppress(MirrorMissing):
        keep(as_of=on)


def keep(*, as_of: date) -> None:
    """Count both on the current mirror, for the whole group."""
    from vernost import facts  # noqa: PLC0415 - every process imports the jobs; this loads the engines
    from vernost.reports.asked import Asked  # noqa: PLC0415 - as above
    from vernost.reports.catalogue import discover  # noqa: PLC0415 - as above
    from vernost.reports.load import Load  # noqa: PLC0415 - as above

    con, night = facts.connect(), actor.system("night")
    report = discover()["value"]
    value = [dict(row) for row in report.rows(con, report.Params(as_of=as_of), actor=night)]
    load = [_branch(found) for found in Load(Asked(con, night, as_of)).forecasts()]
    day_files.write(_NAME, {"as_of": as_of.isoformat(), "value": value, "load": load})


def _branch(found: Any) -> dict[str, Any]:  # noqa: ANN401 - a BranchForecast, whose module loads Ibis
    told = found.told
    days = [
        {
            "on": day.isoformat(),
            "is_open": bool(found.is_open[place]),
            "hours": round(float(told.hours[place]), 2),
            "low": round(float(told.low[place]), 2),
            "high": round(float(told.high[place]), 2),
            **{name: _part(told.parts, name, place) for name in ("booked", "due", "walk_ins")},
        }
        for place, day in enumerate(found.days)
    ]
    errors = {"model_error": told.model_error, "simple_error": told.simple_error}
    return {"branch_id": found.branch_id, "method": told.method, **errors, "days": days}


def _part(parts: Any, name: str, place: int) -> float | None:  # noqa: ANN401 - Parts of the forecast
    return None if parts is None else round(float(getattr(parts, name)[place]), 2)
