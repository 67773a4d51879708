"""Each point of risk on the border between yes and no."""

from datetime import date, timedelta

import pytest
from tests.rules.base import Base

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.segments.rules import risks

TODAY = date(2026, 11, 30)
ROUBLE = 100


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def told(base, as_of=TODAY):
    con = facts.of_rows(base.rows, built=True)
    rows = con.to_pyarrow(risks.events(con, as_of, RuleSettings()).order_by("code", "on", "before_ref")).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def codes(base, as_of=TODAY):
    return [row["code"] for row in told(base, as_of)]


def car(**columns):
    return Base().customer().car(**columns)


@pytest.mark.parametrize(
    ("until", "expected"),
    [(0, ["warranty_end"]), (60, ["warranty_end"]), (61, []), (-1, [])],
)
def test_the_warranty_ends_within_sixty_days(until, expected):
    assert codes(car(warranty_until=ago(-until))) == expected


def test_the_warranty_ends_by_kilometres_too():
    base = car(warranty_km=30_000).visit(ago(300), mileage_km=15_000).visit(ago(10), mileage_km=29_000)
    (row,) = told(base)
    assert (row["code"], row["number"], row["on"] > TODAY) == ("warranty_end", 30_000, True)


@pytest.mark.parametrize(
    ("days", "km", "expected"),
    [(30, 2000, 1), (31, 100, 0), (30, 2001, 0), (0, 0, 1), (30, None, 1)],
)
def test_a_repeat_repair_is_of_the_same_work_soon_and_near(days, km, expected):
    first = {"kind": "tyres", "mileage_km": 10_000}
    base = car().visit(ago(100), **first).line(category_key="brakes")
    base.visit(ago(100 - days), kind="body", mileage_km=km and 10_000 + km).line(category_key="brakes")
    assert codes(base).count("repeat_repair") == expected


def test_a_repeat_repair_tells_both_orders_and_a_kind_is_a_work_too():
    base = car().visit(ago(50), kind="tyres").visit(ago(40), kind="body", revenue=5).line(category_key="tyres")
    base.visit(ago(20), kind="tyres")
    assert told(base) == [
        {
            "customer_id": 10,
            "vehicle_id": 1,
            "code": "repeat_repair",
            "on": ago(40),
            "order_ref": "O-2",
            "before_ref": "O-1",
            "amount": 5,
        },
        {
            "customer_id": 10,
            "vehicle_id": 1,
            "code": "repeat_repair",
            "on": ago(20),
            "order_ref": "O-3",
            "before_ref": "O-1",
            "amount": 0,
        },
        {
            "customer_id": 10,
            "vehicle_id": 1,
            "code": "repeat_repair",
            "on": ago(20),
            "order_ref": "O-3",
            "before_ref": "O-2",
            "amount": 0,
        },
    ]
    other = car().visit(ago(50), kind="tyres").visit(ago(40), kind="body").line(category_key="tyres", declined=True)
    assert codes(other) == []


@pytest.mark.parametrize(("before", "after", "expected"), [(None, 77, [77]), (10, 77, [77]), (77, None, [])])
def test_a_repeat_is_of_the_car_whoever_brought_it_before(before, after, expected):
    """Of a car whose owner is not known; the one before may name nobody."""
    base = Base().customer().customer(77).car(owned_from=ago(-5))
    base.visit(ago(40), kind="tyres", customer_id=before).visit(ago(30), kind="tyres", customer_id=after)
    assert [row["customer_id"] for row in told(base)] == expected


@pytest.mark.parametrize(("score", "expected"), [(6, ["low_satisfaction"]), (7, [])])
def test_a_low_score_is_dissatisfaction(score, expected):
    base = car().visit(ago(9)).add("surveys", customer_id=10, order_id=1, on=ago(3), score=score)
    assert codes(base) == expected
    assert codes(base, ago(4)) == []


def test_three_warranty_cases_in_a_year_are_many():
    base = car().visit(ago(365), kind="warranty").visit(ago(200), kind="warranty")
    assert codes(base) == []
    base.visit(ago(20), kind="warranty")
    assert told(base) == [{"customer_id": 10, "vehicle_id": 1, "code": "warranty_cases", "on": ago(20), "number": 3}]
    assert codes(base, TODAY + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("kind", "revenue", "expected"),
    [
        ("body", 150_000, ["body_repair"]),
        ("body", 149_999, []),
        ("repair", 80_000, ["repair_after_warranty"]),
        ("repair", 79_999, []),
        ("maintenance", 900_000, []),
    ],
)
def test_expensive_repairs(kind, revenue, expected):
    assert codes(car(warranty_until=ago(31)).visit(ago(30), kind=kind, revenue=revenue * ROUBLE)) == expected


def test_a_repair_under_warranty_is_no_risk_and_an_unknown_end_is_not_over():
    dear = {"kind": "repair", "revenue": 90_000 * ROUBLE}
    assert codes(car(warranty_until=ago(30)).visit(ago(30), **dear)) == []
    assert codes(car().visit(ago(30), **dear)) == []
    assert codes(car(warranty_km=9_999).visit(ago(30), mileage_km=10_000, **dear)) == ["repair_after_warranty"]


@pytest.mark.parametrize(("year", "expected"), [(2023, []), (2022, ["car_age"]), (2021, ["car_age"]), (2020, [])])
def test_a_car_of_four_or_five_years(year, expected):
    assert codes(car(year=year)) == expected


def test_events_of_the_last_ninety_days():
    base = car()
    for kind, days in [
        ("valuation_asked", 90),
        ("valuation_asked", 91),
        ("service_book_returned", 0),
        ("scrapped", -9),
    ]:
        base.add("vehicle_events", vehicle_id=1, on=ago(days), kind=kind)
    assert codes(base) == ["service_book", "valuation"]


def test_a_risk_belongs_to_the_present_owner():
    body = {"kind": "body", "revenue": 200_000 * ROUBLE}
    assert codes(car(owned_from=ago(20)).visit(ago(30), **body)) == []
    assert [row["customer_id"] for row in told(car(owned_from=ago(30)).visit(ago(30), customer_id=77, **body))] == [10]
    assert codes(car(year=2022, scrapped=True)) == []
    assert codes(car(year=2022).deal(ago(5), kind="trade_in", customer_id=10)) == []
    assert [row["customer_id"] for row in told(Base().customer().visit(ago(3), vehicle_id=None, **body))] == [10]


def test_of_a_car_without_a_known_owner_warranty_cases_are_of_who_brought_it():
    base = Base().customer().customer(77).car(owned_from=ago(-5))
    for on, who in [(ago(90), 77), (ago(60), 77), (ago(50), 10), (ago(40), None)]:
        base.visit(on, kind="warranty", customer_id=who)
    assert "warranty_cases" not in codes(base)
    base.visit(ago(9), kind="warranty", customer_id=77)
    assert [row for row in told(base) if row["code"] == "warranty_cases"] == [
        {"customer_id": 77, "vehicle_id": 1, "code": "warranty_cases", "on": ago(9), "number": 3}
    ]


def test_a_customer_has_the_sorted_codes():
    base = car(year=2022).customer(11).visit(ago(3), kind="body", revenue=200_000 * ROUBLE)
    con = facts.of_rows(base.rows, built=True)
    found = con.to_pyarrow(
        risks.codes(con, risks.events(con, TODAY, RuleSettings())).order_by("customer_id")
    ).to_pylist()
    assert found == [{"customer_id": 10, "risks": ["body_repair", "car_age"]}, {"customer_id": 11, "risks": []}]
