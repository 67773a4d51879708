"""Who came again, by the month in which they began."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.money import roubles
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, reports
from vernost.reports.catalogue.retention import written

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


_DIGITS = 6


@reports.register
class Cohorts(Report):
    """Those who began in one month: how many of them came in each later year."""

    code = "cohorts"
    title = _("Cohorts: who came again, by the month of the first visit or of the sale")
    portable = True
    columns = ("month", "size", "year", "came", "share", "revenue")

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        by: Literal["customer", "vehicle"] = "customer"
        start: Literal["visit", "sale"] = "visit"
        segment: str | None = None

    def rows(self, con: "Backend", params: "Cohorts.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield a row for each month and each year since (12 calendar months) that is over."""
        from vernost.segments.rules import retention  # noqa: PLC0415 - a list of reports must not wait for Ibis

        asked = Asked(con, actor, params.as_of, params.segment)
        begun = retention.beginnings(asked, params.by, params.start, params.as_of)
        begun = asked.only(begun, "id") if params.by == "customer" else asked.only_owned(begun, "id")
        sizes = asked.rows(begun.group_by("month").aggregate(size=begun.count()).order_by("month"))
        came = retention.cohorts(asked, begun, params.by, params.as_of)
        found = {(row["month"], row["year"]): row for row in asked.rows(came)}
        last = retention.last_finished(params.as_of)
        for cohort in sizes:
            for year in range(1, (last - cohort["month"]) // retention.YEAR + 1):
                row = found.get((cohort["month"], year), {"came": 0, "revenue": 0})
                yield {
                    "month": written(cohort["month"]),
                    "size": cohort["size"],
                    "year": year,
                    "came": row["came"],
                    "share": round(row["came"] / cohort["size"], _DIGITS),
                    "revenue": roubles(row["revenue"]),
                }
