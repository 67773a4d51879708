"""What the models see of customers, each distinct history once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Column:
    """Distinct values, and where the value of each row stands among them."""

    values: Floats
    at: Whole


def _column(values: NDArray[Any]) -> Column:
    distinct, at = np.unique(values, return_inverse=True)
    return Column(distinct.astype(np.float64), at.astype(np.int64))


@dataclass(frozen=True)
class Histories:
    """A row for each distinct history; `customers` tells how many have it. Times in weeks.

    A million customers have some thousand distinct times: what depends on one of them is computed once for each.
    """

    frequency: Whole
    recency: Floats
    age: Floats
    customers: Floats

    @cached_property
    def frequencies(self) -> Column:
        return _column(self.frequency)

    @cached_property
    def recencies(self) -> Column:
        return _column(self.recency)

    @cached_property
    def ages(self) -> Column:
        return _column(self.age)

    @cached_property
    def of_frequencies(self) -> Floats:
        """Customers of each distinct frequency."""
        return np.bincount(self.frequencies.at, weights=self.customers).astype(np.float64)

    @cached_property
    def of_ages(self) -> Floats:
        """Customers of each distinct age."""
        return np.bincount(self.ages.at, weights=self.customers).astype(np.float64)

    @cached_property
    def purchases_of_ages(self) -> Floats:
        """Purchases after the first of the customers of each distinct age."""
        return np.bincount(self.ages.at, weights=self.customers * self.frequency).astype(np.float64)

    @property
    def count(self) -> int:
        return int(self.customers.sum())

    @property
    def repeaters(self) -> int:
        return int(self.customers[self.frequency > 0].sum())

    @property
    def rate(self) -> float:
        """Purchases after the first, per customer and week; 0 where no time has passed."""
        weeks = float(self.customers @ self.age)
        return float(self.customers @ self.frequency) / weeks if weeks > 0 else 0.0


def histories(frequency: Whole, recency_days: Whole, age_days: Whole) -> Histories:
    """Count equal histories; one array item a customer, times in whole days, 0 <= recency <= age."""
    if not len(frequency):
        nothing = np.zeros(0)
        return Histories(np.zeros(0, dtype=np.int64), nothing, nothing, nothing)
    days = int(age_days.max()) + 1
    packed = (np.asarray(frequency, dtype=np.int64) * days + recency_days) * days + age_days
    distinct, customers = np.unique(packed, return_counts=True)
    rest, age = np.divmod(distinct, days)
    times, recency = np.divmod(rest, days)
    return Histories(times, recency / DAYS_A_WEEK, age / DAYS_A_WEEK, customers.astype(np.float64))


@dataclass(frozen=True, slots=True)
class Summary:
    """A row a customer: `frequency`, times in days, and the mean amount of a day after the first (0 without one)."""

    customer: Whole
    frequency: Whole
    recency_days: Whole
    age_days: Whole
    mean: Floats

    def histories(self) -> Histories:
        return histories(self.frequency, self.recency_days, self.age_days)

    @property
    def recency(self) -> Floats:
        weeks: Floats = self.recency_days / DAYS_A_WEEK
        return weeks

    @property
    def age(self) -> Floats:
        weeks: Floats = self.age_days / DAYS_A_WEEK
        return weeks


def summary(customer: Whole, day: Whole, amount: Floats, *, until: int) -> Summary:
    """Sum up purchases up to the day `until`: a row for each customer with one, in the order of their numbers.

    `customer` and `day` are any whole numbers; several rows of one customer and day are one purchase.
    """
    upto = day <= until
    customer, day, amount = customer[upto], day[upto], amount[upto]
    order = np.lexsort((day, customer))
    customer, day, amount = customer[order], day[order], amount[order]
    is_new = np.ones(len(customer), dtype=bool)
    is_new[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    starts = np.flatnonzero(is_new)
    money = np.add.reduceat(amount, starts) if len(starts) else amount
    customer, day = customer[starts], day[starts]
    names, first, days = np.unique(customer, return_index=True, return_counts=True)
    last = first + days - 1
    total = np.add.reduceat(money, first) if len(first) else money
    repeats = days - 1
    mean = np.divide(total - money[first], repeats, out=np.zeros(len(names)), where=repeats > 0)
    return Summary(names, repeats, day[last] - day[first], until - day[first], mean)
