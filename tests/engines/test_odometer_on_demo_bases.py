"""What the odometer rules find out about dealerships whose truth is known.

The seeds were not used while the rules were made; what the demo knows of slips and visits comes from
its own model of mileage.
"""

from datetime import date
from pathlib import Path

import pytest
from tests.engines import demo_base
from tests.engines.demo_base import DemoBase

from vernost.facts import backtest, calibration, maintenance, odometer

CUSTOMERS = 8_000
UNTIL = date(2026, 6, 30)


@pytest.fixture(scope="module", params=[221, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (222, 223))])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DemoBase:
    folder: Path = tmp_path_factory.mktemp(f"demo-{request.param}")
    return demo_base.make(folder, customers=CUSTOMERS, seed=request.param, until=UNTIL)


def test_slips_of_the_odometer_are_found(base: DemoBase):
    readings = odometer.accepted_readings(base.con, base.until)
    rows = base.con.to_pyarrow(readings.filter(~readings.accepted).select("order_ids")).to_pylist()
    found = {order for row in rows for order in row["order_ids"].split(",")}
    right = len(found & base.slips)
    assert right / len(found) >= 0.9
    assert right / len(base.slips) >= 0.95


def test_eight_of_ten_owners_come_within_the_range(base: DemoBase):
    cars = maintenance.next_maintenance(base.con, base.until)
    ranged = calibration.with_range(cars, base.con, base.until)
    named = ranged.join(base.con.table("vehicles").select("vehicle_id", "ref"), "vehicle_id")
    rows = base.con.to_pyarrow(named.select("ref", "due_from", "expected_on", "due_to")).to_pylist()
    came = [(row, base.truth[row["ref"]]) for row in rows if base.truth[row["ref"]]]
    assert all(row["due_from"] <= row["expected_on"] <= row["due_to"] for row, _day in came)
    within = sum(row["due_from"] <= day <= row["due_to"] for row, day in came)
    assert 0.77 <= within / len(came) <= 0.83


def test_the_backtest_says_the_same_and_beats_the_rules_of_people(base: DemoBase):
    results = {(one.group, one.rule): one for one in backtest.results(base.con, base.until)}
    ours = results["all", "vernost"]
    assert ours.within_range is not None
    assert 0.77 <= ours.within_range <= 0.83
    for rule in ("first_to_last", "12_months_15000_km"):
        assert ours.mae_days <= 0.75 * results["all", rule].mae_days
        assert ours.cases == results["all", rule].cases
