"""BG/NBD and MBG/NBD: how often customers come while they are ours, and whether they still are.

Fader, Hardie, Lee (2005), "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model",
Marketing Science 24(2): a customer buys at a constant rate (gamma over customers: r, alpha) and after each purchase
leaves for good with a constant probability (beta over customers: a, b). There nobody can leave after the first
purchase, so who came once is "alive" for ever. Batislam, Denizel, Filiztekin (2007), "Empirical validation and
comparison of models for customer base analysis", IJRM 24(3), let him leave after the first purchase too: MBG/NBD.

Both have one form in m, the number of times at which a customer could have left and came again: m = x in BG/NBD
(x: purchases after the first), m = x + 1 in MBG/NBD.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, digamma, expit, gammaln

from vernost.segments.rules.value.histories import Histories, Whole
from vernost.segments.rules.value.maximum import CannotBeEstimated, Maximum, maximise

Floats = NDArray[np.float64]
Kind = Literal["bg_nbd", "mbg_nbd"]
# How many times a customer can leave more often than he came again.
CHANCES: Final = {"bg_nbd": 0, "mbg_nbd": 1}

FEWEST_CUSTOMERS: Final = 30
FEWEST_REPEATERS: Final = 10
# Starts are compared on some of a large base.
_SAMPLE: Final = 10_000
_MOST_TERMS: Final = 100_000
_END: Final = 1e-10
_TINY: Final = 1e-300


@dataclass(frozen=True, slots=True)
class VisitModel:
    """Fitted parameters; `alpha` in weeks."""

    kind: Kind
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int

    @property
    def parameters(self) -> Floats:
        return np.array([self.r, self.alpha, self.a, self.b])


def log_likelihood(kind: Kind, parameters: Floats, known: Histories) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient by (r, alpha, a, b).

    Of one customer, with m as above (the second term of the sum is 0 where m = 0):
    ln G(r+x)/G(r) + r ln alpha + ln B(a, b+m)/B(a, b)
    + ln[(alpha+T)^-(r+x) + a/(b+m-1) (alpha+t_x)^-(r+x)].
    """
    r, alpha, a, b = parameters
    x = known.frequencies.values
    m = x + CHANCES[kind]
    longer, shorter = np.log(alpha + known.ages.values), np.log(alpha + known.recencies.values)
    odds = _gone_log_odds(kind, parameters, known.frequencies.values)
    times = longer[known.ages.at] - shorter[known.recencies.at]
    gone = odds[known.frequencies.at] + (r + x)[known.frequencies.at] * times
    is_gone = known.customers * expit(gone)
    of_times, of_ages = known.of_frequencies, known.of_ages
    x_longer = known.purchases_of_ages @ longer
    value = (
        of_times @ (gammaln(r + x) - gammaln(r) + gammaln(a + b) - gammaln(a + b + m) + gammaln(b + m) - gammaln(b))
        + known.count * r * np.log(alpha)
        - r * (of_ages @ longer)
        - x_longer
        + known.customers @ np.logaddexp(0.0, gone)
    )
    gone_of_times = np.bincount(known.frequencies.at, weights=is_gone, minlength=len(x))
    by_r = of_times @ (digamma(r + x) - digamma(r)) + known.count * np.log(alpha) - of_ages @ longer + is_gone @ times
    sooner = (1 / (alpha + known.ages.values))[known.ages.at] - (1 / (alpha + known.recencies.values))[
        known.recencies.at
    ]
    by_alpha = (
        known.count * r / alpha
        - (r * of_ages + known.purchases_of_ages) @ (1 / (alpha + known.ages.values))
        + is_gone @ ((r + x)[known.frequencies.at] * sooner)
    )
    spread = digamma(a + b) - digamma(a + b + m)
    by_a = of_times @ spread + gone_of_times.sum() / a
    left = np.divide(gone_of_times, b + m - 1, out=np.zeros(len(m)), where=m > 0)
    by_b = of_times @ (spread + digamma(b + m) - digamma(b)) - left.sum()
    return float(value), np.array([by_r, by_alpha, by_a, by_b])


def _gone_log_odds(kind: Kind, parameters: Floats, frequency: Whole | Floats) -> Floats:
    """Log-odds of having left, without the part of the times: (r+x) ln((alpha+T)/(alpha+t_x))."""
    _r, _alpha, a, b = parameters
    m = frequency + CHANCES[kind]
    odds = np.full(len(frequency), -np.inf)
    odds[m > 0] = np.log(a) - np.log(b + m[m > 0] - 1)
    return odds


