"""BG/NBD, MBG/NBD and Gamma-Gamma against simulation, against integrals, and on input that has no estimate."""

import time

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import check_grad
from scipy.special import roots_genlaguerre, roots_jacobi
from tests.simulated import customers, mean_amounts

from vernost.segments.rules.value import money, visits
from vernost.segments.rules.value.histories import histories, summary
from vernost.segments.rules.value.maximum import CannotBeEstimated
from vernost.segments.rules.value.visits import VisitModel

KINDS = ("bg_nbd", "mbg_nbd")
# Customers of a garage: a visit in some 50 weeks, half of them gone after a few.
GARAGE = (1.2, 60.0, 0.6, 2.0)


def model(kind, r=1.2, alpha=60.0, a=0.6, b=2.0):
    return VisitModel(kind, r, alpha, a, b, 0.0, 0)


def arrays(x, recency, age):
    return np.array([x]), np.array([float(recency)]), np.array([float(age)])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_known_parameters_are_recovered(kind, seed):
    known, _alive = customers(kind, GARAGE, count=40_000, weeks=400, seed=seed)
    found = visits.fit(kind, known.histories())
    assert np.abs(np.log(found.parameters / GARAGE)).max() < 0.15


@pytest.mark.parametrize("kind", KINDS)
def test_of_those_who_are_alive_with_a_probability_so_many_are(kind):
    known, alive = customers(kind, GARAGE, count=60_000, weeks=400, seed=7)
    told = visits.p_alive(visits.fit(kind, known.histories()), known.frequency, known.recency, known.age)
    tenth = np.minimum((told * 10).astype(int), 9)
    for each in range(10):
        if (tenth == each).sum() > 1000:
            assert abs(told[tenth == each].mean() - alive[tenth == each].mean()) < 0.04


def test_bg_takes_one_visit_customers_for_alive_and_mbg_knows_better():
    known, alive = customers("mbg_nbd", GARAGE, count=40_000, weeks=400, seed=3)
    once = known.frequency == 0
    told = {
        kind: visits.p_alive(visits.fit(kind, known.histories()), known.frequency, known.recency, known.age)[once]
        for kind in KINDS
    }
    brier = {kind: float(((p - alive[once]) ** 2).mean()) for kind, p in told.items()}
    assert (told["bg_nbd"] == 1).all()
    assert brier["mbg_nbd"] < brier["bg_nbd"] / 2


@pytest.mark.parametrize("seed", range(3))
def test_known_amounts_are_recovered(seed):
    known, _alive = customers("mbg_nbd", GARAGE, count=60_000, weeks=400, seed=seed)
    truth = (4.0, 3.5, 12_000.0)
    found = money.fit(known.frequency, mean_amounts(truth, known.frequency, seed=seed))
    assert np.abs(np.log(np.array([found.p, found.q, found.gamma]) / truth)).max() < 0.1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", [(0.3, 5, 0.8, 2.4), (3, 90, 1, 1), (0.01, 300, 40, 0.2)])
def test_the_gradient_is_that_of_the_likelihood(kind, at):
    known = histories(np.array([0, 0, 1, 4, 30]), np.array([0, 0, 50, 300, 900]), np.array([0, 700, 50, 800, 900]))
    point = np.array(at, dtype=float)
    slope = visits.log_likelihood(kind, point, known)[1]
    wrong = check_grad(
        lambda p: visits.log_likelihood(kind, p, known)[0], lambda p: visits.log_likelihood(kind, p, known)[1], point
    )
    assert wrong < 1e-3 * max(1.0, np.abs(slope).max())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("x", "recency", "age"), [(0, 0, 40), (2, 30, 40), (7, 90, 100)])
