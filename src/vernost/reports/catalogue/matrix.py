"""How many customers bring how much, and how long ago they came."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.money import roubles
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, reports
from vernost.reports.catalogue.rfm import OfCustomers, scored

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table


@reports.register
class Matrix(Report):
    """The 5 × 5 map of revenue and recency, every cell."""

    code = "matrix"
    title = _("Matrix: revenue against the last visit")
    portable = True
    columns = ("m", "r", "customers", "frequency", "monetary", "margin")
    Params = OfCustomers

    def rows(self, con: "Backend", params: OfCustomers, *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield 25 cells; frequency, monetary and margin are sums of the window."""
        asked = Asked(con, actor, params.as_of, params.segment)
        found = {(row["m"], row["r"]): row for row in asked.rows(sums(asked, scored(asked), ["m", "r"]))}
        for m in range(1, 6):
            for r in range(1, 6):
                yield {"m": m, "r": r, **shown(found.get((m, r)))}


def sums(asked: Asked, rows: "Table", keys: list[str]) -> "Table":
    import ibis  # noqa: PLC0415 - a list of reports must not wait for Ibis

    from vernost.segments.rules import days  # noqa: PLC0415 - as above

    visits = asked.table("visits")
    visits = visits.filter(
        visits.on > days.before(asked.as_of, asked.settings.rfm_window_days), visits.on <= asked.as_of
    )
    margins = visits.group_by(margin_id="customer_id").aggregate(margin=visits.margin.sum().cast("int64"))
    rows = rows.left_join(margins, [("customer_id", "margin_id")])
    figures = {name: rows[name].sum().fill_null(0).cast("int64") for name in ("frequency", "monetary", "margin")}
    return rows.group_by(keys).aggregate(customers=ibis._.count(), **figures)


def shown(row: Mapping[str, Any] | None) -> dict[str, Any]:
    figures = row or dict.fromkeys(("customers", "frequency", "monetary", "margin"), 0)
    money = {name: roubles(figures[name]) for name in ("monetary", "margin")}
    return {"customers": figures["customers"], "frequency": figures["frequency"], **money}