def fit(kind: Kind, known: Histories, *, near: VisitModel | None = None) -> VisitModel | CannotBeEstimated:
    """Estimate by maximum likelihood, or say why that cannot be. `near`: what was found of a part of the base."""
    if known.count < FEWEST_CUSTOMERS:
        return CannotBeEstimated("too_few_customers")
    if known.rate <= 0:
        return CannotBeEstimated("nobody_came_twice" if known.age.max() > 0 else "no_time")
    if known.repeaters < FEWEST_REPEATERS:
        return CannotBeEstimated("too_few_customers")
    rate = known.rate
    sizes = np.array([1.0, 1.0 / rate, 1.0, 1.0])
    starts = [
        np.array([r, r / rate, a, b])
        for r, a, b in ((0.3, 0.8, 2.5), (1.0, 1.0, 3.0), (4.0, 0.5, 0.5), (2.0, 2.0, 12.0))
    ]
    if near is not None:
        starts = [near.parameters]
    elif len(known.customers) > 2 * _SAMPLE:
        some = _sample(known)
        found = maximise(lambda at: log_likelihood(kind, at, some), starts, sizes, some.count)
        # A sample may be too small to tell; then the whole base is asked from every start.
        starts = [found.parameters] if isinstance(found, Maximum) else starts
    best = maximise(lambda at: log_likelihood(kind, at, known), starts, sizes, known.count)
    if isinstance(best, CannotBeEstimated):
        return best
    r, alpha, a, b = map(float, best.parameters)
    return VisitModel(kind, r, alpha, a, b, best.log_likelihood, known.count)


def _sample(known: Histories) -> Histories:
    """Every so manieth history: rows are sorted, so all kinds are in it."""
    step = max(1, len(known.customers) // _SAMPLE)
    return Histories(known.frequency[::step], known.recency[::step], known.age[::step], known.customers[::step])


def p_alive(model: VisitModel, frequency: Whole, recency: Floats, age: Floats) -> Floats:
    """Return the probability that each customer has not left by the end of his `age` (weeks)."""
    times = np.log(model.alpha + age) - np.log(model.alpha + recency)
    gone = _gone_log_odds(model.kind, model.parameters, frequency) + (model.r + frequency) * times
    alive: Floats = expit(-gone)
    return alive


def p_visit(model: VisitModel, frequency: Whole, recency: Floats, age: Floats, weeks: float) -> Floats:
    """Return the probability of at least one purchase in the next `weeks`: who is alive leaves only after one."""
    still = (model.r + frequency) * (np.log(model.alpha + age) - np.log(model.alpha + age + weeks))
    some: Floats = p_alive(model, frequency, recency, age) * -np.expm1(still)
    return some


def expected_visits(model: VisitModel, frequency: Whole, recency: Floats, age: Floats, weeks: float) -> Floats:
    """Return the expected purchases in the next `weeks` (equation 10 of the paper, and its twin of MBG/NBD)."""
    expected: Floats = p_alive(model, frequency, recency, age) * visits_if_alive(model, frequency, age, weeks)
    return expected


def visits_if_alive(model: VisitModel, frequency: Whole, age: Floats, weeks: float) -> Floats:
    """Expected purchases of who is alive; each distinct (frequency, age) is computed once.

    Who never left would make N purchases, N negative binomial with r + x and z = t/(alpha+T+t); the j-th after now
    happens if he has not left at the j before, so the answer is the sum over j >= 0 of
    P(N > j) B(a, b'+j)/B(a, b'), b' = b + m. It equals the paper's equation 10, whose C/(a-1) [1 - ... 2F1] is 0/0 at
    a = 1 and loses its digits around it; here every term is positive.
    """
    span = int(frequency.max(initial=0)) + 1
    ages, where = np.unique(age, return_inverse=True)
    distinct, back = np.unique(where.astype(np.int64) * span + frequency, return_inverse=True)
    at, x = np.divmod(distinct, span)
    z = weeks / (model.alpha + ages[at] + weeks)
    stays = model.b + x + CHANCES[model.kind]
    expected: Floats = _sum_of_chances(model.r + x, z, stays, model.a)[back]
    return expected


def _sum_of_chances(shape: Floats, z: Floats, stays: Floats, leaves: float) -> Floats:
    total = np.zeros(len(z))
    # The terms fall at least as slowly as z^j: behind the mean the rest is like a geometric series.
    middle = shape * z / (1 - z)
    rows, before, weight = np.arange(len(z)), np.ones(len(z)), np.ones(len(z))
    for j in range(_MOST_TERMS):
        term = betainc(j + 1.0, shape[rows], z[rows]) * weight
        total[rows] += term
        falls = np.clip(np.maximum(z[rows], term / np.maximum(before, _TINY)), 0.0, 1 - _END)
        going = (j < middle[rows]) | (term * falls > _END * total[rows] * (1 - falls))
        if not going.any():
            break
        rows, before, weight = rows[going], term[going], weight[going]
        weight = weight * (stays[rows] + j) / (leaves + stays[rows] + j)
    return total
