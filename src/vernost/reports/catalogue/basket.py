"""What is bought together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, number, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_DIGITS = 6


@reports.register
class Basket(Report):
    """Pairs of work categories of the same order."""

    code = "basket"
    title = _("What is bought together")
    portable = True
    columns = ("bought", "then", "orders", "support", "confidence", "lift")

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        days: int = number(730, 1, 36_500)
        minimum: int = number(20, 1, 1_000_000)
        segment: str | None = None

    def rows(self, con: "Backend", params: "Basket.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield pairs with at least `minimum` orders, the surest first."""
        import ibis  # noqa: PLC0415 - half a second that a list of reports must not wait for

        from vernost.segments.rules import basket  # noqa: PLC0415 - as above

        asked = Asked(con, actor, params.as_of, params.segment)
        done = asked.only(basket.bought(asked, params.as_of, params.days))
        pairs = basket.pairs(done, minimum=params.minimum)
        for row in asked.rows(pairs.order_by(ibis.desc("confidence"), ibis.desc("orders"), "bought", "then")):
            shares = {name: round(row[name], _DIGITS) for name in ("support", "confidence", "lift")}
            yield {"bought": row["bought"], "then": row["then"], "orders": row["orders"], **shares}
