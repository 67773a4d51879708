"""Shares, uplifts with their intervals, motivation: decisions on numbers, without a database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.period import add_months

# The standard normal quantile of a two-sided 95 % interval.
Z95 = 1.959963984540054

PAIRS_NEEDED = 100
VISITS_NEEDED = 5
BOOTSTRAP_DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a programme: pairs with the full days, and how many of them visited."""

    pairs: int
    visits: int

    @property
    def share(self) -> float:
        return self.visits / self.pairs


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def enough_data(invited: Arm, held_out: Arm) -> bool:
    """An arm under 100 pairs, or both together under 5 visits, say nothing."""
    return min(invited.pairs, held_out.pairs) >= PAIRS_NEEDED and invited.visits + held_out.visits >= VISITS_NEEDED


def wilson(arm: Arm) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a share (Wilson 1927), both in [0, 1]."""
    n, p = arm.pairs, arm.share
    centre = p + Z95**2 / (2 * n)
    half = Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))
    denominator = 1 + Z95**2 / n
    return max(0.0, (centre - half) / denominator), min(1.0, (centre + half) / denominator)


def uplift(invited: Arm, held_out: Arm) -> Interval:
    """Return the difference of the visit shares with its 95 % interval (Newcombe 1998, method 10)."""
    difference = invited.share - held_out.share
    low_1, high_1 = wilson(invited)
    low_2, high_2 = wilson(held_out)
    return Interval(
        value=difference,
        low=difference - sqrt((invited.share - low_1) ** 2 + (high_2 - held_out.share) ** 2),
        high=difference + sqrt((high_1 - invited.share) ** 2 + (held_out.share - low_2) ** 2),
    )


def money_uplift(
    invited: Sequence[int], invited_pairs: int, held_out: Sequence[int], held_out_pairs: int, *, seed: int
) -> Interval:
    """Return the difference of the mean money of a pair, in kopecks, with a bootstrap 95 % interval.

    `invited` and `held_out` are the non-zero sums of pairs; the pairs without money are counted only.
    """
    generator = np.random.default_rng(seed)
    first = _bootstrap_means(np.asarray(invited, dtype=np.int64), invited_pairs, generator)
    second = _bootstrap_means(np.asarray(held_out, dtype=np.int64), held_out_pairs, generator)
    low, high = np.quantile(first - second, [0.025, 0.975])
    return Interval(
        value=sum(invited) / invited_pairs - sum(held_out) / held_out_pairs, low=float(low), high=float(high)
    )


def _bootstrap_means(sums: NDArray[np.int64], pairs: int, generator: np.random.Generator) -> NDArray[np.float64]:
    # Drawing `pairs` times from a sample that is mostly zeros = drawing how many are not zero,
    # then drawing those: the same distribution without pairs x draws numbers.
    if len(sums) == 0:
        return np.zeros(BOOTSTRAP_DRAWS)
    hits = generator.binomial(pairs, len(sums) / pairs, size=BOOTSTRAP_DRAWS)
    picks = sums[generator.integers(0, len(sums), size=int(hits.sum()))].astype(np.float64)
    ends = np.cumsum(hits)
    running = np.concatenate([[0.0], np.cumsum(picks)])
    means: NDArray[np.float64] = (running[ends] - running[ends - hits]) / pairs
    return means


@dataclass(frozen=True, slots=True)
class MotivationLine:
    """A line of a role's scheme: roubles for each unit above the threshold, up to the cap."""

    kpi: str
    threshold: Decimal
    rate: Decimal
    cap: Decimal | None


