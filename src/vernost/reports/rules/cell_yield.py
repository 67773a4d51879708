"""What a strategy of a cell of recency × revenue brought, against the cells that had none.

Cells differ from each other, so no two are compared as they are: the change of a cell against its own people of a year
before (the same season) is compared with the same change of the cells without a strategy (difference in differences).
The four groups are other people at other times and independent, so their variances add up.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from math import sqrt

from vernost.reports.rules.figures import PAIRS_NEEDED, VISITS_NEEDED, Z95, Interval


@dataclass(frozen=True, slots=True)
class CellYield:
    """The customers of cells on a day: who of them was contacted and who came in the days after it.

    Money in kopecks; `margin_squares` is the sum of the squares of the customers' margins.
    """

    customers: int = 0
    contacted: int = 0
    came: int = 0
    revenue: int = 0
    margin: int = 0
    margin_squares: float = 0.0

    @property
    def share(self) -> float | None:
        return self.came / self.customers if self.customers else None


@dataclass(frozen=True, slots=True)
class Effect:
    """Of a customer: `came` in shares, `margin` in kopecks; None without enough data."""

    came: Interval | None
    margin: Interval | None

    @property
    def verdict(self) -> str:
        if self.came is None:
            return "not_enough_data"
        if not self.came.excludes_zero:
            return "no_proof"
        return "works" if self.came.value > 0 else "harms"


def pooled(cells: Iterable[CellYield]) -> CellYield:
    known = list(cells)
    return CellYield(**{field.name: sum(getattr(cell, field.name) for cell in known) for field in fields(CellYield)})


def effect(now: CellYield, before: CellYield, others_now: CellYield, others_before: CellYield) -> Effect:
    """Return (now − before) − (others_now − others_before), each group 100 customers and 5 who came at least."""
    groups = (now, before, others_now, others_before)
    if any(group.customers < PAIRS_NEEDED or group.came < VISITS_NEEDED for group in groups):
        return Effect(None, None)
    return Effect(_difference(groups, _share), _difference(groups, _margin))


def _difference(groups: tuple[CellYield, ...], figure: Callable[[CellYield], tuple[float, float]]) -> Interval:
    (now, v_now), (before, v_before), (others_now, v_others_now), (others_before, v_others) = map(figure, groups)
    value = (now - before) - (others_now - others_before)
    half = Z95 * sqrt(v_now + v_before + v_others_now + v_others)
    return Interval(value, value - half, value + half)


def _share(group: CellYield) -> tuple[float, float]:
    """Return the share of who came, and the variance of the share."""
    share = group.came / group.customers
    return share, share * (1 - share) / group.customers


def _margin(group: CellYield) -> tuple[float, float]:
    """Return the mean margin of a customer, and the variance of the mean."""
    mean = group.margin / group.customers
    return mean, max(0.0, group.margin_squares / group.customers - mean**2) / group.customers
