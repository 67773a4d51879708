"""Whether customers came by a car bought or by the workshop, and what they have brought."""

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

_AMOUNTS = ("revenue", "margin", "cumulative_margin")


@reports.register
class Sources(Report):
    code = "sources"
    title = _("Where customers come from: sales against service")
    portable = True
    columns = ("source", "customers", "bought", "came", "active", *_AMOUNTS)

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        segment: str | None = None

    def rows(self, con: "Backend", params: "Sources.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield a row for those whose first contact was a `sales`, a `service`, or `neither` so far.

        `bought`: how many ever bought a car; `came`: how many ever came to the workshop; `active`: the active base.
        """
        from vernost.segments.rules import lifecycle, sources  # noqa: PLC0415 - a list of reports must not wait for Ibis

        asked = Asked(con, actor, params.as_of, params.segment)
        rows = asked.only(sources.sources(asked, params.as_of, asked.settings))
        counts = {
            "customers": rows.count(),
            "bought": rows.bought.sum().cast("int64"),
            "came": rows.came.sum().cast("int64"),
            "active": rows.state.isin(lifecycle.ACTIVE_BASE).sum().cast("int64"),
        }
        sums = {name: rows[name].sum().cast("int64") for name in _AMOUNTS}
        found = {row["source"]: row for row in asked.rows(rows.group_by("source").aggregate(**counts, **sums))}
        for source in (sources.SALES, sources.SERVICE, sources.NEITHER):
            row = found.get(source, dict.fromkeys((*counts, *sums), 0))
            yield {
                "source": source,
                **{name: row[name] for name in counts},
                **{name: roubles(row[name]) for name in _AMOUNTS},
            }
