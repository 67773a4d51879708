"""What is expected of each customer, by a model or, where none can be estimated, by a simple rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vernost.segments.rules.value import money, simple, visits
from vernost.segments.rules.value.histories import Summary
from vernost.segments.rules.value.money import MoneyModel
from vernost.segments.rules.value.simple import SimpleAmount, SimpleRate
from vernost.segments.rules.value.visits import VisitModel

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prediction:
    """An item a customer. `p_alive` is NaN where only a simple rate is known: it tells nobody from the dead."""

    p_alive: Floats
    p_visit: Floats
    visits: Floats


def predict(model: VisitModel | SimpleRate, known: Summary, weeks: float) -> Prediction:
    if isinstance(model, SimpleRate):
        expected = simple.expected_visits(model, known, weeks)
        return Prediction(np.full(len(expected), np.nan), -np.expm1(-expected), expected)
    of = (known.frequency, known.recency, known.age)
    return Prediction(
        visits.p_alive(model, *of), visits.p_visit(model, *of, weeks), visits.expected_visits(model, *of, weeks)
    )


def amounts(model: MoneyModel | SimpleAmount, known: Summary) -> Floats:
    """Return what a visit of each customer is expected to bring."""
    if isinstance(model, SimpleAmount):
        return simple.expected_amount(model, known)
    return money.expected_amount(model, known.frequency, known.mean)
