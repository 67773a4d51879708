"""What is said of customers where no model can be estimated: their own rate, drawn to that of all."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vernost.segments.rules.value.histories import Summary

Floats = NDArray[np.float64]
# The rate of all weighs as much as this many weeks of the customer's own.
PRIOR_WEEKS: Final = 52.0
# The mean amount of all weighs as much as this many purchases of the customer's own.
PRIOR_PURCHASES: Final = 3


@dataclass(frozen=True, slots=True)
class SimpleRate:
    """`per_week`: purchases after the first over weeks since the first, of all customers together."""

    per_week: float
    customers: int
    kind: str = "simple_rate"


@dataclass(frozen=True, slots=True)
class SimpleAmount:
    mean: float
    customers: int


def rate_of(known: Summary) -> SimpleRate:
    weeks = float(known.age.sum())
    return SimpleRate(float(known.frequency.sum()) / weeks if weeks > 0 else 0.0, len(known.customer))


def amount_of(known: Summary) -> SimpleAmount:
    """Return the mean amount of purchases after the first, of all customers together; 0 where nobody came again."""
    purchases = int(known.frequency.sum())
    total = float(known.frequency @ known.mean)
    return SimpleAmount(total / purchases if purchases else 0.0, len(known.customer))


def expected_visits(rate: SimpleRate, known: Summary, weeks: float) -> Floats:
    expected: Floats = (known.frequency + rate.per_week * PRIOR_WEEKS) / (known.age + PRIOR_WEEKS) * weeks
    return expected


def expected_amount(amount: SimpleAmount, known: Summary) -> Floats:
    drawn: Floats = (known.frequency * known.mean + PRIOR_PURCHASES * amount.mean) / (known.frequency + PRIOR_PURCHASES)
    return np.maximum(drawn, 0.0)
