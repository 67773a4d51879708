"""Gamma-Gamma: what a visit brings.

Fader, Hardie, Lee (2005), "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", Journal of Marketing
Research 42(4); formulas as in Fader, Hardie (2013), "The Gamma-Gamma Model of Monetary Value": amounts of a customer
are gamma (shape p) around a mean of his own, the means spread by an inverse gamma (q, gamma).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from vernost.segments.rules.value.histories import Whole
from vernost.segments.rules.value.maximum import CannotBeEstimated, maximise

Floats = NDArray[np.float64]
FEWEST_CUSTOMERS: Final = 30


@dataclass(frozen=True, slots=True)
class MoneyModel:
    """Fitted parameters; `gamma` in the unit of the amounts."""

    p: float
    q: float
    gamma: float
    log_likelihood: float
    customers: int

    @property
    def mean(self) -> float:
        """The expected amount of a customer of whom nothing is known."""
        return self.p * self.gamma / (self.q - 1)


def log_likelihood(parameters: Floats, frequency: Floats, mean: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of the mean amounts (all above 0) and its gradient by (p, q, gamma).

    Of one customer: ln G(px+q)/(G(px) G(q)) + q ln gamma + (px-1) ln m + px ln x - (px+q) ln(gamma + x m).
    """
    p, q, gamma = parameters
    values, where, counts = np.unique(frequency, return_inverse=True, return_counts=True)
    px = p * values
    sums = np.log(gamma + frequency * mean)
    logs = np.log(mean)
    rest = np.bincount(where, weights=logs - sums) + counts * np.log(values)
    value = (
        counts @ (gammaln(px + q) - gammaln(px) - gammaln(q))
        + len(mean) * q * np.log(gamma)
        + px @ rest
        - logs.sum()
        - q * sums.sum()
    )
    by_p = counts @ (values * (digamma(px + q) - digamma(px))) + values @ rest
    by_q = counts @ (digamma(px + q) - digamma(q)) + len(mean) * np.log(gamma) - sums.sum()
    by_gamma = len(mean) * q / gamma - ((p * frequency + q) / (gamma + frequency * mean)).sum()
    return float(value), np.array([by_p, by_q, by_gamma])


def fit(frequency: Whole, mean: Floats) -> MoneyModel | CannotBeEstimated:
    """Estimate from the customers who came again (frequency >= 1) with a positive mean; the others are left out."""
    used = (frequency > 0) & (mean > 0) & np.isfinite(mean)
    x, z = frequency[used].astype(np.float64), mean[used]
    if len(z) < FEWEST_CUSTOMERS:
        return CannotBeEstimated("too_few_customers")
    # In units of the median amount: the box of the search fits any currency.
    unit = float(np.median(z))
    sizes = np.array([3.0, 3.0, 3.0])
    starts = [np.array(start) for start in ((1.0, 3.0, 3.0), (6.0, 4.0, 1.0), (0.5, 1.5, 1.0), (20.0, 10.0, 1.0))]
    best = maximise(lambda at: log_likelihood(at, x, z / unit), starts, sizes, len(z))
    if isinstance(best, CannotBeEstimated):
        return best
    p, q, gamma = map(float, best.parameters)
    if q <= 1:
        return CannotBeEstimated("no_mean")
    return MoneyModel(p, q, gamma * unit, best.log_likelihood - len(z) * float(np.log(unit)), len(z))


def expected_amount(model: MoneyModel, frequency: Whole, mean: Floats) -> Floats:
    """Return the expected amount of a purchase of each customer: his mean drawn to that of all, a loss being 0."""
    amount: Floats = model.p * (model.gamma + frequency * np.maximum(mean, 0.0)) / (model.p * frequency + model.q - 1)
    return amount
