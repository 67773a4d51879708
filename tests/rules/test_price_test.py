"""The norm-hour price laboratory: arms and figures by hand, and effects that were planted and must be found."""

from datetime import date, timedelta
from decimal import Decimal
from math import log, sqrt

import numpy as np
import pytest
from tests.rules.base import Base

from vernost import facts
from vernost.core.actor import Actor, system
from vernost.invitations.rules.control import bucket
from vernost.reports.catalogue import discover
from vernost.reports.catalogue.price_test import UnknownBranch
from vernost.reports.rules import price_test as rules
from vernost.reports.rules.figures import Z95
from vernost.reports.rules.price_test import CONTROL, SUMS, TEST, Draw, Sample, Trial, Verdict

START, END = date(2026, 9, 1), date(2026, 11, 1)
KAZAN, SAMARA = 1, 2


def trial(**more):
    values = {
        "code": "7",
        "start": START,
        "end": END,
        "draw": Draw.BRANCHES,
        "test_branches": frozenset({KAZAN}),
        "control_branches": frozenset({SAMARA}),
    }
    return Trial(**{**values, **more})


def came(base, vehicle_id, on, *, hours=1.0, branch=KAZAN, revenue=300_000, **more):
    base.visit(on, vehicle_id=vehicle_id, branch_id=branch, revenue=revenue, margin=revenue // 2, **more)
    return base.line(kind="labour", quantity=hours, amount=revenue, cost=0, paid=True)


def a_base():
    """Kazan's Ivanov with two cars and Samara's Reis with one, all Haval of 2019; a Lada and a young Haval beside."""
    base = Base()
    for branch, ref in ((KAZAN, "K"), (SAMARA, "S")):
        base.add("branches", branch_id=branch, ref=ref, name=ref, pays_vat=False)
    for customer, cars in ((10, (1, 2)), (20, (3,)), (30, (4,)), (40, (5,))):
        base.customer(customer)
        for car in cars:
            base.car(car, owner=customer, make_key="lada" if car == 4 else "haval", year=2025 if car == 5 else 2019)
    came(base, 1, date(2026, 8, 1), customer_id=10)
    came(base, 3, date(2026, 8, 2), customer_id=20, branch=SAMARA)
    came(base, 4, date(2026, 8, 3), customer_id=30)
    came(base, 5, date(2026, 8, 4), customer_id=40)
    return base


def arms(base, **more):
    rows = rules.cohort(facts.of_rows(base.rows), trial(**more)).to_pyarrow().to_pylist()
    return {row["vehicle_id"]: (row["customer_id"], row["arm"]) for row in rows}


def test_cars_of_the_segment_are_in_the_arm_of_their_owners_branch():
    assert arms(a_base(), make="haval", age_from=5) == {1: (10, TEST), 2: (10, TEST), 3: (20, CONTROL)}
    assert set(arms(a_base())) == {1, 2, 3, 4, 5}
    assert set(arms(a_base(), age_to=4)) == {5}
    assert arms(a_base(), make="haval", model="jolion") == {}


def test_the_arm_is_that_of_the_eve_whatever_comes_after():
    base = came(a_base(), 1, date(2026, 9, 2), customer_id=10, branch=SAMARA)
    assert arms(base)[1] == (10, TEST)
    moved = came(a_base(), 2, date(2026, 8, 31), customer_id=10, branch=SAMARA)
    assert arms(moved)[1] == arms(moved)[2] == (10, CONTROL)


def test_a_scrapped_car_is_in_no_arm():
    base = a_base()
    for car, gone in ((5, {"scrapped": True}), (3, {"scrapped_on": date(2026, 8, 31)}), (2, {"scrapped_on": START})):
        next(row for row in base.rows["vehicles"] if row["vehicle_id"] == car).update(gone)
    assert set(arms(base)) == {1, 2, 4}


def test_who_has_not_come_for_three_years_is_in_no_arm():
    eve = START - timedelta(days=1)
    base = Base()
    for car, days in ((1, 1095), (2, 1096)):
        base.customer(car * 10).car(car, owner=car * 10, year=2015)
        came(base, car, eve - timedelta(days=days), customer_id=car * 10)
    assert set(arms(base)) == {1}


def test_customers_are_drawn_by_the_hash_of_the_test():
    base = Base()
    for number in range(1, 301):
        base.customer(number).car(number, owner=number, year=2019)
        came(base, number, date(2026, 8, 1), customer_id=number)
    drawn = arms(base, draw=Draw.CUSTOMERS, control_branches=frozenset(), share=3_000)
    expected = {n: (n, TEST if bucket("price-test", f"C-{n}", "7") < 3_000 else CONTROL) for n in range(1, 301)}
    assert drawn == expected
    assert arms(base, draw=Draw.CUSTOMERS, code="8", share=3_000) != drawn


def brought(base, start=START, end=END):
    con = facts.of_rows(base.rows)
    rows = rules.brought(con, rules.cohort(con, trial(make="haval", age_from=5)), start, end)
    return {row.pop("customer_id"): row for row in rows.to_pyarrow().to_pylist()}


def test_what_cars_brought_counts_wherever_they_came():
    base = a_base()
    came(base, 1, date(2026, 9, 5), customer_id=10, hours=1.5)
    came(base, 1, date(2026, 9, 5), customer_id=10, hours=0.5, revenue=100_000)
    came(base, 2, date(2026, 11, 1), customer_id=99, branch=SAMARA)
    came(base, 2, date(2026, 11, 2), customer_id=10)
    came(base, 4, date(2026, 9, 6), customer_id=30)
    base.visit(date(2026, 9, 7), vehicle_id=1, branch_id=KAZAN, kind="warranty").line(
        kind="labour", quantity=2, amount=500_000, cost=0, paid=False
    )
    nothing = dict.fromkeys(SUMS, 0)
    assert brought(base) == {
        10: {
            "arm": TEST,
            "cars": 2,
            "visits": 3,
            "labour_hundredths": 500,
            "revenue": 700_000,
            "margin": 350_000,
            "paid_hundredths": 300,
            "labour_revenue": 700_000,
        },
        20: {"arm": CONTROL, "cars": 1, **nothing},
    }


def sample(cars, before=None, **now):
    empty = np.zeros(len(cars))
    return Sample(
        np.asarray(cars, float),
        {name: np.asarray(now.get(name, empty), float) for name in SUMS},
        {name: np.asarray((before or {}).get(name, empty), float) for name in SUMS},
    )


# The example of docs/algorithms/price-test.md.
KAZAN_ARM = sample([1, 1, 2], margin=[6_000, 0, 6_000], before={"margin": [4_000, 2_000, 6_000]})
SAMARA_ARM = sample([1, 1], margin=[5_000, 3_000], before={"margin": [4_000, 2_000]})


def test_the_example_of_the_page_levels():
    found = rules.effect(KAZAN_ARM, SAMARA_ARM, "margin", compares_with_before=False)
    # Errors of the customers: (3000, −3000, 0) / 4 and (1000, −1000) / 2.
    error = sqrt(3 / 2 * 2 * 750**2 + 2 / 1 * 2 * 500**2)
    assert (found.a_car.value, found.percent) == (-1_000, -25.0)
    assert (found.a_car.low, found.a_car.high) == pytest.approx((-1_000 - Z95 * error, -1_000 + Z95 * error))


def test_the_example_of_the_page_changes():
    found = rules.effect(KAZAN_ARM, SAMARA_ARM, "margin", compares_with_before=True)
    error = sqrt(3 / 2 * 2 * 500**2)
    # 3000 − 3000 in Kazan, 4000 − 3000 in Samara; Kazan's errors are (2000, −2000, 0) / 4, Samara has none.
    assert (found.a_car.value, found.percent) == (-1_000, -25.0)
    assert (found.a_car.low, found.a_car.high) == pytest.approx((-1_000 - Z95 * error, -1_000 + Z95 * error))


PRICES = {"before": Decimal(3000), "trial": Decimal(3300)}
SLOPE = -0.8


def simulated(generator, customers, *, price=1.0, slope=SLOPE, level=1.0):
    """An arm whose customers differ in how often they come, with one to three cars and one rate for all of them."""
    cars = generator.integers(1, 4, customers).astype(float)
    habit = generator.gamma(1.0, 1.2 * level, customers)
    now, before = {}, {}
    for sums, factor in ((now, price), (before, 1.0)):
        visits = generator.poisson(habit * cars * factor**slope)
        hours = generator.gamma(np.maximum(visits * 2.0, 1e-9), 60.0) * (visits > 0)
        revenue = hours * 3_000 * factor
        sums.update(
            visits=visits, labour_hundredths=hours, revenue=revenue, margin=revenue * 0.4,
            paid_hundredths=hours, labour_revenue=revenue,
        )  # fmt: skip
    return Sample(cars, now, before)


# Of a car: 1.2 visits of 2 × 60 hundredths, at 3000 kopecks a hundredth, 40 % of it margin.
USUAL_MARGIN = 1.2 * 120 * 3_000 * 0.4


@pytest.mark.parametrize("compares_with_before", [False, True])
@pytest.mark.parametrize("slope", [SLOPE, -1.6])
def test_planted_elasticity_is_recovered_and_the_intervals_hold_it(compares_with_before, slope):
    generator = np.random.default_rng(11)
    runs, in_slope, in_margin, slopes = 400, 0, 0, []
    level = 1.3 if compares_with_before else 1.0
    # Arms of branches begin unlike; the test arm's own level is what the price acts on.
    planted = USUAL_MARGIN * level * (1.1 ** (1 + slope) - 1)
    for _ in range(runs):
        test = simulated(generator, 600, price=1.1, slope=slope, level=level)
        control = simulated(generator, 600)
        found = rules.elasticity(test, control, **PRICES, compares_with_before=compares_with_before)
        margin = rules.effect(test, control, "margin", compares_with_before=compares_with_before).a_car
        slopes.append(found.value)
        in_slope += found.low <= slope <= found.high
        in_margin += margin.low <= planted <= margin.high
    assert 0.92 <= in_slope / runs <= 0.98
    assert 0.92 <= in_margin / runs <= 0.98
    assert np.mean(slopes) == pytest.approx(slope, abs=3 * np.std(slopes) / sqrt(runs))


@pytest.mark.parametrize("compares_with_before", [False, True])
def test_a_price_that_does_nothing_is_rarely_believed_to(compares_with_before):
    generator = np.random.default_rng(5)
    believed = {Verdict.GAIN, Verdict.LOSS, Verdict.STOP}
    runs, alarms = 2_000, 0
    for _ in range(runs):
        test, control = (simulated(generator, 150) for _ in (TEST, CONTROL))
        margin = rules.effect(test, control, "margin", compares_with_before=compares_with_before)
        alarms += rules.verdict(test, control, margin, guardrail=Decimal(10)) in believed
    assert alarms / runs <= 0.065


def test_verdicts():
    def judged(low, value, high, percent, customers=100, visits=30):
        arm = sample(np.ones(customers), visits=np.arange(customers) < visits)
        effect = rules.Effect(rules.Interval(value, low, high), percent)
        return rules.verdict(arm, sample(np.ones(100), visits=np.ones(100)), effect, guardrail=Decimal(10))

    assert judged(-30, -20, -10, -10.1) is Verdict.STOP
    assert judged(-30, -20, -10, -10.0) is Verdict.LOSS
    assert judged(-30, -20, 0, -50.0) is Verdict.NO_PROOF
    assert judged(1, 2, 3, 5.0) is Verdict.GAIN
    assert judged(-30, -20, -10, -50.0, customers=99) is Verdict.NOT_ENOUGH_DATA
    assert judged(-30, -20, -10, -50.0, visits=29) is Verdict.NOT_ENOUGH_DATA


def test_no_hours_have_no_elasticity():
    arm = sample([1, 1], labour_hundredths=[100, 100])
    assert rules.elasticity(arm, sample([1, 1]), **PRICES, compares_with_before=False) is None
    found = rules.elasticity(arm, arm, before=Decimal(1), trial=Decimal(2), compares_with_before=False)
    assert found is not None
    assert found.value == log(1) / log(2)


def test_the_period_grows_with_the_days_and_its_twin_a_year_before_with_it():
    test = trial()
    assert test.period(date(2026, 9, 30)) == (START, date(2026, 9, 30))
    assert test.period(date(2027, 1, 1)) == (START, END)
    assert test.period(date(2026, 8, 1)) == (START, date(2026, 8, 31))
    assert test.period_before(date(2026, 9, 30)) == (date(2025, 9, 2), date(2025, 10, 1))


def report(base, *, actor=None, **params):
    found = discover()["price-test"]
    values = {"as_of": END, "start": START, "end": END, "test": "K", "control": "S", "make": " Haval "}
    asked = found.Params(**{**values, **params})
    return [dict(row) for row in found.rows(facts.of_rows(base.rows), asked, actor=actor or system("test"))]


def test_the_report_tells_both_arms():
    base = came(a_base(), 1, date(2026, 9, 5), customer_id=10, hours=1.5)
    visits, hours, revenue, margin = report(base, age_from=5)
    nothing = dict.fromkeys(("test_before", "control_before"), 0)
    unknown = dict.fromkeys(("effect", "effect_from", "effect_to", "effect_percent")) | {"verdict": "not_enough_data"}
    assert visits == {"figure": "visits", "test": 0.5, "control": 0, **nothing, **unknown}
    assert hours == {"figure": "labour_hours", "test": 0.75, "control": 0, **nothing, **unknown}
    assert revenue == {"figure": "revenue", "test": 1500, "control": 0, **nothing, **unknown}
    assert margin == {"figure": "margin", "test": 750, "control": 0, **nothing, **unknown}
    with pytest.raises(UnknownBranch):
        report(base, test="X")


def test_the_report_sees_what_the_actor_sees():
    base = came(a_base(), 1, date(2026, 9, 5), customer_id=10)
    seen = report(base, actor=Actor(code="test", branch_ids=frozenset({SAMARA})))
    assert [row["test"] for row in seen] == [None, None, None, None]
