import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies
from tests.rules import histories
from tests.rules.histories import Customer, Visit

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.segments.rules import abc

load_fact_tables()

TODAY = date(2026, 11, 30)
DEFAULTS = RuleSettings()


def classes(rows, *, by="customer", measure="revenue", rules=DEFAULTS):
    con = facts.of_rows(rows)
    classed = abc.classes(abc.values(con, TODAY, rules, by=by, measure=measure), rules)
    return {row["key"]: row["abc"] for row in con.to_pyarrow(classed).to_pylist()}


def of_values(*values, days_ago=10):
    day = TODAY - timedelta(days=days_ago)
    return histories.tables([Customer([Visit(day, revenue=value, margin=-value)]) for value in values])


def test_a_class_goes_by_the_share_before():
    """The example of docs/algorithms/abc.md: 5 000, 2 500, 1 500, 500, 500 of 10 000."""
    found = classes(of_values(500, 5000, 1500, 2500, 500))
    assert found == {"C-2": "A", "C-4": "A", "C-3": "B", "C-1": "B", "C-5": "C"}


def test_the_border_is_met_in_kopecks():
    # 75 of 100 are before the second: no longer A. One kopeck less, and it still is.
    assert classes(of_values(7500, 2000, 500)) == {"C-1": "A", "C-2": "B", "C-3": "C"}
    assert classes(of_values(7499, 2001, 500)) == {"C-1": "A", "C-2": "A", "C-3": "C"}


def test_equal_values_are_taken_by_the_text_of_their_ids():
    # C-10 is before C-9.
    assert classes(of_values(*[100] * 10)) == {f"C-{n}": "A" for n in (1, 10, 2, 3, 4, 5, 6, 7)} | {
        "C-8": "B",
        "C-9": "B",
    }


def test_nothing_and_less_are_c_and_everybody_has_a_class():
    rows = histories.tables([Customer([Visit(TODAY, revenue=value)]) for value in (100, 0, -100)] + [Customer()])
    assert classes(rows) == {"C-1": "A", "C-2": "C", "C-3": "C", "C-4": "C"}
    assert classes(of_values(-100, 0)) == {"C-1": "C", "C-2": "C"}
    assert classes(of_values(100, -200), measure="margin") == {"C-1": "C", "C-2": "A"}


@pytest.mark.parametrize(("days_ago", "expected"), [(0, "A"), (364, "A"), (365, "C"), (-1, "C")])
def test_the_window_leaves_its_first_day_out(days_ago, expected):
    assert classes(of_values(100, days_ago=days_ago)) == {"C-1": expected}


def test_cars_models_and_works_have_classes_of_their_own():
    cars = [
        {"vehicle_id": 1, "ref": "V-1", "make": "LADA", "model": "Vesta", "make_key": "lada", "model_key": "vesta"},
        {"vehicle_id": 2, "ref": "V-2", "make": "Lada", "model": "Vesta", "make_key": "lada", "model_key": "vesta"},
        {"vehicle_id": 3, "ref": "V-3", "make": "Kia", "model": "Rio", "make_key": "kia", "model_key": "rio"},
    ]
    money = {1: 800, 2: 150, 3: 50}
    came = [{"vehicle_id": car, "on": TODAY, "revenue": paid, "margin": -paid} for car, paid in money.items()]
    lines = [
        {"category_key": name, "on": TODAY, "amount": amount, "declined": declined}
        for name, amount, declined in [("tyres", 900, False), ("", 90, False), ("tyres", 5, False), ("oil", 9000, True)]
    ]
    rows = {"vehicles": cars, "vehicle_visits": came, "lines": lines}
    assert classes(rows, by="vehicle") == {"V-1": "A", "V-2": "B", "V-3": "C"}
    assert classes(rows, by="vehicle", measure="margin") == {"V-1": "C", "V-2": "C", "V-3": "C"}
    assert classes(rows, by="model") == {"lada vesta": "A", "kia rio": "C"}
    assert classes(rows, by="category") == {"tyres": "A", "": "B"}
    with pytest.raises(abc.NoMarginOfWorks):
        classes(rows, by="category", measure="margin")


@settings(max_examples=10)
@given(seed=strategies.integers(0, 2**32))
def test_all_of_a_random_base_have_the_class_of_the_plain_rules(seed):
    chance = random.Random(seed)
    customers = histories.random_customers(chance, 120, TODAY - timedelta(days=500), 510)
    expected = {
        f"C-{number}": sum(v.revenue for v in customer.visits if 0 <= (TODAY - v.on).days < 365)
        for number, customer in enumerate(customers, 1)
    }
    assert classes(histories.tables(customers)) == histories.abc(expected, DEFAULTS)
