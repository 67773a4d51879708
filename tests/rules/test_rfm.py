import random
from dataclasses import replace
from datetime import date, timedelta

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies
from tests.rules import histories
from tests.rules.histories import Customer, Visit

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.segments import metrics
from vernost.segments.rules import rfm

load_fact_tables()
metrics.discover()

TODAY = date(2026, 11, 30)
DEFAULTS = RuleSettings()


def told(customers, as_of=TODAY, rules=DEFAULTS):
    con = facts.of_rows(histories.tables(customers), built=True)
    return con.to_pyarrow(metrics.metrics["rfm"].of(con, as_of, rules).order_by("customer_id")).to_pylist()


def scores(customers, as_of=TODAY, rules=DEFAULTS):
    rows = told(customers, as_of, rules)
    return [None if row["r"] is None else (row["r"], row["f"], row["m"]) for row in rows]


def visit(days_ago, revenue=100_00, **columns):
    return Visit(TODAY - timedelta(days=days_ago), revenue=revenue, **columns)


def test_the_figures_are_those_of_the_window_that_leaves_its_first_day_out():
    customers = [
        Customer([visit(0, 500_00), visit(0, 300_00, branch=2, ref="O-9"), visit(1094), visit(1095, 900_00)]),
        Customer([visit(1095)]),
        Customer([visit(-1)]),
    ]
    nobody = dict.fromkeys(("r", "f", "m", "recency_days", "frequency", "monetary"))
    assert told(customers) == [
        {"customer_id": 1, "r": 1, "f": 1, "m": 1, "recency_days": 0, "frequency": 2, "monetary": 900_00},
        {"customer_id": 2, **nobody},
        {"customer_id": 3, **nobody},
    ]


def test_scores_by_hand():
    """The example of docs/algorithms/rfm.md: ten customers, some of them equal."""
    recency = [1, 5, 5, 20, 40, 100, 200, 200, 200, 900]
    often = [4, 1, 1, 2, 2, 1, 1, 1, 1, 1]
    customers = [
        Customer([visit(days + more, 1000_00 * (11 - number) // count) for more in range(count)])
        for number, (days, count) in enumerate(zip(recency, often, strict=True), 1)
    ]
    assert scores(customers) == [
        (1, 1, 1),
        (1, 2, 1),
        (1, 2, 2),
        (2, 1, 2),
        (3, 1, 3),
        (3, 2, 3),
        (4, 2, 4),
        (4, 2, 4),
        (4, 2, 5),
        (5, 2, 5),
    ]


def test_equal_values_have_equal_scores():
    assert scores([Customer([visit(3)])] * 7) == [(1, 1, 1)] * 7


@pytest.mark.parametrize(
    ("r", "f", "m", "expected"),
    [
        (1, 1, 1, "cream"),
        (5, 5, 5, "write_off"),
        (1, 2, 5, "fresh"),
        (3, 1, 4, "constant"),
        (2, 2, 1, "big"),
        (5, 2, 3, "long_ago"),
        (2, 5, 3, "rare"),
        (2, 3, 5, "small"),
        (1, 1, 5, "small"),
        (5, 5, 2, "between"),
        (3, 3, 3, "between"),
    ],
)
def test_the_named_groups(r, f, m, expected):
    rows = ibis.memtable(pa.table({"r": [r], "f": [f], "m": [m]}))
    found = facts.of_rows({}).to_pyarrow(rows.select(group=rfm.group(rows)))
    assert found["group"].to_pylist() == [expected]


@settings(max_examples=10)
@given(seed=strategies.integers(0, 2**32))
def test_all_of_a_random_base_have_the_scores_of_the_plain_rules(seed):
    chance = random.Random(seed)
    rules = replace(DEFAULTS, rfm_window_days=chance.choice([200, 600, 1095]))
    customers = histories.random_customers(chance, 150, date(2022, 1, 1), 1500)
    as_of = date(2022, 1, 1) + timedelta(days=chance.randrange(1600))
    assert scores(customers, as_of, rules) == histories.rfm(customers, as_of, rules)
