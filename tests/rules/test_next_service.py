from dataclasses import replace
from datetime import date

import pytest
from tests.rules.base import Base, days, due, left_out

from vernost.accounts.rules import RuleSettings

# Without a model's median the rate is (Σkm × 1000 + 180 × m) / (Σdays + 180); one car alone is its own median.
SERVICED = date(2026, 3, 1)


def car(**columns):
    return Base().car(year=2022, **columns)


def plan(base, **columns):
    plain = {
        "plan_id": len(base.rows.get("plans", [])) + 1,
        "make_key": "lada",
        "model_key": "vesta",
        "engine_key": "",
        "interval_months": 12,
        "interval_km": 10_000,
    }
    return base.add("plans", **plain | columns)


def test_the_kilometres_bind_where_they_come_first():
    base = plan(car())
    base.visit(date(2025, 3, 1), kind="maintenance", mileage_km=20_000)
    base.visit(SERVICED, kind="maintenance", mileage_km=41_900)
    # 21 900 km in 365 days: 60 000 m a day; 10 000 km more take 167 days.
    assert due(base, "next_service") == [
        {
            "vehicle_id": 1,
            "customer_id": 10,
            "due_on": date(2026, 8, 15),
            "expires_on": None,
            "anchor": "order:O-2",
            "reason_code": "service_by_km",
            "service_number": 3,
            "last_service_on": SERVICED,
            "last_service_km": 41_900,
            "sold_on": None,
            "interval_months": 12,
            "interval_km": 10_000,
            "mark_km": 51_900,
            "last_reading_on": SERVICED,
            "last_reading_km": 41_900,
            "rate_m_per_day": 60_000,
            "predicted_km": 41_900 + 60 * 274,
            "by_date": date(2027, 3, 1),
            "by_km": date(2026, 8, 15),
            "binds": "km",
        }
    ]


def test_the_months_bind_where_they_come_first_or_on_the_same_day():
    base = plan(car(), interval_km=30_000)
    base.visit(date(2025, 3, 1), kind="maintenance", mileage_km=20_000)
    base.visit(SERVICED, kind="maintenance", mileage_km=41_900)
    row = due(base, "next_service")[0]
    assert (row["due_on"], row["binds"], row["reason_code"]) == (date(2027, 3, 1), "date", "service_by_date")
    same_day = plan(car(), interval_km=21_900)
    same_day.visit(date(2025, 3, 1), kind="maintenance", mileage_km=20_000)
    same_day.visit(SERVICED, kind="maintenance", mileage_km=41_900)
    row = due(same_day, "next_service")[0]
    assert (row["by_date"], row["by_km"], row["binds"]) == (date(2027, 3, 1), date(2027, 3, 1), "date")


def test_the_reading_of_the_maintenance_order_must_be_accepted_else_only_the_months_count():
    base = plan(car()).visit(SERVICED, kind="maintenance", mileage_km=41_900)
    base.rows["readings"][0] |= {"accepted": False, "chain": None, "in_last_chain": False}
    base.reading(date(2026, 3, 2), 20_000)
    row = due(base, "next_service")[0]
    assert (row["due_on"], row["last_service_km"], row["by_km"], row["binds"]) == (
        date(2027, 3, 1),
        None,
        None,
        "date",
    )


def test_of_maintenance_orders_of_one_day_the_later_time_then_the_greater_id_is_the_last():
    base = plan(car())
    base.visit(SERVICED, kind="maintenance", closed_second=7)
    base.visit(SERVICED, kind="maintenance", closed_second=8, customer_id=77)
    base.visit(SERVICED, kind="maintenance", closed_second=8, ref="O-10")
    assert days(due(base, "next_service")) == [(1, date(2027, 3, 1), "order:O-2")]


def test_without_a_maintenance_a_new_car_counts_from_its_sale_and_from_zero():
    base = plan(car(), first_months=6, first_km=2_500)
    base.deal(date(2026, 9, 1), customer_id=10).reading(date(2026, 10, 1), 900)
    row = due(base, "next_service")[0]
    # One reading makes no rate of its own: 41 km a day of the whole base; 1 600 km more take 40 days.
    assert (row["due_on"], row["anchor"], row["reason_code"]) == (
        date(2026, 11, 10),
        "sale:2026-09-01",
        "first_service_by_km",
    )
    assert (row["service_number"], row["sold_on"], row["last_service_on"], row["last_service_km"]) == (
        1,
        date(2026, 9, 1),
        None,
        None,
    )
    assert (row["by_date"], row["mark_km"]) == (date(2027, 3, 1), 2_500)


@pytest.mark.parametrize(
    ("columns", "deal_kind", "binds"),
    [
        ({}, "used", "date"),
        ({"sold_on": date(2026, 9, 1)}, None, "date"),  # model year 2022: not sold new
        ({"sold_on": date(2023, 1, 1), "sold_by_us": True}, None, "km"),  # the year before the sale
    ],
)
def test_kilometres_from_zero_are_only_for_a_car_sold_new(columns, deal_kind, binds):
    base = plan(car(**columns), interval_months=60).reading(date(2026, 10, 1), 9_990)
    if deal_kind:
        base.deal(date(2026, 9, 1), kind=deal_kind, customer_id=77)
    assert [row["binds"] for row in due(base, "next_service")] == [binds]


def test_a_sale_by_anybody_will_do_but_without_sale_and_maintenance_there_is_no_pair():
    base = Base().car(1, sold_on=date(2026, 1, 31)).car(2)
    assert days(due(base, "next_service")) == [(1, date(2027, 1, 31), "sale:2026-01-31")]
    assert left_out(base, "next_service") == ["nothing_to_count_from"]


def test_a_car_without_a_plan_has_the_default_interval_unless_that_is_switched_off():
    base = Base().car(sold_on=date(2026, 1, 31))
    off = replace(RuleSettings(), default_interval_allowed=False)
    assert (due(base, "next_service", settings=off), left_out(base, "next_service", settings=off)) == ([], ["no_plan"])
    longer = replace(RuleSettings(), default_interval_months=25)
    assert days(due(base, "next_service", settings=longer)) == [(1, date(2028, 2, 29), "sale:2026-01-31")]


def test_plans_of_the_model_that_do_not_fit_leave_the_default_interval():
    base = plan(Base().car(sold_on=date(2026, 1, 31), year=2015), year_from=2018, interval_months=6)
    assert days(due(base, "next_service")) == [(1, date(2027, 1, 31), "sale:2026-01-31")]


def test_a_day_of_the_past_does_not_know_later_orders_and_readings():
    base = plan(car(), interval_km=5_000)
    base.visit(SERVICED, kind="maintenance", mileage_km=41_900)
    base.visit(date(2026, 11, 1), kind="maintenance", mileage_km=60_000)
    row = due(base, "next_service", as_of=date(2026, 4, 1))[0]
    # 5 000 km at the 41 km a day that hold where nothing is known: 122 days.
    assert (row["anchor"], row["due_on"], row["rate_m_per_day"]) == ("order:O-1", date(2026, 7, 1), 41_000)
