"""The weekly flow into sleeping of each branch, beside those who could have fallen asleep in the week."""

from datetime import date, timedelta

import numpy as np
from ibis.expr.types import Table

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.segments.rules import cascade, control, days

WEEK = 7


def last_sunday(as_of: date) -> date:
    """Return the last day of the last week that is over, Monday to Sunday."""
    return as_of - timedelta(days=(as_of.weekday() + 1) % WEEK)


def flows(tables: Tables, as_of: date, settings: RuleSettings) -> tuple[Table, Table]:
    """Return, by branch and week (0 the last one that is over), `slept` and `at_risk`.

    `slept` are those of the cascade. At risk in a week is who came one threshold before it: with no visit since he
    falls asleep in it. So the season of a year ago is in both, and their share has none.
    """
    end, weeks = last_sunday(as_of), control.MOST_WEEKS + 1
    first = end - timedelta(days=WEEK * weeks - 1)
    slept = cascade.events(tables, settings, places=cascade.Places(each=True), until=end)
    slept = slept.filter(slept.kind == "slept", slept.on >= first)
    week = ((days.number_of(end) - days.number(slept.on)) / WEEK).floor().cast("int64")
    slept = slept.mutate(week=week)
    counted = slept.group_by("branch_id", "week").aggregate(slept=slept.count())
    lag = settings.sleep_after_days + 1
    came = tables.table("visit_days")
    came = came.filter(came.on >= first - timedelta(days=lag), came.on <= end - timedelta(days=lag))
    week = ((days.number_of(end) - lag - days.number(came.on)) / WEEK).floor().cast("int64")
    came = came.mutate(week=week, branch_id=came.branch_id.fill_null(cascade.NO_BRANCH))
    at_risk = came.group_by("branch_id", "week").aggregate(at_risk=came.customer_id.nunique())
    return counted, at_risk


def series(
    slept: list[dict[str, int]], at_risk: list[dict[str, int]]
) -> dict[int, tuple[control.Floats, control.Floats]]:
    """Return both flows of each branch as weeks, oldest first, from the first week in which somebody was at risk."""
    weeks = control.MOST_WEEKS + 1
    found: dict[int, tuple[control.Floats, control.Floats]] = {}
    for rows, name, which in ((slept, "slept", 0), (at_risk, "at_risk", 1)):
        for row in rows:
            pair = found.setdefault(row["branch_id"], (np.zeros(weeks), np.zeros(weeks)))
            pair[which][weeks - 1 - row["week"]] += row[name]
    return {branch: _begun(*pair) for branch, pair in sorted(found.items())}


def _begun(slept: control.Floats, at_risk: control.Floats) -> tuple[control.Floats, control.Floats]:
    there = np.flatnonzero(at_risk)
    first = int(there[0]) if len(there) else len(at_risk)
    return np.minimum(slept, at_risk)[first:], at_risk[first:]
