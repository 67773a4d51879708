"""Scores of every customer who came in the window."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.money import roubles
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table


@dataclass(frozen=True, slots=True)
class OfCustomers:
    as_of: date
    segment: str | None = None


@reports.register
class Rfm(Report):
    code = "rfm"
    title = _("RFM: how long ago, how often and for how much customers came")
    portable = True
    columns = ("customer_id", "recency_days", "frequency", "monetary", "r", "f", "m", "rfm", "group")
    Params = OfCustomers

    def rows(self, con: "Backend", params: OfCustomers, *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield the customers with a visit in the window, the best first, then by id; `rfm` is as 1-1-1."""
        asked = Asked(con, actor, params.as_of, params.segment)
        for row in asked.stream(scored(asked).order_by("r", "f", "m", "ref")):
            code = f"{row['r']}-{row['f']}-{row['m']}"
            figures = {column: row[column] for column in ("recency_days", "frequency")}
            yield {
                "customer_id": row["ref"],
                **figures,
                "monetary": roubles(row["monetary"]),
                **{axis: row[axis] for axis in "rfm"},
                "rfm": code,
                "group": row["group"],
            }


def scored(asked: Asked) -> "Table":
    """Return ref and the columns of `rfm.scores` with the named group, of who came in the window."""
    from vernost.segments.rules import rfm  # noqa: PLC0415 - a list of reports must not wait for Ibis

    rows = rfm.scores(asked, asked.as_of, asked.settings)
    rows = asked.only(rows.mutate(group=rfm.group(rows)))
    names = asked.table("customers").select(named_id="customer_id", ref="ref")
    return rows.join(names, [("customer_id", "named_id")]).drop("named_id")
