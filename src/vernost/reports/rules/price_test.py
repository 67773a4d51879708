"""The norm-hour price laboratory: whose cars are in which arm, what they brought, and what the price did.

The arms are drawn on the eve of the test and kept whoever comes and whatever he pays (intention to treat). Every
estimate is a sum of what single customers add to it (its influence values), so that one formula serves means per car,
their differences, differences in differences and logarithms of ratios, and all cars of a customer are one cluster:
Cochran, "Sampling Techniques" (1977), section 6; Deng, Knoblich, Lu, "Applying the Delta Method in Metric Analytics"
(KDD 2018). The two arms are independent and need not vary alike (Welch 1947).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from math import log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from vernost.core.fact_table import Tables
from vernost.reports.rules.figures import Z95, Interval

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table

Floats = NDArray[np.float64]

TEST, CONTROL = "test", "control"
FIGURES: Final = ("visits", "labour_hundredths", "revenue", "margin")
SUMS: Final = (*FIGURES, "paid_hundredths", "labour_revenue")
# Whole weeks, so that the period a year before has the same weekdays.
YEAR_BEFORE: Final = timedelta(days=364)
# Who has not come for so long belongs to no branch any more.
COMES_WITHIN: Final = timedelta(days=1095)
CUSTOMERS_NEEDED: Final = 100
CAME_NEEDED: Final = 30
# A share of the margin that falls by more stops a test.
GUARDRAIL_PERCENT: Final = 10


class Draw(StrEnum):
    """What the arms are made of."""

    BRANCHES = "branches"
    CUSTOMERS = "customers"


class Verdict(StrEnum):
    NOT_ENOUGH_DATA = "not_enough_data"
    STOP = "stop"
    GAIN = "gain"
    LOSS = "loss"
    NO_PROOF = "no_proof"


@dataclass(frozen=True, slots=True)
class Trial:
    """Whose price is tried, and when; both days included.

    Of branches: `control_branches` keep their price. Of customers: `share` basis points of those of `test_branches` get
    the trial price, drawn by a hash of `code`. `make` and `model` are folded as the mirror has them; an age is the year
    of the start less that of the car.
    """

    code: str
    start: date
    end: date
    draw: Draw
    test_branches: frozenset[int]
    control_branches: frozenset[int] = frozenset()
    share: int = 5_000
    make: str = ""
    model: str = ""
    age_from: int | None = None
    age_to: int | None = None

    @property
    def compares_with_before(self) -> bool:
        """Tell whether arms may differ from the outset, so that their change is compared and not their level."""
        return self.draw is Draw.BRANCHES

    def period(self, as_of: date) -> tuple[date, date]:
        """Return what has passed of the test by the end of a day; before the start the last day is before the first."""
        return self.start, min(self.end, max(as_of, self.start - timedelta(days=1)))

    def period_before(self, as_of: date) -> tuple[date, date]:
        start, end = self.period(as_of)
        return start - YEAR_BEFORE, end - YEAR_BEFORE


def cohort(tables: Tables, trial: Trial, *, people: "Table | None" = None) -> "Table":
    """Return vehicle_id, customer_id and arm of every car of the test as of its eve.

    A customer is in the arm of the branch where he last came with such a car, in 1095 days; all of his cars of the
    segment are. `people` leaves the cars of these customers only.
    """
    from vernost.facts import visits  # noqa: PLC0415 - half a second that a process without figures saves

    cars = _cars(tables, trial)
    if people is not None:
        cars = cars.semi_join(people, "customer_id")
    eve = trial.start - timedelta(days=1)
    came = visits.vehicle_visits(tables, eve)
    came = came.filter(came.on >= eve - COMES_WITHIN).drop("customer_id")
    homes = visits.last_visits(came.inner_join(cars, "vehicle_id"), "customer_id")
    refs = tables.table("customers").select("customer_id", "ref")
    homes = homes.inner_join(refs, "customer_id")
    homes = homes.mutate(arm=_arm(trial, homes))
    return cars.inner_join(homes.filter(homes.arm.notnull()).select("customer_id", "arm"), "customer_id")


def _cars(tables: Tables, trial: Trial) -> "Table":
    from vernost.facts import cars  # noqa: PLC0415 - as above

    eve = trial.start - timedelta(days=1)
    known = tables.table("vehicles")
    # Scrapped without a day is scrapped on every one.
    known = known.filter(
        known.scrapped.isnull() | ~known.scrapped, known.scrapped_on.isnull() | (known.scrapped_on > eve)
    )
    if trial.make:
        known = known.filter(known.make_key == trial.make)
    if trial.model:
        known = known.filter(known.model_key == trial.model)
    if trial.age_from is not None:
        known = known.filter(known.year <= trial.start.year - trial.age_from)
    if trial.age_to is not None:
        known = known.filter(known.year >= trial.start.year - trial.age_to)
    owned = cars.owners(tables, eve).semi_join(known, "vehicle_id")
    # Of owners whose days overlap the later one has it.
    latest = owned.customer_id.argmax(owned.owned_from.fill_null(date(1, 1, 1)))
    return owned.group_by("vehicle_id").aggregate(customer_id=latest)


def _arm(trial: Trial, homes: "Table") -> "StringValue":
    import ibis  # noqa: PLC0415 - as above

    from vernost.invitations.rules.control import bucket_of  # noqa: PLC0415 - it imports Ibis

    nothing = ibis.null("string")
    in_test = homes.last_branch_id.isin(sorted(trial.test_branches))
    if trial.draw is Draw.BRANCHES:
        in_control = homes.last_branch_id.isin(sorted(trial.control_branches))
        arm = ibis.cases((in_test, TEST), (in_control, CONTROL), else_=nothing)
    else:
        text = ibis.literal("price-test|") + homes.ref + ibis.literal(f"|{trial.code}")
        drawn = (bucket_of(text) < trial.share).ifelse(TEST, CONTROL)
        arm = in_test.ifelse(drawn, nothing)
    found: StringValue = arm
    return found


def orders(tables: Tables, cars: "Table", start: date, end: date) -> "Table":
    """Return the counted orders of the cohort's cars on the days, whoever brought them and wherever.

    Columns: order_id, customer_id (the arm's), vehicle_id, arm, on, and `SUMS` without visits (kopecks, hundredths).
    """
    from vernost.reports.rules.pivot import star  # noqa: PLC0415 - as above

    done = tables.table("visits")
    done = done.filter(done.on.between(start, end)).drop("customer_id")
    done = done.select("order_id", "vehicle_id", "on", "revenue", "margin").inner_join(cars, "vehicle_id")
    works = star.line_money(tables)
    works = works.filter(works.line_kind == "labour", works.on.between(start, end))
    paid = works.revenue > 0
    hours = works.group_by(of_order="order_id").aggregate(
        labour_hundredths=works.labour_hundredths.sum().cast("int64"),
        paid_hundredths=paid.ifelse(works.labour_hundredths, 0).sum().cast("int64"),
        labour_revenue=works.revenue.sum().cast("int64"),
    )
    rows = done.left_join(hours, [("order_id", "of_order")])
    labour = {name: rows[name].fill_null(0) for name in ("labour_hundredths", "paid_hundredths", "labour_revenue")}
    return rows.select("order_id", "customer_id", "vehicle_id", "arm", "on", "revenue", "margin", **labour)


def brought(tables: Tables, cars: "Table", start: date, end: date) -> "Table":
    """Return a row for every customer of the cohort: customer_id, arm, cars, and `SUMS` of the days; zeros too."""
    made = orders(tables, cars, start, end)
    money = [name for name in SUMS if name != "visits"]
    days = made.group_by("customer_id", "vehicle_id", "on").aggregate(**{name: made[name].sum() for name in money})
    sums = days.group_by(who="customer_id").aggregate(
        visits=days.count(), **{name: days[name].sum().cast("int64") for name in money}
    )
    people = cars.group_by("customer_id", "arm").aggregate(cars=cars.count())
    rows = people.left_join(sums, [("customer_id", "who")])
    return rows.select("customer_id", "arm", "cars", **{name: rows[name].fill_null(0) for name in SUMS})


@dataclass(frozen=True, slots=True)
class Sample:
    """One arm: an element a customer. `cars` of his in the test, what they brought in it and in the period before."""

    cars: Floats
    now: Mapping[str, Floats]
    before: Mapping[str, Floats]

    @property
    def customers(self) -> int:
        return len(self.cars)

    @property
    def came(self) -> int:
        return int((self.now["visits"] > 0).sum())

    def total(self, figure: str, *, before: bool = False) -> int:
        return int((self.before if before else self.now)[figure].sum())

    def a_car(self, figure: str, *, before: bool = False) -> float | None:
        cars = self.cars.sum()
        return float((self.before if before else self.now)[figure].sum() / cars) if cars else None

    @property
    def price(self) -> float | None:
        """Kopecks of an hour that somebody paid for: what the price really was, discounts and all."""
        hours = self.total("paid_hundredths")
        return self.total("labour_revenue") * 100 / hours if hours else None


@dataclass(frozen=True, slots=True)
class Effect:
    """What the price did to a figure of a car; `percent` of what it would have been."""

    a_car: Interval
    percent: float | None


def enough_data(test: Sample, control: Sample) -> bool:
    """An arm under 100 customers, or with under 30 of them who came, says nothing."""
    arms = (test, control)
    return min(arm.customers for arm in arms) >= CUSTOMERS_NEEDED and min(arm.came for arm in arms) >= CAME_NEEDED


def effect(test: Sample, control: Sample, figure: str, *, compares_with_before: bool) -> Effect:
    """Return the difference of the arms' means per car, or of their changes since the period before."""
    treated, treated_parts = _mean(test, figure, compares_with_before=compares_with_before)
    usual, usual_parts = _mean(control, figure, compares_with_before=compares_with_before)
    value = treated - usual
    expected = (test.a_car(figure) or 0.0) - value
    return Effect(_interval(value, treated_parts, usual_parts), 100 * value / expected if expected > 0 else None)


def _mean(arm: Sample, figure: str, *, compares_with_before: bool) -> tuple[float, Floats]:
    value, parts = _ratio(arm.now[figure], arm.cars)
    if not compares_with_before:
        return value, parts
    earlier, earlier_parts = _ratio(arm.before[figure], arm.cars)
    return value - earlier, parts - earlier_parts


def _ratio(values: Floats, cars: Floats) -> tuple[float, Floats]:
    """Return Σ values / Σ cars and what each customer adds to its error."""
    total = cars.sum()
    mean = float(values.sum() / total)
    return mean, (values - mean * cars) / total


def _interval(value: float, *arms: Floats) -> Interval:
    half = Z95 * sqrt(sum(len(parts) / (len(parts) - 1) * float(parts @ parts) for parts in arms))
    return Interval(value, value - half, value + half)


def elasticity(
    test: Sample, control: Sample, *, before: Decimal, trial: Decimal, compares_with_before: bool
) -> Interval | None:
    """Return by how many per cent labour hours a car change with 1 % of the price; None where an arm has no hours.

    The difference of the logarithms of hours a car, over the logarithm of the ratio of the prices.
    """
    logs: list[tuple[float, Floats]] = []
    for arm in (test, control):
        found = _log_mean(arm.now, arm.cars)
        if found is not None and compares_with_before:
            earlier = _log_mean(arm.before, arm.cars)
            found = None if earlier is None else (found[0] - earlier[0], found[1] - earlier[1])
        if found is None:
            return None
        logs.append(found)
    step = log(trial / before)
    (treated, treated_parts), (usual, usual_parts) = logs
    return _interval((treated - usual) / step, treated_parts / step, usual_parts / step)


def _log_mean(sums: Mapping[str, Floats], cars: Floats) -> tuple[float, Floats] | None:
    hours, parts = _ratio(sums["labour_hundredths"], cars)
    return (log(hours), parts / hours) if hours > 0 else None


def verdict(test: Sample, control: Sample, margin: Effect | None, *, guardrail: Decimal) -> Verdict:
    """Judge by the margin of a car; it falls by more than `guardrail` %, its interval below 0: stop."""
    if margin is None or not enough_data(test, control):
        return Verdict.NOT_ENOUGH_DATA
    if margin.a_car.high < 0:
        beyond = margin.percent is None or margin.percent < -float(guardrail)
        return Verdict.STOP if beyond else Verdict.LOSS
    return Verdict.GAIN if margin.a_car.low > 0 else Verdict.NO_PROOF
