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

    from vernost.segments.rules.cuts import Cut, Start, Unit

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
        of: Literal["customer", "vehicle"] = "customer"
        start: Literal["visit", "sale"] = "visit"
        by: Literal["age", "make", "model", "branch", "advisor", "source"] | None = None
        segment: str | None = None

    def rows(self, con: "Backend", params: "Cohorts.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield a row for each month (of each value of a cut) and each year since (12 calendar months) that is over."""
        asked = Asked(con, actor, params.as_of, params.segment)
        known = asked.written(params.by) if params.by else None
        for row in counted(asked, params.of, params.start, params.by):
            cut = {} if params.by is None or known is None else {str(params.by): known(row["cut"])}
            yield {
                **cut,
                "month": written(row["month"]),
                "size": row["size"],
                "year": row["year"],
                "came": row["came"],
                "share": round(row["came"] / row["size"], _DIGITS),
                "revenue": roubles(row["revenue"]),
            }


def counted(asked: Asked, of: "Unit", start: "Start", by: "Cut | None") -> Iterator[dict[str, Any]]:
    """Yield `cut` (its key; None without `by`), month (its number), size, year, came and revenue (kopecks)."""
    from vernost.segments import dense_months  # noqa: PLC0415 - a list of reports must not wait for Ibis
    from vernost.segments.rules import cuts, retention  # noqa: PLC0415 - a list of reports must not wait for Ibis

    if asked.whole_arrays is not None and (of, start, by) == ("customer", "visit", None):
        yield from ({"cut": None, **row} for row in dense_months.cohorts(asked.whole_arrays, asked.as_of))
        return
    begun = retention.beginnings(asked, of, start, asked.as_of)
    begun = asked.only(begun, "id") if of == "customer" else asked.only_owned(begun, "id")
    keys = []
    if by is not None:
        begun = cuts.of_beginning(asked, begun, of, start, by, as_of=asked.as_of)
        keys = ["cut"]
    sizes = asked.rows(begun.group_by(*keys, "month").aggregate(size=begun.count()))
    came = retention.cohorts(asked, begun, of, asked.as_of, *keys)
    found = {(row.get("cut"), row["month"], row["year"]): row for row in asked.rows(came)}
    last = retention.last_finished(asked.as_of)
    nothing = {"came": 0, "revenue": 0}
    for cohort in sorted(sizes, key=lambda row: (row.get("cut") is None, row.get("cut"), row["month"])):
        cut, month = cohort.get("cut"), cohort["month"]
        for year in range(1, (last - month) // retention.YEAR + 1):
            row = found.get((cut, month, year), nothing)
            came_then = {"came": row["came"], "revenue": row["revenue"]}
            yield {"cut": cut, "month": month, "size": cohort["size"], "year": year, **came_then}
