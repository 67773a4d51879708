"""Who has fallen asleep, and what he brought while he came."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
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
class Lost(Report):
    """Customers who sleep on the day, since when, and their money."""

    code = "lost"
    title = _("Lost customers: who has fallen asleep")
    portable = True
    columns = ("customer_id", "slept_on", "last_visit_on", "branch", "visits", *_AMOUNTS)

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        since: date | None = None
        segment: str | None = None

    def rows(self, con: "Backend", params: "Lost.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield who fell asleep on or after `since`, the latest first, then by id; `branch`: of the last visit."""
        import ibis  # noqa: PLC0415 - half a second that a list of reports must not wait for

        from vernost.segments.rules import lifecycle, money  # noqa: PLC0415 - as above

        asked = Asked(con, actor, params.as_of, params.segment)
        states = lifecycle.states(asked, params.as_of, asked.settings)
        asleep = asked.only(states.filter(states.state == lifecycle.SLEEPING).select("customer_id"))
        made = money.money(asked, params.as_of).rename(made_id="customer_id")
        awake = timedelta(days=asked.settings.sleep_after_days + 1)
        if params.since is not None:
            made = made.filter(made.last_visit_on >= params.since - awake)
        names = asked.table("customers").select(named_id="customer_id", ref="ref")
        rows = asleep.join(made, [("customer_id", "made_id")]).join(names, [("customer_id", "named_id")])
        branches = asked.branch_refs()
        for row in asked.stream(rows.order_by(ibis.desc("last_visit_on"), "ref")):
            yield {
                "customer_id": row["ref"],
                "slept_on": row["last_visit_on"] + awake,
                "last_visit_on": row["last_visit_on"],
                "branch": branches[row["last_branch_id"]],
                "visits": row["visits"],
                **{name: roubles(row[name]) for name in _AMOUNTS},
            }
