"""What takes too long for a page: fits of expected visits and the load ahead, made in the background."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from vernost.core import actor
from vernost.segments import day_files

_NAME = "expectations"


@dataclass(frozen=True, slots=True)
class Kept:
    """`tests`: models fitted a year before the day, by kind, the speaking one first, on one of `every` customers.

    `load`: branches with their `days` (on, hours, low, high and the parts).
    """

    as_of: date
    tests: dict[str, Any]
    every: int
    load: list[dict[str, Any]]


def kept() -> Kept | None:
    """Return what was counted last."""
    stored = day_files.read(_NAME)
    # What an earlier version of the product has written is counted anew.
    if "tests" not in stored:
        return None
    return Kept(date.fromisoformat(stored["as_of"]), stored["tests"], stored["every"], stored["load"])


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
    from vernost.reports.load import Load  # noqa: PLC0415 - as above
    from vernost.segments.rules.value import base, plain  # noqa: PLC0415 - as above

    asked = Asked(facts.connect(), actor.system("night"), as_of)
    fit = base.estimate(asked, as_of)
    fits = {"tests": plain.written_tests(fit), "every": base.every_of(fit.simple_rate.customers)}
    load = [_branch(found) for found in Load(asked).forecasts()]
    day_files.write(_NAME, {"as_of": as_of.isoformat(), **fits, "load": load})


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
