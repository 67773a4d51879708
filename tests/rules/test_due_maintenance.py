"""When the next maintenance of a car is due: docs/algorithms/odometer.md, "The next maintenance"."""

from datetime import date
from typing import Any

import pytest

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.facts import maintenance
from vernost.facts.maintenance import MaintenanceRules

load_fact_tables()

D = date(2026, 1, 31)
SERVED = date(2025, 7, 3)


def car(**columns: Any) -> dict[str, Any]:
    plain = {"vehicle_id": 1, "make_key": "kia", "model_key": "rio", "engine_key": "1.6", "sold_by_us": False}
    return plain | columns


def served(**columns: Any) -> dict[str, Any]:
    plain = {
        "vehicle_id": 1,
        "order_id": 7,
        "ref": "O-7",
        "kind": "maintenance",
        "on": SERVED,
        "opened_on": SERVED,
        "closed_second": 0,
        "mileage_km": 41_600,
    }
    return plain | columns


def plan(**columns: Any) -> dict[str, Any]:
    plain = {
        "plan_id": 1,
        "make_key": "kia",
        "model_key": "rio",
        "engine_key": "",
        "interval_months": 12,
        "interval_km": 10_000,
    }
    return plain | columns


def read(*said: tuple[date, int]) -> list[dict[str, Any]]:
    return [{"vehicle_id": 1, "on": on, "km": km, "order_ids": ""} for on, km in said]


# 36 km a day since the maintenance; without another car this is also the median.
READINGS = read((SERVED, 41_600), (date(2025, 12, 30), 48_080))


def due(
    *, as_of: date = D, rules: MaintenanceRules = maintenance.DEFAULT_RULES, **tables: Any
) -> dict[str, Any] | None:
    con = facts.of_rows({"vehicles": [car()], **tables})
    rows = maintenance.next_maintenance(con, as_of, rules).to_pyarrow().to_pylist()
    assert len(rows) <= 1
    return rows[0] if rows else None


def days(**tables: Any) -> tuple[date, str, str]:
    row = due(**tables)
    assert row is not None
    return row["due_on"], row["limit"], row["anchor"]


def test_the_earlier_of_months_and_kilometres():
    assert due(vehicle_visits=[served()], readings=READINGS, plans=[plan()]) == {
        "vehicle_id": 1,
        "order_id": 7,
        "anchor": "order:O-7",
        "since_on": SERVED,
        "since_km": 41_600,
        "first": False,
        "plan_id": 1,
        "interval_months": 12,
        "interval_km": 10_000,
        "labour_hundredths": None,
        "last_on": date(2025, 12, 30),
        "last_km": 48_080,
        "readings": 2,
        "rate_m_per_day": 36_000,
        "predicted_km": 49_232,
        "months_on": date(2026, 7, 3),
        "km_mark": 51_600,
        # ceil(3 520 000 / 36 000) = 98 days after the last reading.
        "km_on": date(2026, 4, 7),
        "due_on": date(2026, 4, 7),
        "limit": "km",
    }


def test_the_months_bind_where_they_are_earlier_or_on_the_same_day():
    assert days(vehicle_visits=[served()], readings=READINGS, plans=[plan(interval_months=6)]) == (
        date(2026, 1, 3),
        "months",
        "order:O-7",
    )
    same = read((SERVED, 41_600), (date(2025, 12, 30), 48_080))
    # 13 140 km at 36 km a day are 365 days: the day on which the months are over too.
    assert days(vehicle_visits=[served()], readings=same, plans=[plan(interval_km=13_140)])[:2] == (
        date(2026, 7, 3),
        "months",
    )


def test_no_plan_is_twelve_months_or_fifteen_thousand_km_unless_switched_off():
    row = due(vehicle_visits=[served()], readings=READINGS, plans=[plan(model_key="ceed")])
    assert row is not None
    assert (row["plan_id"], row["interval_months"], row["interval_km"]) == (None, 12, 15_000)
    assert due(vehicle_visits=[served()], rules=MaintenanceRules(default_allowed=False)) is None


def test_a_suspect_reading_of_the_maintenance_leaves_only_the_months():
    wrong = read((SERVED, 416_000), (date(2025, 8, 1), 42_700), (date(2025, 12, 30), 48_080))
    assert (
        days(vehicle_visits=[served(mileage_km=416_000)], readings=wrong, plans=[plan(interval_km=100)])[1] == "months"
    )


def test_a_maintenance_before_a_change_of_cluster_leaves_only_the_months():
    changed = read((date(2025, 1, 1), 35_000), (SERVED, 41_600), (date(2025, 9, 1), 100), (date(2025, 12, 30), 4_000))
    assert days(vehicle_visits=[served()], readings=changed, plans=[plan(interval_km=100)])[1] == "months"


def test_a_maintenance_without_mileage_leaves_only_the_months():
    assert days(vehicle_visits=[served(mileage_km=None)], readings=READINGS, plans=[plan()])[1] == "months"


@pytest.mark.parametrize(
    "later",
    [
        {"on": date(2025, 8, 1)},
        {"closed_second": 60},
        # Of the same second the greatest id, by code points.
        {"ref": "O-8"},
    ],
)
def test_the_last_maintenance_is_the_one_closed_last(later: dict[str, Any]):
    both = [served(order_id=9, **{"ref": "O-10", **later}), served(ref="O-10" if "ref" in later else "O-99")]
    row = due(vehicle_visits=both)
    assert row is not None
    assert row["order_id"] == 9


