"""Shares, uplifts with their intervals, motivation: decisions on numbers, without a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt

import numpy as np
from numpy.typing import NDArray

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
