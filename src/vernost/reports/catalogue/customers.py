"""Every customer with all that is known of him in figures."""

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

_AMOUNTS = ("revenue", "margin", "cumulative_margin")
_DIGITS = 6
# Columns of metrics that an installation may lack.
_MORE = {"value": {"p_alive": "float64", "expected_visits": "float64"}, "risks": {"risks": "array<string>"}}


@reports.register
class Customers(Report):
    code = "customers"
    title = _("Customers: state, money, RFM, ABC, value and risks of each")
    columns = (
        "customer_id",
        "state",
        "dna_code",
        "last_visit_on",
        "visits",
        "revenue",
        "margin",
        "cumulative_margin",
        "r",
        "f",
        "m",
        "abc",
        "p_alive",
        "expected_visits",
        "risks",
    )

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        segment: str | None = None

    def rows(self, con: "Backend", params: "Customers.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield every customer of the files (of the segment) in the order of his id; they come in a stream."""
        asked = Asked(con, actor, params.as_of, params.segment)
        for row in asked.stream(customer_figures(asked).order_by("ref")):
            figures = {column: row[column] for column in self.columns[1:]}
            money = {column: roubles(row[column]) for column in _AMOUNTS}
            chances = {column: row[column] and round(row[column], _DIGITS) for column in ("p_alive", "expected_visits")}
            yield {"customer_id": row["ref"], **figures, **money, **chances, "risks": row["risks"] or []}


def customer_figures(asked: Asked) -> "Table":
    """Return ref and the report's columns (kopecks) of the customers asked for."""
    import ibis  # noqa: PLC0415 - half a second that a list of reports must not wait for

    from vernost.segments import dense, metrics  # noqa: PLC0415 - as above

    rows = asked.only(asked.table("customers").select("customer_id", "ref"))
    codes = ["lifecycle", "rfm", "abc"]
    if asked.arrays is not None:
        quick = ibis.memtable(dense.columns(asked.arrays, asked.as_of, asked.settings, asked.con)).rename(
            figures_id="customer_id"
        )
        rows, codes = rows.left_join(quick, [("customer_id", "figures_id")]).drop("figures_id"), []
    for code in ("money", *codes, *_MORE):
        if code in metrics.discover():
            figures = asked.metric(code).rename(figures_id="customer_id")
            rows = rows.left_join(figures, [("customer_id", "figures_id")]).drop("figures_id")
        else:
            rows = rows.mutate(**{name: ibis.null(kind) for name, kind in _MORE[code].items()})
    return rows.select("ref", *Customers.columns)