def test_a_maintenance_closed_after_the_day_is_not_seen():
    assert due(vehicle_visits=[served(on=date(2026, 2, 1))]) is None


def test_another_kind_of_order_is_no_maintenance():
    assert due(vehicle_visits=[served(kind="repair")]) is None


FIRST = [plan(first_months=24, first_km=1_000)]


def test_before_the_first_maintenance_the_sale_counts_with_the_first_interval():
    sold = car(sold_on=date(2025, 1, 31), year=2024)
    reading = read((date(2025, 6, 1), 900))
    assert days(vehicles=[sold], plans=FIRST, readings=reading) == (date(2025, 6, 4), "km", "sale:2025-01-31")
    assert days(vehicles=[sold], plans=[plan()]) == (date(2026, 1, 31), "months", "sale:2025-01-31")


@pytest.mark.parametrize(
    ("vehicle", "deals", "limit"),
    [
        # A car sold new: by the deal, else by its year.
        ({"sold_on": date(2025, 1, 31), "year": 2024}, [], "km"),
        ({"sold_on": date(2025, 1, 31), "year": None}, [], "km"),
        ({"sold_on": date(2025, 1, 31), "year": 2023}, [], "months"),
        ({"year": 2010}, [{"kind": "new"}], "km"),
        ({"year": 2025}, [{"kind": "used"}], "months"),
    ],
)
def test_the_kilometres_start_from_nought_only_for_a_car_sold_new(
    vehicle: dict[str, Any], deals: list[dict[str, Any]], limit: str
):
    told = [
        {"deal_id": 1, "ref": "D-1", "vehicle_id": 1, "status": "won", "closed_on": date(2025, 1, 31), **deal}
        for deal in deals
    ]
    assert days(vehicles=[car(**vehicle)], deals=told, plans=FIRST, readings=read((date(2025, 6, 1), 900)))[1] == limit


def test_the_sale_by_us_is_the_latest_won_deal_and_goes_before_the_cars_own_day():
    deals = [
        {"deal_id": 1, "ref": "D-1", "vehicle_id": 1, "status": "won", "kind": "used", "closed_on": date(2024, 5, 5)},
        {"deal_id": 2, "ref": "D-2", "vehicle_id": 1, "status": "won", "kind": "new", "closed_on": date(2023, 5, 5)},
        {"deal_id": 3, "ref": "D-3", "vehicle_id": 1, "status": "lost", "kind": "new", "closed_on": date(2025, 5, 5)},
        {"deal_id": 4, "ref": "D-4", "vehicle_id": 1, "status": "won", "kind": "trade_in", "closed_on": D},
        {"deal_id": 5, "ref": "D-5", "vehicle_id": 1, "status": "won", "kind": "new", "closed_on": date(2026, 2, 1)},
    ]
    sold = car(sold_on=date(2025, 1, 31), sold_by_us=True)
    assert days(vehicles=[sold], deals=deals)[2] == "sale:2024-05-05"
    assert days(vehicles=[sold], deals=deals[2:])[2] == "sale:2025-01-31"


def test_without_maintenance_and_sale_there_is_nothing_to_count_from():
    assert due() is None
    assert due(vehicles=[car(sold_on=date(2026, 2, 1))]) is None


@pytest.mark.parametrize(
    ("vehicle", "others"),
    [
        # The one that must win is plan 1 with an engine or years; the others fit worse or not at all.
        ({}, [plan(plan_id=2, engine_key="2.0"), plan(plan_id=3, model_key="ceed")]),
        ({"year": 2020}, [plan(plan_id=2, year_from=2021), plan(plan_id=3, year_to=2019)]),
        ({"year": None}, [plan(plan_id=2, year_from=2010, interval_km=1)]),
        ({"engine_key": ""}, [plan(plan_id=2, engine_key="1.6", interval_km=1)]),
    ],
)
def test_a_plan_that_does_not_fit_is_passed_over(vehicle: dict[str, Any], others: list[dict[str, Any]]):
    row = due(vehicles=[car(**vehicle)], vehicle_visits=[served()], plans=[*others, plan()])
    assert row is not None
    assert row["plan_id"] == 1


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"engine_key": "1.6"}, {"year_from": 2020, "year_to": 2020}),
        ({"year_from": 2019}, {"year_from": 2018, "year_to": 2020}),
        ({"year_from": 2018}, {"year_to": 2020}),
        ({"year_from": 2018, "year_to": 2020}, {"year_from": 2018, "year_to": 2021}),
        ({"year_to": 2025}, {}),
        ({"interval_months": 6}, {"interval_km": 5_000}),
        ({"interval_km": 9_999}, {}),
    ],
)
def test_of_several_plans_the_nearest_one(better: dict[str, Any], worse: dict[str, Any]):
    plans = [plan(plan_id=2, **worse), plan(**better)]
    row = due(vehicles=[car(year=2020)], vehicle_visits=[served()], plans=plans)
    assert row is not None
    assert row["plan_id"] == 1
