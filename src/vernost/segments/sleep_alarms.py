"""The alarm of the weekly flow into sleeping: judged by the night, read by the home page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from vernost.segments import day_files

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from vernost.accounts.rules import RuleSettings

_NAME = "sleep_alarms"
# A week's alarm is news until the next week is judged, and some days more where a night failed.
_NEWS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Week:
    """A branch's last week that is over, `ended` its Sunday. Shares are None where too little is known."""

    branch_id: int
    ended: date
    slept: int
    at_risk: int
    share: float | None
    usual: float | None
    limit: float | None
    is_alarm: bool
    is_enough: bool


def weeks(con: "Backend", tables: Any, as_of: date, settings: "RuleSettings") -> list[Week]:  # noqa: ANN401 - whoever has tables
    """Judge the last week of every branch on the tables given."""
    from vernost.segments.rules import control, sleeping  # noqa: PLC0415 - Django wakes this module; Ibis comes later

    slept, at_risk = (con.to_pyarrow(each).to_pylist() for each in sleeping.flows(tables, as_of, settings))
    ended = sleeping.last_sunday(as_of)
    found = []
    for branch_id, (cases, of) in sleeping.series(slept, at_risk).items():
        told = control.judge(cases, of)
        last = (int(cases[-1]), int(of[-1])) if len(of) else (0, 0)
        found.append(Week(branch_id, ended, *last, told.share, told.usual, told.limit, told.is_alarm, told.is_enough))
    return found


def watch(*, as_of: date) -> list[Week]:
    """Judge the last week on the current mirror, and keep the alarms for the home page."""
    from vernost import facts  # noqa: PLC0415 - as above
    from vernost.accounts import queries  # noqa: PLC0415 - as above

    con = facts.connect()
    found = weeks(con, con, as_of, queries.rule_settings())
    alarms = [
        {"branch_id": week.branch_id, "slept": week.slept, "at_risk": week.at_risk, "usual": week.usual}
        for week in found
        if week.is_alarm
    ]
    ended = found[0].ended if found else as_of
    day_files.write(_NAME, {"ended": ended.isoformat(), "alarms": alarms})
    return found


@dataclass(frozen=True, slots=True)
class Alarm:
    """More customers of a branch fell asleep in the week than its limits allow; `usual` would have been so many."""

    branch_id: int
    ended: date
    slept: int
    usual: int


def alarms(branch_ids: Collection[int] | None, *, on: date) -> list[Alarm]:
    """Return the alarms of the branches (None: all) that are news on the day."""
    kept = day_files.read(_NAME)
    if not kept or on - date.fromisoformat(kept["ended"]) > _NEWS:
        return []
    ended = date.fromisoformat(kept["ended"])
    return [
        Alarm(row["branch_id"], ended, row["slept"], round(row["at_risk"] * row["usual"]))
        for row in kept["alarms"]
        if branch_ids is None or row["branch_id"] in branch_ids
    ]