def test_the_closed_forms_are_the_integrals(kind, x, recency, age):
    """Over rate and chance of leaving: the likelihood of the paper's story, the share of it that is alive, visits."""
    told = model(kind, r=0.9, alpha=20.0, a=0.8, b=2.4)
    extra = 1 if kind == "mbg_nbd" else 0

    rates, of_rates = roots_genlaguerre(80, told.r - 1)
    chances, of_chances = roots_jacobi(80, told.b - 1, told.a - 1)
    rate_grid, p_grid = np.meshgrid(rates / told.alpha, (chances + 1) / 2)
    weights = np.outer(of_chances / of_chances.sum(), of_rates / of_rates.sum())

    def mixed(of):
        return float((of(rate_grid, p_grid) * weights).sum())

    def alive(rate, p):
        return rate**x * (1 - p) ** (x + extra) * np.exp(-rate * age)

    def gone(rate, p):
        return rate**x * p * (1 - p) ** (x + extra - 1) * np.exp(-rate * recency) if x + extra else 0 * rate

    is_alive, is_gone = mixed(alive), mixed(gone)
    visits_then = mixed(lambda rate, p: alive(rate, p) * -np.expm1(-rate * p * 52) / p)
    some_visit = mixed(lambda rate, p: alive(rate, p) * -np.expm1(-rate * 52))
    whole = is_alive + is_gone
    of = arrays(x, recency, age)
    known = histories(np.array([x]), np.array([recency * 7]), np.array([age * 7]))
    found = (
        np.exp(visits.log_likelihood(kind, told.parameters, known)[0]),
        visits.p_alive(told, *of)[0],
        visits.expected_visits(told, *of, 52.0)[0],
        visits.p_visit(told, *of, 52.0)[0],
    )
    assert found == pytest.approx((whole, is_alive / whole, visits_then / whole, some_visit / whole), rel=1e-5)


POSITIVE = st.floats(0.01, 200)


@given(
    kind=st.sampled_from(KINDS),
    parameters=st.tuples(st.floats(0.01, 7), st.floats(1, 2000), POSITIVE, POSITIVE),
    x=st.integers(0, 200),
    age=st.floats(0, 2000),
    share=st.floats(0, 1),
    weeks=st.floats(0.1, 300),
)
@settings(max_examples=100)
def test_what_is_told_is_always_possible(kind, parameters, x, age, share, weeks):
    told = model(kind, *parameters)
    recency = age * share if x else 0.0
    of = arrays(x, recency, age)
    p, expected = visits.p_alive(told, *of)[0], visits.expected_visits(told, *of, weeks)[0]
    some = visits.p_visit(told, *of, weeks)[0]
    assert 0 <= p <= 1
    assert 0 <= some <= p
    assert some * (1 - 1e-9) <= expected <= p * (told.r + x) * weeks / (told.alpha + age) * (1 + 1e-9)
    assert visits.expected_visits(told, *of, weeks * 2)[0] >= expected * (1 - 1e-9)


@given(parameters=st.tuples(POSITIVE, st.floats(0.1, 2000), POSITIVE, POSITIVE))
def test_who_came_once_fades_with_time_in_mbg(parameters):
    ages = np.linspace(0, 1000, 50)
    told = visits.p_alive(model("mbg_nbd", *parameters), np.zeros(50, int), np.zeros(50), ages)
    assert (np.diff(told) <= 0).all()
    assert told[-1] < told[0]


def test_the_example_of_the_page():
    """The numbers are those of docs/algorithms/value.md."""
    told = model("mbg_nbd", r=1.0, alpha=50.0, a=1.0, b=3.0)
    once, twice = arrays(0, 0, 50), arrays(1, 40, 50)
    assert visits.p_alive(told, *once)[0] == pytest.approx(0.6)
    assert round(visits.expected_visits(told, *once, 50.0)[0], 3) == 0.274
    assert round(visits.p_alive(told, *twice)[0], 3) == 0.764
    assert visits.p_alive(model("bg_nbd", 1.0, 50.0, 1.0, 3.0), *once)[0] == 1


def nothing_known(frequency, recency, age):
    known = histories(np.array(frequency), np.array(recency), np.array(age))
    return [visits.fit(kind, known) for kind in KINDS]


