"""Every point of risk with its evidence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.money import roubles
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, reports
from vernost.reports.risk_events import risk_events

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@reports.register
class Risks(Report):
    code = "risks"
    title = _("Points of risk, with their evidence")
    columns = ("customer_id", "vehicle_id", "risk", "on", "order_id", "order_before", "amount", "number")

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        since: date | None = None
        segment: str | None = None

    def rows(self, con: "Backend", params: "Risks.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield the events (since a day), by customer, code and day; what an event does not have is null.

        `number`: the score of an answer, the age of a car, the count of warranty cases, the km of a warranty.
        """
        asked = Asked(con, actor, params.as_of, params.segment)
        found = asked.only(risk_events(asked))
        if params.since is not None:
            found = found.filter(found.on >= params.since)
        names = asked.table("customers").select(named_id="customer_id", customer="ref")
        vehicles = con.table("vehicles").select(car_id="vehicle_id", vehicle="ref")
        rows = found.join(names, [("customer_id", "named_id")]).left_join(vehicles, [("vehicle_id", "car_id")])
        for row in asked.stream(rows.order_by("customer", "code", "on", "vehicle", "order_ref", "before_ref")):
            yield {
                "customer_id": row["customer"],
                "vehicle_id": row["vehicle"],
                "risk": row["code"],
                "on": row["on"],
                "order_id": row["order_ref"],
                "order_before": row["before_ref"],
                "amount": None if row["amount"] is None else roubles(row["amount"]),
                "number": row["number"],
            }
