"""What to offer a customer next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, number, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table


_DIGITS = 6


@reports.register
class Offers(Report):
    """What others who bought the same also bought, and this customer did not."""

    code = "offers"
    title = _("What to offer a customer next")
    portable = True
    columns = ("customer_id", "offer", "because", "confidence", "lift")

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        customer: str | None = None
        days: int = number(730, 1, 36_500)
        minimum: int = number(20, 1, 1_000_000)
        most: int = 3
        segment: str | None = None

    def rows(self, con: "Backend", params: "Offers.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield at most `most` offers a customer (all, those of the segment, or one), the surest first."""
        asked = Asked(con, actor, params.as_of, params.segment)
        for row in asked.stream(_offers(asked, params)):
            shares = {name: round(row[name], _DIGITS) for name in ("confidence", "lift")}
            yield {"customer_id": row["ref"], "offer": row["offer"], "because": row["because"], **shares}


def _offers(asked: Asked, params: Offers.Params) -> "Table":
    import ibis  # noqa: PLC0415 - a list of reports must not wait for Ibis

    from vernost.segments.rules import basket  # noqa: PLC0415 - as above

    done = basket.bought(asked, params.as_of, params.days)
    names = asked.table("customers").select(named_id="customer_id", ref="ref")
    if params.customer is not None:
        names = names.filter(names.ref == params.customer)
    asked_for = asked.only(done.semi_join(names, [("customer_id", "named_id")]))
    found = basket.offers(basket.pairs(done, minimum=params.minimum), asked_for)
    order = [ibis.desc("confidence"), ibis.desc("lift"), "offer"]
    found = found.mutate(place=ibis.row_number().over(ibis.window(group_by="customer_id", order_by=order)))
    rows = found.filter(found.place < params.most).join(names, [("customer_id", "named_id")])
    return rows.order_by("ref", "place")
