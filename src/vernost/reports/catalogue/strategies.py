"""What the strategies of the cells of recency × revenue brought."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.money import roubles
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, number, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from vernost.reports.rules.cell_yield import CellYield, Effect
    from vernost.reports.rules.figures import Interval

_DIGITS = 6
DAYS = 90
_EFFECT = ("effect", "effect_from", "effect_to")
_MARGIN = ("margin_effect", "margin_effect_from", "margin_effect_to")


@reports.register
class Strategies(Report):
    """Who was in a cell when its strategy was written, and what became of them, against the cells without one."""

    code = "strategies"
    title = _("What the strategies of the cells brought")
    columns = (
        "r",
        "m",
        "strategy",
        "assigned_on",
        "until",
        "customers",
        "contacted",
        "came",
        "share",
        "revenue",
        "margin",
        "share_before",
        "others_share",
        "others_share_before",
        *_EFFECT,
        *_MARGIN,
        "verdict",
    )

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        days: int = number(DAYS, 14, 365)
        segment: str | None = None

    def rows(self, con: "Backend", params: "Strategies.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield a row for each strategy that a manager has written; effects are null until its days are over."""
        from vernost.reports import cell_yields, refs  # noqa: PLC0415 - a list of reports must not wait for Ibis
        from vernost.reports.rules import cell_yield  # noqa: PLC0415 - as above

        asked = Asked(con, actor, params.as_of, params.segment)
        written = refs.strategies(params.as_of)
        # Most are written on one day: what is counted of it is counted once.
        counted: dict[tuple[date, date], dict[tuple[int, int], CellYield]] = {}
        for each in written:
            until = min(each.assigned_on + timedelta(days=params.days), params.as_of)
            spans = ((each.assigned_on, until), cell_yields.year_before(each.assigned_on, until))
            for span in spans:
                if span not in counted:
                    counted[span] = cell_yields.yields(asked, *span)
            nobody = cell_yield.CellYield()
            own = [counted[span].get((each.r, each.m), nobody) for span in spans]
            taken = {(one.r, one.m) for one in written if one.assigned_on <= until}
            others = [
                cell_yield.pooled(found for cell, found in counted[span].items() if cell not in taken) for span in spans
            ]
            over = until == each.assigned_on + timedelta(days=params.days)
            effect = cell_yield.effect(*own, *others) if over else cell_yield.Effect(None, None)
            yield {
                "r": each.r,
                "m": each.m,
                "strategy": each.title,
                "assigned_on": each.assigned_on,
                "until": until,
                **_told(own[0]),
                "share_before": _share(own[1]),
                "others_share": _share(others[0]),
                "others_share_before": _share(others[1]),
                **_effect(effect),
                "verdict": effect.verdict,
            }


def _told(cell: "CellYield") -> dict[str, Any]:
    return {
        "customers": cell.customers,
        "contacted": cell.contacted,
        "came": cell.came,
        "share": _share(cell),
        "revenue": roubles(cell.revenue),
        "margin": roubles(cell.margin),
    }


def _share(cell: "CellYield") -> float | None:
    return None if cell.share is None else round(cell.share, _DIGITS)


def _effect(effect: "Effect") -> dict[str, Any]:
    came = (round(end, _DIGITS) for end in _ends(effect.came)) if effect.came else (None,) * 3
    margin = (roubles(round(end)) for end in _ends(effect.margin)) if effect.margin else (None,) * 3
    return {**dict(zip(_EFFECT, came, strict=True)), **dict(zip(_MARGIN, margin, strict=True))}


def _ends(interval: "Interval") -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high
