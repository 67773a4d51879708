"""What each operator did in a period, and what came of the visits he booked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.money import roubles
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, in_order, reports
from vernost.reports.catalogue.funnel import funnel_tables
from vernost.reports.facts import operators

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@reports.register
class Operators(Report):
    """By the day of the attempts; arrived, paid and money are those of the invitations booked on these days."""

    code = "operators"
    title = _("Operators")
    columns = (
        "operator",
        "name",
        "attempts",
        "talk_seconds",
        "reached",
        "booked",
        "arrived",
        "paid",
        "revenue",
        "margin",
    )

    @dataclass(frozen=True, slots=True)
    class Params:
        from_: date
        to: date
        segment: str | None = None

    def as_of(self, params: "Operators.Params") -> date:
        return params.to

    def rows(self, con: "Backend", params: "Operators.Params", *, actor: Actor) -> Iterable[Mapping[str, Any]]:
        """Yield a row for each operator with an attempt in the period, by login."""
        in_order(params.from_, params.to)
        asked = Asked(con, actor, params.to, params.segment)
        work = operators(funnel_tables(con, actor, asked), start=params.from_, end=params.to)
        users = con.table("users")
        named = work.join(users, "user_id").order_by("username")
        for row in con.to_pyarrow(named).to_pylist():
            yield {
                "operator": row["username"],
                "name": row["name"],
                **{column: row[column] for column in self.columns[2:8]},
                "revenue": roubles(row["revenue"]),
                "margin": roubles(row["margin"]),
            }
