"""How much maintenance is due in each of the coming weeks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, number, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

_WEEK = timedelta(days=7)
_HUNDREDTHS = 100


@reports.register
class Upcoming(Report):
    """By the dates of the programme of the next maintenance: months or kilometres, whichever comes first."""

    code = "upcoming"
    title = _("Maintenance due, by week")
    columns = ("week", "vehicles", "customers", "by_km", "hours")

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        weeks: int = number(8, 1, 520)
        segment: str | None = None

    def rows(self, con: "Backend", params: "Upcoming.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield the week of the day and those after it by their Mondays; days before the day asked are left out.

        `by_km`: vehicles whose kilometres come first; `hours`: of the makers' plans, where they tell any.
        """
        asked = Asked(con, actor, params.as_of, params.segment)
        monday = params.as_of - timedelta(days=params.as_of.weekday())
        found: dict[date, list[dict[str, Any]]] = defaultdict(list)
        for row in asked.rows(due(asked, monday + params.weeks * _WEEK)):
            found[row["due_on"] - timedelta(days=row["due_on"].weekday())].append(row)
        for week in (monday + place * _WEEK for place in range(params.weeks)):
            rows = found[week]
            hours = sum(row["hours"] for row in rows)
            yield {
                "week": week,
                "vehicles": len({row["vehicle_id"] for row in rows}),
                "customers": len({row["customer_id"] for row in rows}),
                "by_km": len({row["vehicle_id"] for row in rows if row["binds"] == "km"}),
                "hours": round(hours / _HUNDREDTHS, 2),
            }


def due(asked: Asked, before: date) -> "Table":
    """Return the pairs due from the day on, before the one given: vehicle_id, customer_id, due_on, binds, hours."""
    from vernost.invitations import kinds  # noqa: PLC0415 - a list of reports must not wait for Ibis
    from vernost.invitations.rules.known import Known  # noqa: PLC0415 - as above

    known = Known(asked.con, asked.as_of, asked.settings, due_since=asked.as_of, due_until=before - timedelta(days=1))
    kind = kinds.discover()["next_service"]
    found = kind.due(known, kind.Params()).select("vehicle_id", "customer_id", "due_on", "binds")
    found = asked.only(found.semi_join(asked.table("vehicles"), "vehicle_id"))
    plans = asked.con.table("plans").select(own_plan="plan_id", hours="labour_hundredths")
    # Whose ownership has ended will not come.
    kept = known.pairs.filter(~known.pairs.ended)
    planned = kept.select(planned_id="vehicle_id", plan_id="plan_id").distinct()
    rows = found.join(planned, [("vehicle_id", "planned_id")]).left_join(plans, [("plan_id", "own_plan")])
    return rows.select("vehicle_id", "customer_id", "due_on", "binds", hours=rows.hours.fill_null(0))
