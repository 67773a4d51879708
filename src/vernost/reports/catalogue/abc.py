"""Who and what makes the money."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.money import roubles
from vernost.reports.asked import Asked, OfSegment
from vernost.reports.catalogue import Report, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_DIGITS = 6


@reports.register
class Abc(Report):
    code = "abc"
    title = _("ABC: who and what makes the money")
    portable = True
    columns = ("id", "value", "share", "abc")

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        by: Literal["customer", "vehicle", "model", "category"] = "customer"
        measure: Literal["revenue", "margin"] = "revenue"
        segment: str | None = None

    def rows(self, con: "Backend", params: "Abc.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield all by value, the greatest first, then by id; `share` is that of the positive total."""
        import ibis  # noqa: PLC0415 - half a second that a list of reports must not wait for

        from vernost.segments.rules import abc  # noqa: PLC0415 - as above

        asked = Asked(con, actor, params.as_of, params.segment)
        # A model and a category are nobody's: of a segment they are classed by what its customers brought.
        narrowed = OfSegment(con, actor, params.as_of, params.segment)
        tables = narrowed if params.by in {"model", "category"} else asked
        values = abc.values(tables, params.as_of, asked.settings, by=params.by, measure=params.measure)
        rows = abc.classes(values, asked.settings)
        if params.by == "customer":
            rows = asked.only(rows, "id")
        elif params.by == "vehicle":
            rows = asked.only_owned(rows, "id")
        for row in asked.stream(rows.order_by(ibis.desc("value"), "key")):
            share = max(row["value"], 0) / row["total"] if row["total"] else 0
            yield {
                "id": row["title"],
                "value": roubles(row["value"]),
                "share": round(share, _DIGITS),
                "abc": row["abc"],
            }
