"""How well a model foretold a period that was kept from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vernost.segments.rules.value.histories import DAYS_A_WEEK, Summary, Whole, summary
from vernost.segments.rules.value.prediction import Prediction, predict
from vernost.segments.rules.value.simple import SimpleRate
from vernost.segments.rules.value.visits import VisitModel

Floats = NDArray[np.float64]
# Frequencies from this on are one row of the table.
LAST_GROUP: Final = 7


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What was known on the day `until`, and the purchases of the same customers in the days after it up to `end`."""

    known: Summary
    actual: Whole
    until: int
    end: int

    @property
    def weeks(self) -> float:
        return (self.end - self.until) / DAYS_A_WEEK


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who had come `frequency` times again (the last group: so many or more), each figure a mean."""

    frequency: int
    customers: int
    actual: float
    expected: float
    came: float
    expected_to_come: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """Purchases in all, mean error of a customer's number of purchases, and the Brier score of "will come at all"."""

    customers: int
    actual: int
    expected: float
    mae: float
    brier: float
    groups: tuple[Group, ...]


def held_out(customer: Whole, day: Whole, amount: Floats, *, until: int, end: int) -> HeldOut:
    """Part purchases at the day `until`; those who first came later are nobody's prediction."""
    known = summary(customer, day, amount, until=until)
    return HeldOut(known, later(known, customer, day, until=until, end=end), until, end)


def later(known: Summary, customer: Whole, day: Whole, *, until: int, end: int) -> Whole:
    """Count the days with a purchase after `until` and up to `end` of each known customer."""
    some = (day > until) & (day <= end) & np.isin(customer, known.customer)
    customers, days = customer[some], day[some]
    order = np.lexsort((days, customers))
    customers, days = customers[order], days[order]
    is_new = np.ones(len(customers), dtype=bool)
    is_new[1:] = (customers[1:] != customers[:-1]) | (days[1:] != days[:-1])
    places = np.searchsorted(known.customer, customers[is_new])
    return np.bincount(places, minlength=len(known.customer)).astype(np.int64)


def assess(model: VisitModel | SimpleRate, kept: HeldOut) -> Assessment | None:
    """Return None where there was nobody to foretell."""
    if not len(kept.known.customer):
        return None
    told = predict(model, kept.known, kept.weeks)
    return Assessment(
        customers=len(kept.actual),
        actual=int(kept.actual.sum()),
        expected=float(told.visits.sum()),
        mae=float(np.abs(told.visits - kept.actual).mean()),
        brier=float(squared_errors(told, kept).mean()),
        groups=tuple(_groups(told, kept)),
    )


def squared_errors(told: Prediction, kept: HeldOut) -> Floats:
    """Return (probability of coming - whether he came) squared for each customer."""
    errors: Floats = (told.p_visit - (kept.actual > 0)) ** 2
    return errors


def _groups(told: Prediction, kept: HeldOut) -> list[Group]:
    group = np.minimum(kept.known.frequency, LAST_GROUP)
    size = np.bincount(group, minlength=LAST_GROUP + 1)

    def mean(values: NDArray[np.float64]) -> Mapping[int, float]:
        sums = np.bincount(group, weights=values, minlength=LAST_GROUP + 1)
        return {number: float(sums[number] / size[number]) for number in range(LAST_GROUP + 1) if size[number]}

    actual, expected = mean(kept.actual.astype(np.float64)), mean(told.visits)
    came, to_come = mean((kept.actual > 0).astype(np.float64)), mean(told.p_visit)
    return [Group(each, int(size[each]), actual[each], expected[each], came[each], to_come[each]) for each in actual]
