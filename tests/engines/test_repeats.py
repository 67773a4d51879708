"""Repeat repairs by loops are those of the definition, on invented bases: on disk, changed since, and in memory."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from tests import mirrors

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.core.actor import Role, system
from vernost.reports.asked import Asked
from vernost.reports.risk_events import risk_events
from vernost.segments import repeat_kernels as kernels
from vernost.segments.rules import risks

load_fact_tables()

SETTINGS = (RuleSettings(), RuleSettings(risk_repeat_days=200, risk_repeat_km=60_000, risk_days=700))
DAYS = (mirrors.TODAY, mirrors.TODAY + timedelta(days=60), date(2025, 10, 9))


def invented(chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    """Few cars with many orders: of one day, one second, one number of the source, of unknown cars, without owners."""
    rows = mirrors.invented(chance, customers=25)
    cars = [*range(1, 9), 900]
    for order in rows["vehicle_visits"]:
        order["vehicle_id"] = chance.choice([*cars, None])
        order["on"] = mirrors.TODAY - timedelta(days=chance.choice([3, 40, 41, chance.randint(-20, 900)]))
        order["opened_on"] = order["on"] - timedelta(days=chance.randint(-1, 30)) if chance.random() < 0.9 else None
        order["closed_second"] = chance.choice([None, 0, 36_000])
        order["kind"] = chance.choice(["maintenance", "repair", "brakes", "warranty"])
        if chance.random() < 0.1:
            order["ref"] = f"O-{chance.randint(1, 3)}"
    rows["visits"] = rows["vehicle_visits"]
    of_order = {order["order_id"]: order for order in rows["vehicle_visits"]}
    for line in rows["lines"]:
        line["vehicle_id"] = of_order[line["order_id"]]["vehicle_id"]
        line["on"] = of_order[line["order_id"]]["on"]
    owners = chance.sample(rows["ownerships"], 12)
    rows["ownerships"] += [{**one, "customer_id": chance.randint(1, 25)} for one in owners]
    return rows


def told(con: Any, as_of: date, settings: RuleSettings, branches: frozenset[int] | None, *, by_loops: bool) -> Any:
    asked = Asked(con, replace(system("test"), branch_ids=branches), as_of)
    asked.__dict__["settings"] = settings
    found = risk_events(asked) if by_loops else risks.events(asked, as_of, settings)
    return sorted(map(repr, con.to_pyarrow(found).to_pylist()))


def repeats(rows: list[str]) -> list[str]:
    return [row for row in rows if "'repeat_repair'" in row]


@pytest.mark.parametrize("seed", range(3))
def test_everybody_s_risks_are_those_of_the_definition(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same base each time
    con = facts.of_rows(invented(chance), built=True)
    for settings in SETTINGS:
        for as_of in DAYS:
            for branches in (None, frozenset({1, 2})):
                expected = told(con, as_of, settings, branches, by_loops=False)
                assert told(con, as_of, settings, branches, by_loops=True) == expected
    assert repeats(told(con, DAYS[0], SETTINGS[0], None, by_loops=True))
