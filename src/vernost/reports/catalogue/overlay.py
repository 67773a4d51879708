"""States of the life cycle laid over RFM."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, reports
from vernost.reports.catalogue.matrix import shown, sums
from vernost.reports.catalogue.rfm import scored

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@reports.register
class Overlay(Report):
    """Who is in which state of the life cycle, by RFM."""

    code = "overlay"
    title = _("Overlay: states of the life cycle by RFM")
    portable = True
    columns = ("state", "rfm", "customers", "frequency", "monetary", "margin")

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        by: Literal["group", "code"] = "group"
        segment: str | None = None

    def rows(self, con: "Backend", params: "Overlay.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield the cells that have customers; `rfm` is null outside the window."""
        from vernost.segments.rules import lifecycle  # noqa: PLC0415 - a list of reports must not wait for Ibis

        asked = Asked(con, actor, params.as_of, params.segment)
        scores = scored(asked).rename(scored_id="customer_id").drop("ref")
        code = scores.r.cast("string") + "-" + scores.f.cast("string") + "-" + scores.m.cast("string")
        scores = scores.mutate(rfm=scores.group if params.by == "group" else code)
        states = asked.only(lifecycle.states(asked, asked.as_of, asked.settings))
        rows = states.left_join(scores, [("customer_id", "scored_id")]).drop("scored_id")
        for row in asked.rows(sums(asked, rows, ["state", "rfm"]).order_by("state", "rfm")):
            yield {"state": row["state"], "rfm": row["rfm"], **shown(row)}