def motivation_pay(line: MotivationLine, fact: Decimal) -> Decimal:
    """Return what a line pays for a fact, in roubles to the kopeck; nothing below the threshold."""
    above = fact - line.threshold
    if above <= 0:
        return Decimal("0.00")
    pay = (above * line.rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return pay if line.cap is None else min(pay, line.cap)


class Kpi(StrEnum):
    """What is planned and paid for. `revenue` and `margin`: roubles in a plan, thousands of roubles in a scheme."""

    TARGETED = "targeted"
    ATTEMPTED = "attempted"
    REACHED = "reached"
    BOOKED = "booked"
    ARRIVED = "arrived"
    PAID = "paid"
    REVENUE = "revenue"
    MARGIN = "margin"
    ATTEMPTS = "attempts"
    TALK_MINUTES = "talk_minutes"
    REACH_PERCENT = "reach_percent"
    BOOKING_PERCENT = "booking_percent"
    ARRIVAL_PERCENT = "arrival_percent"


KPI_TITLES: dict[Kpi, str] = {
    Kpi.TARGETED: _("Target group"),
    Kpi.ATTEMPTED: _("Tried"),
    Kpi.REACHED: _("Reached by phone"),
    Kpi.BOOKED: _("Booking"),
    Kpi.ARRIVED: _("Arrival"),
    Kpi.PAID: _("Payment"),
    Kpi.REVENUE: _("Revenue"),
    Kpi.MARGIN: _("Margin"),
    Kpi.ATTEMPTS: _("Attempts"),
    Kpi.TALK_MINUTES: _("Talk time"),
    Kpi.REACH_PERCENT: _("Reached of attempts"),
    Kpi.BOOKING_PERCENT: _("Booked of reached"),
    Kpi.ARRIVAL_PERCENT: _("Arrived of booked"),
}

# What a unit of the KPI is in a scheme: the rate pays for each of them.
KPI_UNITS: dict[Kpi, str] = {
    **dict.fromkeys(Kpi, ""),
    Kpi.REVENUE: _("thousand ₽"),
    Kpi.MARGIN: _("thousand ₽"),
    Kpi.TALK_MINUTES: _("min"),
    Kpi.REACH_PERCENT: "%",
    Kpi.BOOKING_PERCENT: "%",
    Kpi.ARRIVAL_PERCENT: "%",
}

STAGE_KPIS = (Kpi.TARGETED, Kpi.ATTEMPTED, Kpi.REACHED, Kpi.BOOKED, Kpi.ARRIVED, Kpi.PAID)
PLAN_KPIS = (*STAGE_KPIS, Kpi.REVENUE)
MOTIVATION_KPIS = (
    Kpi.ATTEMPTS,
    Kpi.TALK_MINUTES,
    Kpi.REACHED,
    Kpi.BOOKED,
    Kpi.ARRIVED,
    Kpi.PAID,
    Kpi.REVENUE,
    Kpi.MARGIN,
    Kpi.REACH_PERCENT,
    Kpi.BOOKING_PERCENT,
    Kpi.ARRIVAL_PERCENT,
)

_KOPECKS_IN_THOUSAND = 100_000
_SHARES = {
    Kpi.REACH_PERCENT: (Kpi.REACHED, Kpi.ATTEMPTS),
    Kpi.BOOKING_PERCENT: (Kpi.BOOKED, Kpi.REACHED),
    Kpi.ARRIVAL_PERCENT: (Kpi.ARRIVED, Kpi.BOOKED),
}


def motivation_fact(kpi: Kpi, figures: Mapping[str, int]) -> Decimal:
    """Return an operator's KPI in its unit, to two decimals; a share of nothing is 0.

    `figures` are those of the operators' report: counts, talk_seconds, money in kopecks.
    """
    if kpi in _SHARES:
        part, whole = (figures[each] for each in _SHARES[kpi])
        fact = Decimal(100 * part) / whole if whole else Decimal(0)
    elif kpi is Kpi.TALK_MINUTES:
        fact = Decimal(figures["talk_seconds"]) / 60
    elif kpi in {Kpi.REVENUE, Kpi.MARGIN}:
        fact = Decimal(figures[kpi]) / _KOPECKS_IN_THOUSAND
    else:
        fact = Decimal(figures[kpi])
    return fact.quantize(Decimal("0.01"), ROUND_HALF_UP)


class GrowingPlan(DomainError):
    code = "growing_plan"
    text = _("%(title)s: a stage cannot be greater than the one before it")


def growing_stage(values: Mapping[str, Decimal]) -> Kpi | None:
    """Return the first planned stage that is greater than a planned one before it."""
    least: Decimal | None = None
    for stage in STAGE_KPIS:
        if stage not in values:
            continue
        if least is not None and values[stage] > least:
            return stage
        least = values[stage]
    return None


@dataclass(frozen=True, slots=True)
class PlanFigure:
    """One figure of a month: a branch None is the whole group, a programme None all of them."""

    month: date
    branch_id: int | None
    programme: str | None
    metric: str
    value: Decimal


def planned(
    figures: Iterable[PlanFigure],
    *,
    months: Sequence[date],
    branch_id: int | None,
    programme: str | None,
    branch_ids: frozenset[int] | None = None,
) -> dict[str, Decimal]:
    """Return the plan of the months by metric; a metric that some month has no figure for is left out.

    The figure given for exactly this branch and programme holds; else the sum of the branches', else of
    the programmes'. With `branch_ids` the group is these branches: a figure of the whole group is not theirs.
    """
    by_month: dict[tuple[date, str], dict[tuple[int | None, str | None], Decimal]] = {}
    for each in figures:
        if branch_ids is None or each.branch_id in branch_ids:
            by_month.setdefault((each.month, each.metric), {})[each.branch_id, each.programme] = each.value
    plan: dict[str, Decimal] = {}
    for metric in PLAN_KPIS:
        values = [_plan_of(by_month.get((month, metric), {}), branch_id, programme) for month in months]
        known = [value for value in values if value is not None]
        if known and len(known) == len(values):
            plan[metric.value] = sum(known, Decimal(0))
    return plan


def planned_of(
    figures: Iterable[PlanFigure],
    metric: str,
    *,
    month: date,
    branch_id: int | None,
    branch_ids: frozenset[int] | None = None,
) -> Decimal | None:
    """Return the plan of one month and metric for all programmes together, found as `planned` does."""
    cells = {
        (each.branch_id, each.programme): each.value
        for each in figures
        if (each.month, each.metric) == (month, metric) and (branch_ids is None or each.branch_id in branch_ids)
    }
    return _plan_of(cells, branch_id, None)


def _plan_of(
    cells: Mapping[tuple[int | None, str | None], Decimal], branch_id: int | None, programme: str | None
) -> Decimal | None:
    if (branch_id, programme) in cells:
        return cells[branch_id, programme]
    if branch_id is None:
        branches = {branch for branch, _programme in cells if branch is not None}
        parts = [part for each in sorted(branches) if (part := _plan_of(cells, each, programme)) is not None]
        if parts:
            return sum(parts, Decimal(0))
    if programme is None:
        of_programmes = [value for (branch, code), value in cells.items() if branch == branch_id and code is not None]
        if of_programmes:
            return sum(of_programmes, Decimal(0))
    return None


def period_before(start: date, end: date, today: date) -> tuple[date, date]:
    """Return what a period is compared with: as many whole months before it, else as many days.

    Of months that are not over, only as much of the months before as has passed by `today`.
    """
    if start.day == 1 and add_months(start, months := _months_between(start, end)) == end + timedelta(days=1):
        first = add_months(start, -months)
        return first, (add_months(today, -months) if start <= today < end else start - timedelta(days=1))
    days = end - start + timedelta(days=1)
    return start - days, start - timedelta(days=1)


def months_of(start: date, end: date) -> list[date]:
    """Return the first days of the months that make up the period; nothing where it is not of whole months."""
    count = _months_between(start, end)
    if start.day != 1 or add_months(start, count) != end + timedelta(days=1):
        return []
    return [add_months(start, number) for number in range(count)]


def _months_between(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month + 1


# A conversion of fewer invitations than this says nothing of a weak stage.
WEAK_FROM = 10


@dataclass(frozen=True, slots=True)
class WeakStage:
    """The stage where most invitations are lost against what was expected.

    `missing` invitations more would have got there by the expected conversion; `kopecks` is the revenue they
    would have brought at the present average, None where nothing has been paid yet.
    """

    stage: Kpi
    conversion: float
    expected: float
    missing: int
    kopecks: int | None


def weak_stage(counts: Mapping[str, int], expected: Mapping[str, float], *, revenue: int) -> WeakStage | None:
    """Return the stage with the most missing invitations, None where no stage is behind."""
    worst: WeakStage | None = None
    for before, stage in pairwise(STAGE_KPIS):
        base, count = counts[before], counts[stage]
        if stage not in expected or base < WEAK_FROM:
            continue
        missing = round(base * expected[stage]) - count
        if missing > (worst.missing if worst else 0):
            kopecks = revenue * missing // count if count and revenue > 0 else None
            worst = WeakStage(stage, count / base, expected[stage], missing, kopecks)
    return worst


def conversions(counts: Mapping[str, Decimal] | Mapping[str, int], *, least: int = 1) -> dict[str, float]:
    """Return the share of each stage in the one before it, where both are known and that one has `least`."""
    pairs = pairwise(STAGE_KPIS)
    return {
        stage.value: float(counts[stage] / counts[before])
        for before, stage in pairs
        if before in counts and stage in counts and counts[before] >= least
    }
