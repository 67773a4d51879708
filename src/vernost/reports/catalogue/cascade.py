"""Why the active base has grown or shrunk between two days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, in_order, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from vernost.facts.arrays import Arrays

CascadeBy = Literal["branch", "month"]
COMING = ("new", "returned", "moved_in")
LEAVING = ("slept", "blocked", "moved_out")


@reports.register
class Cascade(Report):
    """The active base on `from`, what came and went until `to`, the base on `to`: opening + flows = closing."""

    code = "cascade"
    title = _("Base cascade: why the active base grows or shrinks")
    portable = True
    columns = ("opening", *COMING, *LEAVING, "closing")

    @dataclass(frozen=True, slots=True)
    class Params:
        from_: date
        to: date
        by: CascadeBy | None = None
        known_on: date | None = None
        late: bool = False
        segment: str | None = None

    def as_of(self, params: "Cascade.Params") -> date:
        return params.to

    def rows(self, con: "Backend", params: "Cascade.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield a row, or one for each branch or month of the period; without `by` and by month moves are 0.

        `known_on`: by the orders that were known at the end of that day. `late`: months have one column more, by how
        much the closing of now is greater than the one that was known on the month's last day: late documents.
        """
        in_order(params.from_, params.to)
        asked = Asked(con, actor, params.to, params.segment)
        found = _flows(asked, params)
        if params.by == "branch":
            yield from _by_branch(asked, found)
        elif params.by == "month":
            for row in _by_month(found, params):
                yield (
                    (row | {"late": row["closing"] - _known_then(asked, params, row["month"])}) if params.late else row
                )
        else:
            yield _closed(_opening(found), [row for row in found if row["month"] is not None])


def _flows(asked: Asked, params: Cascade.Params) -> list[dict[str, Any]]:
    """Return the flows by month, and by branch where asked; of a person those between his branches and the others."""
    from vernost.segments.rules import cascade  # noqa: PLC0415 - a list of reports must not wait for Ibis

    own = asked.actor.branch_ids
    by_branch = params.by == "branch"
    if asked.arrays is not None and params.known_on is None and params.segment is None:
        return _quick_flows(asked.arrays, asked, params)
    places = cascade.Places(each=True) if by_branch else cascade.Places(own=own)
    # Where a customer comes from and goes to is seen in all branches only; what is shown are the actor's own.
    found = cascade.events(asked.con, asked.settings, known_on=params.known_on, places=places, until=params.to)
    found = asked.only(found)
    if own is not None:
        found = found.filter(found.branch_id.isin(sorted(own)) if by_branch else found.branch_id == cascade.OWN)
    return asked.rows(cascade.monthly(found, start=params.from_, by_branch=by_branch))


def _quick_flows(arrays: "Arrays", asked: Asked, params: Cascade.Params) -> list[dict[str, Any]]:
    """Return the same as the definition, by the compiled loop over the arrays of the mirror."""
    from vernost.segments import dense  # noqa: PLC0415 - as above

    by_branch = params.by == "branch"
    months_told = [None, *months(params.from_, params.to)]
    counts = dense.cascade(
        arrays,
        asked.settings,
        until=params.to,
        bucket_of=partial(_month_places, after=params.from_),
        by_branch=by_branch,
    )
    branches = (*arrays.codes["branches"], 0) if by_branch else (0,)
    return [
        {"month": months_told[month], "branch_id": branches[place]}
        | dict(zip((*COMING, *LEAVING), counts[month, place].tolist(), strict=True))
        for month in range(len(counts))
        for place in range(len(branches))
    ]


def _month_places(days: Any, *, after: date) -> Any:  # noqa: ANN401 - arrays
    """Return the place of each day's month among `months`, from 1 on; 0: up to `after`."""
    import numpy as np  # noqa: PLC0415 - as above

    first = next(months(after, date.max))
    places = days.astype("datetime64[M]") - np.datetime64(first, "M")
    return np.where(days > np.datetime64(after, "D"), places.astype(np.int64) + 1, 0)


def _by_branch(asked: Asked, found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    refs = asked.branch_refs()
    # A branch that the reader does not see, or whose first day is after the mirror's, has no line.
    told = {row["branch_id"] for row in found}
    branches = {branch: refs[branch or None] for branch in told if (branch or None) in refs}
    for branch in sorted(branches, key=lambda branch: branches[branch]):
        own = [row for row in found if row["branch_id"] == branch]
        row = _closed(_opening(own), [row for row in own if row["month"] is not None])
        if any(row.values()):
            yield {"branch": branches[branch], **row}


def _by_month(found: list[dict[str, Any]], params: Cascade.Params) -> Iterator[dict[str, Any]]:
    opening = _opening(found)
    flows = {row["month"]: row for row in found}
    for month in months(params.from_, params.to):
        row = _closed(opening, [flows[month]] if month in flows else [])
        yield {"month": f"{month:%Y-%m}", **row}
        opening = row["closing"]


def _known_then(asked: Asked, params: Cascade.Params, month: str) -> int:
    """Return the closing of a month as it was known on its last day, or on the last one of the period."""
    first = date.fromisoformat(f"{month}-01")
    end = min((first + timedelta(days=31)).replace(day=1) - timedelta(days=1), params.to)
    then = replace(params, from_=end, to=end, by=None, known_on=end)
    return _opening(_flows(asked, then))


def months(after: date, to: date) -> Iterator[date]:
    """Yield the first day of every month that has a day in (after, to]."""
    number = after.year * 12 + after.month - 1
    for place in range(number, to.year * 12 + to.month):
        first = date(place // 12, place % 12 + 1, 1)
        following = date((place + 1) // 12, (place + 1) % 12 + 1, 1)
        if (following - after).days > 1:
            yield first


def _opening(found: list[dict[str, Any]]) -> int:
    return _net([row for row in found if row["month"] is None])


def _net(rows: list[dict[str, Any]]) -> int:
    return sum(sum(row[kind] for kind in COMING) - sum(row[kind] for kind in LEAVING) for row in rows)


def _closed(opening: int, rows: list[dict[str, Any]]) -> dict[str, int]:
    flows = {kind: sum(row[kind] for row in rows) for kind in (*COMING, *LEAVING)}
    return {"opening": opening, **flows, "closing": opening + _net(rows)}
