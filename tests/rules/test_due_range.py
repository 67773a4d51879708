"""The range around a due date: the worked numbers of docs/algorithms/due-range.md."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.facts import calibration, maintenance
from vernost.facts.calibration import Observed

load_fact_tables()

D = date(2026, 1, 31)
STAGE = calibration.BORDERS.index(60) + 1  # due in 61 to 75 days
OWN = [-60, -40, -10, -10, -10, 0, 1, 1, 1, 20, 30]
OTHERS = [-30] * 8 + [-20] + [2] * 32 + [5] + [40] * 37 + [60] + [90] * 10


def observed(late: list[int], *, slack: int, readings: int, stage: int = STAGE, came: bool = True) -> Observed:
    count = len(late)
    due = np.full(count, 20_000)
    return Observed(
        stage=np.full(count, stage),
        slack=np.full(count, slack),
        readings=np.full(count, readings),
        due=due,
        visit=due + np.array(late, dtype=np.int64) if came else np.full(count, -1),
    )


def rows(*asked: Observed) -> dict[tuple[int, int, int], tuple[int, int, int, int]]:
    found = calibration.fit(asked, date(2026, 1, 1)).to_pylist()
    names = ("low_days", "middle_days", "high_days", "cases")
    return {(row["stage"], row["slack"], row["readings"]): tuple(row[name] for name in names) for row in found}


def test_a_stratum_with_few_cases_leans_on_its_stage():
    fitted = rows(observed(OWN, slack=1, readings=3), observed(OTHERS, slack=0, readings=3))
    assert fitted[STAGE, 1, 3] == (-37, 2, 47, 11)
    # A stratum that nobody was in speaks with its stage's words.
    assert fitted[STAGE, 1, 0] == (-24, 5, 72, 0)


def test_who_did_not_come_says_nothing():
    absent = observed([900] * 50, slack=1, readings=3, came=False)
    both = rows(observed(OWN, slack=1, readings=3), observed(OTHERS, slack=0, readings=3), absent)
    assert both == rows(observed(OWN, slack=1, readings=3), observed(OTHERS, slack=0, readings=3))


def test_a_stage_with_few_cases_asks_its_neighbours():
    few = observed([7] * 10, slack=0, readings=1, stage=STAGE - 2)
    fitted = rows(few, observed([50] * 90, slack=0, readings=2))
    # Ten of 7 and ninety of 50 together have the middle 50 and the lowest tenth 28.5.
    assert fitted[STAGE - 2, 0, 1] == (round((10 * 7 + 10 * 28.5) / 20), round((10 * 7 + 10 * 50) / 20), 28, 10)
    assert fitted[STAGE, 0, 2] == (50, 50, 50, 90)


def test_a_stratum_with_few_cases_asks_the_same_cars_a_little_earlier_and_later():
    here = observed([10] * 20, slack=2, readings=3)
    near = observed([20] * 40, slack=2, readings=3, stage=STAGE + 3)
    far = observed([90] * 500, slack=2, readings=3, stage=STAGE + 4)
    assert rows(here, near, far)[STAGE, 2, 3] == (10, 20, 20, 60)


def test_a_young_base_has_no_ranges():
    assert rows(observed([0] * 59, slack=0, readings=1)) == {}
    assert rows() == {}


def learned(**columns: int) -> dict[str, Any]:
    plain = {"stage": 0, "slack": 1, "readings": 2, "low_days": -37, "middle_days": 2, "high_days": 47, "cases": 11}
    return {"as_of": date(2026, 1, 1), **plain, **columns}


def ranged(ranges: list[dict[str, Any]], as_of: date = D) -> dict[str, Any]:
    """The car of docs/algorithms/odometer.md: due on 7 April 2026 by kilometres, two readings."""
    served = date(2025, 7, 3)
    visit = {"order_id": 7, "ref": "O-7", "kind": "maintenance", "closed_second": 0, "mileage_km": 41_600}
    con = facts.of_rows(
        {
            "vehicles": [{"vehicle_id": 1, "make_key": "kia", "model_key": "rio", "engine_key": ""}],
            "vehicle_visits": [
                {"vehicle_id": 1, "on": served, "opened_on": served, **visit},
                {"vehicle_id": 2, "on": date(2026, 1, 10), "kind": "repair"},
            ],
            "readings": [
                {"vehicle_id": 1, "on": served, "km": 41_600, "order_ids": ""},
                {"vehicle_id": 1, "on": date(2025, 12, 30), "km": 48_080, "order_ids": ""},
            ],
            "plans": [
                {
                    "plan_id": 1,
                    "make_key": "kia",
                    "model_key": "rio",
                    "engine_key": "",
                    "interval_months": 12,
                    "interval_km": 10_000,
                }
            ],
            "due_ranges": ranges,
        }
    )
    found = calibration.with_range(maintenance.next_maintenance(con, as_of), con, as_of).to_pyarrow().to_pylist()
    assert len(found) == 1
    return {name: found[0][name] for name in ("due_on", "due_from", "expected_on", "due_to")}


def test_the_range_is_around_the_due_date():
    # Due in 66 days: the stage of 61 to 75.
    assert ranged([learned(stage=STAGE)]) == {
        "due_on": date(2026, 4, 7),
        "due_from": date(2026, 3, 1),
        "expected_on": date(2026, 4, 9),
        "due_to": date(2026, 5, 24),
    }


def test_no_date_of_a_range_is_before_tomorrow():
    early = [learned(stage=STAGE, low_days=-200, middle_days=-100, high_days=-90)]
    tomorrow = D + timedelta(days=1)
    assert ranged(early) == {
        "due_on": date(2026, 4, 7),
        "due_from": tomorrow,
        "expected_on": tomorrow,
        "due_to": tomorrow,
    }


def test_without_a_range_of_its_stratum_a_car_has_none():
    assert ranged([learned(stage=STAGE - 1)])["due_from"] is None
    assert ranged([learned(stage=STAGE, slack=0)])["due_from"] is None


def test_ranges_of_another_month_are_not_used():
    assert ranged([{**learned(stage=STAGE), "as_of": date(2025, 12, 1)}])["due_from"] is None


def test_the_past_is_asked_in_the_same_season():
    assert calibration.asked_days(date(2026, 1, 1)) == [
        date(2023, 12, 3),
        date(2024, 1, 2),
        date(2024, 2, 1),
        date(2022, 12, 3),
        date(2023, 1, 2),
        date(2023, 2, 1),
    ]