@pytest.mark.parametrize(
    ("frequency", "recency", "age", "why"),
    [
        ([], [], [], "too_few_customers"),
        ([3], [100], [200], "too_few_customers"),
        ([0] * 500, [0] * 500, list(range(500)), "nobody_came_twice"),
        ([0] * 500, [0] * 500, [0] * 500, "no_time"),
        ([0] * 495 + [1] * 5, [0] * 495 + [9] * 5, [400] * 500, "too_few_customers"),
    ],
)
def test_input_without_an_estimate_is_told_with_the_reason(frequency, recency, age, why):
    assert nothing_known(frequency, recency, age) == [CannotBeEstimated(why)] * 2


def test_customers_who_are_all_alike_have_no_estimate():
    """Everybody comes every tenth week and nobody ever leaves: the likelihood grows without end."""
    age = np.repeat(np.arange(70, 770, 7), 5)
    found = nothing_known(age // 70, age // 70 * 70, age)
    assert [each.why for each in found if isinstance(each, CannotBeEstimated)] in (
        ["at_a_wall", "at_a_wall"],
        ["flat", "flat"],
        ["at_a_wall", "flat"],
        ["flat", "at_a_wall"],
    )


def test_amounts_without_an_estimate():
    few, same = money.fit(np.array([1]), np.array([5.0])), money.fit(np.full(99, 3), np.full(99, 7.0))
    nothing, losses = money.fit(np.full(99, 3), np.zeros(99)), money.fit(np.full(99, 3), np.full(99, -7.0))
    assert (few, nothing, losses) == (CannotBeEstimated("too_few_customers"),) * 3
    assert isinstance(same, CannotBeEstimated)


def test_means_that_differ_without_bounds_have_no_estimate():
    """Amounts over ten orders of magnitude: the mean of a customer of whom nothing is known would be infinite."""
    chance = np.random.default_rng(1)
    assert money.fit(np.full(2000, 5), np.exp(chance.standard_t(2, 2000) * 3)) in (
        CannotBeEstimated("no_mean"),
        CannotBeEstimated("at_a_wall"),
        CannotBeEstimated("flat"),
    )


def test_the_amount_of_a_customer_is_his_mean_drawn_to_that_of_all():
    """By hand: p 4, q 3, gamma 1 000: all 4 x 1 000 / 2 = 2 000; two visits of 5 000: 4 (1 000 + 10 000) / 10."""
    told = money.MoneyModel(4.0, 3.0, 1000.0, 0.0, 0)
    amounts = money.expected_amount(told, np.array([0, 2, 1]), np.array([0.0, 5000.0, -300.0]))
    assert (told.mean, amounts.tolist()) == (2000.0, [2000.0, 4400.0, 4000 / 6])


def test_purchases_of_a_day_are_one_and_those_after_the_day_do_not_count():
    rows = [(7, 10, 5.0), (7, 10, 5.0), (7, 24, 30.0), (7, 31, 20.0), (7, 99, 1.0), (3, 12, 9.0), (5, 98, 1.0)]
    customer, day, amount = (np.array(column) for column in zip(*rows, strict=True))
    known = summary(customer, day, amount, until=45)
    assert [column.tolist() for column in (known.customer, known.frequency, known.recency_days, known.age_days)] == [
        [3, 7],
        [0, 2],
        [0, 21],
        [33, 35],
    ]
    assert known.mean.tolist() == [0.0, 25.0]


def test_a_million_customers_are_estimated_in_seconds():
    known, _alive = customers("mbg_nbd", GARAGE, count=1_000_000, weeks=400, seed=1)
    began = time.process_time()
    found = visits.fit("mbg_nbd", known.histories())
    expected = visits.expected_visits(found, known.frequency, known.recency, known.age, 52.14)
    assert np.abs(np.log(found.parameters / GARAGE)).max() < 0.03
    assert np.isfinite(expected).all()
    assert time.process_time() - began < 30
