import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies
from tests.rules import histories
from tests.rules.histories import Customer, Visit

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.segments import metrics

load_fact_tables()
metrics.discover()

TODAY = date(2026, 11, 30)
DEFAULTS = RuleSettings()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def told(customers, as_of=TODAY, rules=DEFAULTS):
    con = facts.of_rows(histories.tables(customers), built=True)
    rows = con.to_pyarrow(metrics.metrics["lifecycle"].of(con, as_of, rules).order_by("customer_id")).to_pylist()
    return [(row["state"], row["dna_code"]) for row in rows]


def state(*days: int, **columns):
    return told([Customer([Visit(ago(day)) for day in days], **columns)])[0][0]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], "prospect"),
        ([-1], "prospect"),  # a visit of tomorrow is not known yet
        ([0], "new"),
        ([365], "new"),  # the first visit is within 365 days
        ([366], "sleeping"),  # the last one is more than 365 days ago
        ([366, 365], "active"),  # the first is further away than a year, the last is not
        ([800, 500, 366], "sleeping"),
        ([732, 365], "returned"),  # 366 days without a visit on the eve: asleep
        ([731, 365], "active"),  # 365 days on the eve: awake to the last
        ([732, 366, 300], "active"),  # came back more than 365 days ago
        ([730, 400, 100], "loyal"),  # three days within 730
        ([731, 400, 100], "active"),
        ([400, 100, 100], "active"),  # two orders of one day are one visit
        ([400, 399, 398, 40], "loyal"),
        ([1000, 200, 100, 50], "returned"),  # returned goes before loyal
        ([300, 200, 100], "new"),  # new goes before loyal
    ],
)
def test_the_state_is_the_first_that_fits(days, expected):
    assert state(*days) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"blocked": True}, "blocked"),
        ({"blocked": True, "blocked_on": TODAY}, "blocked"),
        ({"blocked": True, "blocked_on": ago(-1)}, "new"),
        ({"blocked": None, "blocked_on": TODAY}, "blocked"),
        ({"blocked": None, "blocked_on": ago(-1)}, "new"),
        ({"blocked": False, "blocked_on": ago(5)}, "new"),
    ],
)
def test_who_is_marked_blocked_is_blocked_from_that_day(columns, expected):
    assert state(1, **columns) == expected
    assert state(**columns) == ("blocked" if expected == "blocked" else "prospect")


def test_the_borders_follow_the_settings():
    rules = replace(DEFAULTS, sleep_after_days=30, loyal_visits=2, loyal_window_days=60)
    customers = [
        Customer([Visit(ago(day)) for day in days]) for days in ([31], [40, 30], [60, 30], [61, 31, 30], [61, 30])
    ]
    assert [row[0] for row in told(customers, rules=rules)] == ["sleeping", "loyal", "loyal", "loyal", "active"]


def test_the_code_has_a_letter_for_each_half_year_and_one_for_the_day():
    """The example of docs/algorithms/lifecycle.md."""
    came = [date(2023, 3, 10), date(2023, 9, 1), date(2024, 4, 20), date(2024, 12, 31), date(2026, 10, 5)]
    customer = Customer([Visit(day) for day in came])
    assert told([customer]) == [("returned", "Н-Н-Л-Л-Л-А-У-В")]
    assert told([customer], date(2025, 12, 31)) == [("active", "Н-Н-Л-Л-Л-А")]
    assert told([customer], date(2026, 1, 1)) == [("sleeping", "Н-Н-Л-Л-Л-А-У")]
    blocked = replace(customer, blocked_on=date(2024, 6, 30))
    assert told([blocked]) == [("blocked", "Н-Н-Б-Б-Б-Б-Б-Б")]
    assert told([Customer(), Customer(blocked=True)]) == [("prospect", "П"), ("blocked", "Б")]


@settings(max_examples=15)
@given(seed=strategies.integers(0, 2**32))
def test_all_of_a_random_base_have_the_state_and_code_of_the_plain_rules(seed):
    chance = random.Random(seed)
    rules = replace(DEFAULTS, sleep_after_days=chance.choice([90, 200, 365]), loyal_visits=chance.choice([2, 3]))
    customers = histories.random_customers(chance, 80, date(2022, 1, 1), 1500)
    as_of = chance.choice([date(2024, 6, 30), date(2024, 12, 31), date(2025, 1, 1), date(2025, 9, 17)])
    assert told(customers, as_of, rules) == [
        (histories.state(one, as_of, rules), histories.dna_code(one, as_of, rules)) for one in customers
    ]
