import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies
from tests.rules import histories
from tests.rules.histories import Customer, Visit

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.segments.rules import retention

load_fact_tables()

NOVEMBER = retention.number_of_month(date(2026, 11, 1))
BY_CODE = {definition.code: definition for definition in retention.DEFINITIONS}


def base(*customers):
    return facts.of_rows(histories.tables([Customer([Visit(on, revenue=100) for on in days]) for days in customers]))


def told(con, code="customers_12", month=NOVEMBER):
    rows = con.to_pyarrow(retention.retained(con, BY_CODE[code], month).order_by("id")).to_pylist()
    return {row["id"]: row["came"] for row in rows}


@pytest.mark.parametrize(
    ("as_of", "month"),
    [
        (date(2026, 11, 30), (2026, 11)),
        (date(2026, 11, 29), (2026, 10)),
        (date(2026, 12, 31), (2026, 12)),
        (date(2027, 1, 1), (2026, 12)),
        (date(2024, 2, 28), (2024, 1)),
        (date(2024, 2, 29), (2024, 2)),
    ],
)
def test_the_month_is_the_last_one_that_is_over(as_of, month):
    assert retention.last_finished(as_of) == retention.number_of_month(date(*month, 1))


def test_both_windows_are_twelve_whole_months():
    """The example of docs/algorithms/retention.md: the base came from December 2024 to November 2025."""
    con = base(
        [date(2024, 12, 1), date(2025, 12, 1)],
        [date(2025, 11, 30), date(2026, 11, 30)],
        [date(2025, 11, 30), date(2026, 12, 1)],
        [date(2024, 11, 30), date(2026, 6, 1)],  # before the base's year
        [date(2025, 6, 1)],
        [date(2026, 6, 1)],  # new: was in no year before
    )
    assert told(con) == {1: True, 2: True, 3: False, 5: False}
    (row,) = con.to_pyarrow(retention.counted(retention.retained(con, BY_CODE["customers_12"], NOVEMBER))).to_pylist()
    assert row == {"base": 4, "kept": 2, "revenue_kept": 200, "revenue_lost": 200}


def test_a_month_of_grace_makes_the_second_window_thirteen():
    con = base([date(2024, 11, 1), date(2025, 11, 1)], [date(2025, 10, 31), date(2026, 11, 30)], [date(2025, 11, 1)])
    assert told(con, "customers_13") == {1: True, 2: True}
    assert told(con, "customers_12") == {1: False, 2: True, 3: False}


def test_who_pays_nothing_is_not_counted_as_paying():
    visits = [Visit(date(2025, 3, 1), revenue=100), Visit(date(2026, 3, 1), revenue=0)]
    refunded = [Visit(date(2025, 3, 1), revenue=100), Visit(date(2025, 3, 1), revenue=-100, ref="O-9")]
    con = facts.of_rows(histories.tables([Customer(visits), Customer(refunded)]))
    assert told(con, "customers_paid_12") == {1: False}
    assert told(con, "customers_12") == {1: True, 2: False}


def test_a_vehicle_is_kept_whoever_brings_it():
    came = [
        {"vehicle_id": 1, "customer_id": 1, "on": date(2025, 3, 1), "revenue": 5},
        {"vehicle_id": 1, "customer_id": 2, "on": date(2026, 3, 1), "revenue": 7},
        {"vehicle_id": None, "customer_id": 2, "on": date(2025, 3, 1), "revenue": 7},
    ]
    con = facts.of_rows({"vehicle_visits": came})
    assert told(con, "vehicles_12") == {1: True}


def test_cars_sold_are_asked_for_their_years_since_the_sale():
    cars = [{"vehicle_id": number, "sold_on": sold, "sold_by_us": True} for number, sold in enumerate(SOLD, 1)]
    came = [
        {"vehicle_id": 1, "on": date(2026, 1, 15), "revenue": 10},  # the last day of the second year
        {"vehicle_id": 1, "on": date(2026, 1, 16), "revenue": 10},
        {"vehicle_id": 2, "on": date(2025, 1, 15), "revenue": 10},  # the second year begins a day later
        {"vehicle_id": 3, "on": date(2026, 1, 1), "revenue": 10},
    ]
    con = facts.of_rows({"vehicles": cars, "vehicle_visits": came})
    rows = con.to_pyarrow(retention.car_years(con, NOVEMBER).order_by("id", "year")).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        (1, 2, True, 10),
        (2, 2, False, 0),
        (3, 3, True, 10),
        (4, 3, False, 0),
    ]


SOLD = [date(2024, 1, 15), date(2024, 1, 15), date(2023, 11, 30), date(2022, 12, 1), date(2025, 1, 1)]


def test_a_cohort_is_followed_by_years_of_whole_months():
    con = base(
        [date(2024, 10, 5), date(2024, 10, 30), date(2024, 11, 1)],
        [date(2024, 10, 31), date(2025, 10, 31), date(2025, 11, 1)],
        [date(2025, 11, 1)],
    )
    as_of = date(2026, 10, 31)
    begun = retention.beginnings(con, "customer", "visit", as_of)
    october = retention.number_of_month(date(2024, 10, 1))
    assert sorted(con.to_pyarrow(begun)["month"].to_pylist()) == [october, october, october + 13]
    found = con.to_pyarrow(retention.cohorts(con, begun, "customer", as_of).order_by("year")).to_pylist()
    assert found == [
        {"month": october, "year": 1, "came": 2, "revenue": 200},
        {"month": october, "year": 2, "came": 1, "revenue": 100},
    ]


@settings(max_examples=8)
@given(seed=strategies.integers(0, 2**32))
def test_a_random_base_is_kept_as_the_plain_rule_says(seed):
    chance = random.Random(seed)
    customers = histories.random_customers(chance, 100, date(2023, 1, 1), 1000)
    con = facts.of_rows(histories.tables(customers))
    month = retention.number_of_month(date(2025, 1, 1)) + chance.randrange(6)
    last, before = (retention.last_day(month - months) for months in (0, 12))
    expected = {}
    for number, customer in enumerate(customers, 1):
        days = {visit.on for visit in customer.visits}
        if any(retention.last_day(month - 24) < day <= before for day in days):
            expected[number] = any(before < day <= last for day in days)
    assert told(con, month=month) == expected
    assert before + timedelta(days=1) == retention.first_day(month - 11)
