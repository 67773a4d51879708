"""How fast a car runs and what its odometer shows: the worked numbers of docs/algorithms/odometer.md."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.facts import due, odometer
from vernost.facts.odometer import RateRules

load_fact_tables()

D = date(2026, 1, 31)
KIA, LADA = ("kia", "rio"), ("lada", "vesta")
Told = dict[int, tuple[tuple[str, str], list[tuple[date, int]]]]

WORKED = [
    (date(2024, 1, 10), 20_000),
    (date(2024, 7, 8), 27_200),
    (date(2025, 1, 4), 344_000),
    (date(2025, 7, 3), 41_600),
    (date(2025, 12, 30), 48_800),
]
# 360 days, 18 000 km: 50 km a day.
SECOND = [(date(2025, 1, 1), 10_000), (date(2025, 12, 27), 28_000)]


def base(cars: Told) -> Any:
    vehicles = [
        {"vehicle_id": number, "make_key": make, "model_key": model} for number, ((make, model), _) in cars.items()
    ]
    readings = [
        {"vehicle_id": number, "on": on, "km": km, "order_ids": f"O-{place}"}
        for number, (_, told) in cars.items()
        for place, (on, km) in enumerate(told)
    ]
    return facts.of_rows({"vehicles": vehicles, "readings": readings})


def state(cars: Told, as_of: date = D, rules: RateRules = odometer.DEFAULT_RATES) -> dict[int, dict[str, Any]]:
    rows = odometer.state(base(cars), as_of, rules).to_pyarrow().to_pylist()
    return {row["vehicle_id"]: row for row in rows}


def rates(cars: Told, as_of: date = D) -> dict[int, int]:
    return {number: row["rate_m_per_day"] for number, row in state(cars, as_of).items()}


def test_the_worked_example():
    assert state({1: (KIA, WORKED), 2: (LADA, SECOND)})[1] == {
        "vehicle_id": 1,
        "last_on": date(2025, 12, 30),
        "last_day": due.day_number(date(2025, 12, 30)),
        "last_km": 48_800,
        "chain": 0,
        "readings": 4,
        # The step from 10.01.2024 begins before 1.02.2024, 730 days before the day.
        "window_days": 540,
        "window_km": 21_600,
        # m = (40 000 + 50 000) / 2; (21 600 000 + 180 x 45 000) / (540 + 180).
        "rate_m_per_day": 41_250,
        # 48 800 + 32 days x 41.25 km = 50 120.
        "predicted_km": 50_120,
    }


def test_a_step_belongs_to_the_window_with_both_its_days():
    steps = [(D - timedelta(days=730), 1000), (D - timedelta(days=400), 2000), (D, 5000)]
    early = [(D - timedelta(days=731), 1000), *steps[1:]]
    assert (state({1: (KIA, steps)})[1]["window_days"], state({1: (KIA, early)})[1]["window_days"]) == (730, 400)


def test_a_change_of_cluster_is_passed_over():
    told = [
        (D - timedelta(days=600), 50_000),
        (D - timedelta(days=500), 55_000),
        (D - timedelta(days=400), 60_000),
        (D - timedelta(days=300), 100),
        (D - timedelta(days=200), 5_100),
        (D - timedelta(days=100), 10_100),
    ]
    row = state({1: (KIA, told)})[1]
    assert (row["window_km"], row["window_days"], row["chain"], row["last_km"]) == (20_000, 400, 1, 10_100)


def test_a_car_that_nobody_has_read_runs_like_its_model_and_shows_nothing():
    row = state({1: (KIA, WORKED), 2: (KIA, [])})[2]
    assert (row["last_km"], row["readings"], row["rate_m_per_day"], row["predicted_km"]) == (None, 0, 40_000, None)


def test_without_any_rate_it_is_41_km_a_day():
    assert rates({1: (KIA, [(D - timedelta(days=10), 100)]), 2: (LADA, [])}) == {1: 41_000, 2: 41_000}


def pair(m_per_day: int) -> list[tuple[date, int]]:
    """Two readings 100 days apart."""
    return [(D - timedelta(days=100), 1000), (D, 1000 + m_per_day // 10)]


def test_the_model_speaks_from_thirty_cars_on():
    # 29 cars of 20 km a day and a hundred others of 60: the base's median is 60.
    few = {number: (KIA, pair(20_000)) for number in range(29)}
    others = {number: (LADA, pair(60_000)) for number in range(100, 200)}
    enough = {**few, 29: (KIA, pair(20_000))}
    bare = {1000: (KIA, [])}
    assert rates({**few, **others, **bare})[1000] == 60_000
    assert rates({**enough, **others, **bare})[1000] == 20_000


def test_the_median_of_an_even_count_is_rounded_half_up():
    # 2 700 km in 270 days and 3 001 km in 300: 10 000 and 10 003 metres a day.
    slow, fast = [(D - timedelta(days=270), 1), (D, 2701)], [(D - timedelta(days=300), 1), (D, 3002)]
    assert rates({1: (KIA, slow), 2: (KIA, fast), 3: (KIA, [])})[3] == 10_002


def test_a_rate_is_rounded_half_up():
    # Σkm 1, Σdays 220 and m = 5: (1000 + 900) / 400 = 4.75.
    told = [(D - timedelta(days=220), 1), (D, 2)]
    assert rates({1: (KIA, told)}) == {1: 5}


def test_a_standing_car_has_the_rate_of_its_model_in_part():
    told = [(D - timedelta(days=180), 5000), (D, 5000)]
    # Nought and 60 km a day: the median is 30; 180 days of nought and as many of 30 are 15.
    assert rates({1: (KIA, told), 2: (KIA, pair(60_000))})[1] == 15_000


def test_what_is_dated_after_the_day_is_not_seen():
    later = [*WORKED, (date(2026, 2, 1), 999)]
    assert state({1: (KIA, later)}) == state({1: (KIA, WORKED)})


def test_the_settings_of_a_manager_count():
    rules = RateRules(window_days=365, weight_days=0, model_vehicles=1, base_rate_m=1)
    row = state({1: (KIA, WORKED)}, rules=rules)[1]
    assert (row["window_days"], row["window_km"], row["rate_m_per_day"]) == (180, 7200, 40_000)


DAYS = st.integers(0, 500).map(lambda days: date(2024, 1, 1) + timedelta(days=days))
CARS = st.lists(st.lists(st.tuples(DAYS, st.integers(1, 60_000)), max_size=7, unique=True), min_size=1, max_size=4)


@settings(max_examples=15)
@given(CARS, DAYS)
def test_an_older_day_is_judged_as_if_nothing_had_come_after(cars: list[list[tuple[date, int]]], as_of: date):
    """The mirror keeps the judgement of all readings; a day of the past must not know of it."""
    told = {number: (KIA, readings) for number, readings in enumerate(cars)}
    whole = odometer.accepted_readings(base(told), date(2030, 1, 1)).to_pyarrow().to_pylist()
    mirror = facts.of_rows({"readings": whole})
    known = {number: (KIA, [one for one in readings if one[0] <= as_of]) for number, readings in enumerate(cars)}
    assert judged(mirror, as_of) == judged(base(known), as_of)


def judged(con: Any, as_of: date) -> list[dict[str, Any]]:
    rows = odometer.accepted_readings(con, as_of).drop("order_ids").order_by("vehicle_id", "on", "km")
    found: list[dict[str, Any]] = rows.to_pyarrow().to_pylist()
    return found


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2026, 1, 31)])
def test_a_day_number_is_the_days_since_1970(day: date):
    assert due.day_number(day) == (day - date(1970, 1, 1)).days
