"""Every customer with all that is known of him in figures."""

from collections.abc import Iterator, Mapping, Sequence
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

    from vernost.customers.rules.fields import Definition

FIGURES = (
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
_AMOUNTS = ("revenue", "margin", "cumulative_margin")
_DIGITS = 6
# Columns of metrics that an installation may lack.
_MORE = {"value": {"p_alive": "float64", "expected_visits": "float64"}, "risks": {"risks": "array<string>"}}


@reports.register
class Customers(Report):
    code = "customers"
    title = _("Customers: state, money, RFM, ABC, value and risks of each")
    columns = (*FIGURES, "fields")

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        segment: str | None = None

    def rows(self, con: "Backend", params: "Customers.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield every customer of the files (of the segment) in the order of his id; they come in a stream."""
        asked = Asked(con, actor, params.as_of, params.segment)
        own = asked.own_fields()
        for row in asked.stream(_with_fields(asked, customer_figures(asked), own).order_by("ref")):
            figures = {column: row[column] for column in FIGURES[1:]}
            money = {column: roubles(row[column]) for column in _AMOUNTS}
            chances = {column: row[column] and round(row[column], _DIGITS) for column in ("p_alive", "expected_visits")}
            held = {one.code: row[one.code] for one in own if row[one.code] is not None}
            yield {
                "customer_id": row["ref"],
                **figures,
                **money,
                **chances,
                "risks": row["risks"] or [],
                "fields": held,
            }


def customer_figures(asked: Asked) -> "Table":
    """Return ref and the figures (kopecks) of the customers asked for."""
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
    return rows.select("ref", *FIGURES)


def _with_fields(asked: Asked, rows: "Table", own: "Sequence[Definition]") -> "Table":
    """Add a column for each field of an administrator, with its value as a text; several are parted by semicolons."""
    from vernost.customers.rules.fields import NUMBERS, Kind  # noqa: PLC0415 - a list of reports must not wait for it

    for one in own:
        held = asked.table("customer_fields")
        held = held.filter(held.field_id == one.id)
        if one.kind is Kind.DAY:
            value = held["on"].cast("string")
        elif one.kind in NUMBERS - {Kind.WHOLE}:
            value = (held.number.cast("decimal(18, 2)") / 100).cast("decimal(18, 2)").cast("string")
        elif one.kind in {Kind.WHOLE, Kind.FLAG}:
            value = held.number.cast("string")
        else:
            value = held.text
        told = held.mutate(told=value).group_by(fields_id="customer_id")
        told = told.aggregate(**{one.code: lambda table: table.told.group_concat("; ", order_by=table.told)})
        rows = rows.left_join(told, [("customer_id", "fields_id")]).drop("fields_id")
    return rows
