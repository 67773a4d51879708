"""What the base of a retention and a cohort are cut by; the rows are small enough to see."""

from datetime import date

import pytest
from tests.rules.base import Base

from vernost import facts
from vernost.segments.rules import cuts, retention

YEAR = {"since": date(2024, 12, 1), "until": date(2025, 11, 30)}
AS_OF = date(2026, 11, 30)
NOVEMBER = retention.number_of_month(date(2026, 11, 1))


@pytest.fixture(scope="module")
def con():
    """Three cars and their owners; the second bought his car from us after his first visit with the first one."""
    base = Base()
    for number, (make, model, year) in enumerate((("kia", "rio", 2022), ("kia", "", 2010), ("", "", None)), 1):
        base.car(number, owner=number * 10, make_key=make, model_key=model, year=year)
        base.customer(number * 10)
    base.visit(date(2024, 3, 1), customer_id=10, branch_id=1, advisor_id=7)
    base.visit(date(2025, 3, 1), customer_id=10, branch_id=1, advisor_id=7)
    base.visit(date(2025, 9, 1), customer_id=10, branch_id=2, advisor_id=8, revenue=100)
    base.visit(date(2026, 3, 1), customer_id=10, branch_id=1, advisor_id=7)
    base.visit(date(2025, 1, 1), customer_id=20, vehicle_id=1, branch_id=1, advisor_id=7)
    base.deal(date(2025, 2, 1), vehicle_id=2, customer_id=20, branch_id=3)
    base.visit(date(2025, 5, 1), customer_id=20, vehicle_id=2, advisor_id=None)
    base.visit(date(2025, 5, 1), customer_id=30, vehicle_id=3)
    return facts.of_rows(base.rows, built=True)


def cut(con, by, definition="customers_12"):
    (wanted,) = (one for one in retention.DEFINITIONS if one.code == definition)
    rows = retention.retained(con, wanted, NOVEMBER)
    found = cuts.of_window(con, rows, wanted.unit, by, **YEAR)
    return {row["id"]: row["cut"] for row in con.to_pyarrow(found).to_pylist()}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("branch", {10: 2, 20: None, 30: None}),
        ("advisor", {10: 8, 20: None, 30: None}),
        ("source", {10: "service", 20: "service", 30: "service"}),
        # In 2025: of the car of the last visit.
        ("age", {10: "3-5", 20: "12+", 30: None}),
        ("make", {10: "kia", 20: "kia", 30: None}),
        ("model", {10: "kia rio", 20: "kia", 30: None}),
    ],
)
def test_customers_are_cut_by_the_last_visit_of_the_base_year(con, by, expected):
    assert cut(con, by) == expected


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("branch", {1: 2, 2: None, 3: None}),
        ("source", {1: "service", 2: "sales", 3: "service"}),
        ("age", {1: "3-5", 2: "12+", 3: None}),
        ("model", {1: "kia rio", 2: "kia", 3: None}),
    ],
)
def test_cars_are_cut_by_themselves_and_by_their_last_visit(con, by, expected):
    assert cut(con, by, "vehicles_12") == expected


def test_the_counts_of_a_cut_are_those_of_the_whole(con):
    (wanted,) = (one for one in retention.DEFINITIONS if one.code == "customers_12")
    rows = retention.retained(con, wanted, NOVEMBER)
    found = retention.counted(cuts.of_window(con, rows, "customer", "make", **YEAR), "cut")
    assert con.to_pyarrow(found.order_by(found.cut.desc())).to_pylist() == [
        {"cut": "kia", "base": 2, "kept": 1, "revenue_kept": 100, "revenue_lost": 0},
        {"cut": None, "base": 1, "kept": 0, "revenue_kept": 0, "revenue_lost": 0},
    ]


def begun(con, unit, start, by):
    found = retention.beginnings(con, unit, start, AS_OF)
    found = cuts.of_beginning(con, found, unit, start, by, as_of=AS_OF)
    return {row["id"]: row["cut"] for row in con.to_pyarrow(found).to_pylist()}


@pytest.mark.parametrize(
    ("unit", "start", "by", "expected"),
    [
        ("customer", "visit", "branch", {10: 1, 20: 1, 30: None}),
        ("customer", "visit", "advisor", {10: 7, 20: 7, 30: None}),
        # The age of the first visit's year; the second customer came with the first one's car.
        ("customer", "visit", "age", {10: "0-2", 20: "3-5", 30: None}),
        ("customer", "visit", "source", {10: "service", 20: "service", 30: "service"}),
        ("customer", "sale", "branch", {20: 3}),
        ("customer", "sale", "advisor", {20: None}),
        ("customer", "sale", "model", {20: "kia"}),
        ("vehicle", "visit", "branch", {1: 1, 2: None, 3: None}),
        ("vehicle", "visit", "make", {1: "kia", 2: "kia", 3: None}),
        ("vehicle", "sale", "branch", {2: 3}),
        ("vehicle", "sale", "age", {2: "12+"}),
    ],
)
def test_beginnings_are_cut_by_the_first_visit_or_the_sale(con, unit, start, by, expected):
    assert begun(con, unit, start, by) == expected


def test_cohorts_of_a_cut_add_up_to_the_cohorts(con):
    found = retention.beginnings(con, "customer", "visit", AS_OF)
    by = cuts.of_beginning(con, found, "customer", "visit", "branch", as_of=AS_OF)
    rows = con.to_pyarrow(retention.cohorts(con, by, "customer", AS_OF, "cut").order_by("month", "year")).to_pylist()
    march, january = (retention.number_of_month(date(*month, 1)) for month in ((2024, 3), (2025, 1)))
    assert rows == [
        {"cut": 1, "month": march, "year": 1, "came": 1, "revenue": 0},
        {"cut": 1, "month": march, "year": 2, "came": 1, "revenue": 100},
        {"cut": 1, "month": january, "year": 1, "came": 1, "revenue": 0},
    ]
