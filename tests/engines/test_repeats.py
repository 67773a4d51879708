"""Repeat repairs by loops are those of the definition, on invented bases: on disk, changed since, and in memory."""

import os
import random
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests import mirrors

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.core.actor import system
from vernost.facts.mirror import Mirror
from vernost.reports.asked import Asked
from vernost.reports.risk_events import risk_events
from vernost.segments import repeats as by_loops
from vernost.segments.rules import risks

load_fact_tables()

PLAIN, WIDE = RuleSettings(), RuleSettings(risk_repeat_days=200, risk_repeat_km=60_000, risk_days=700)
CASES = (
    (mirrors.TODAY, PLAIN, None),
    (mirrors.TODAY + timedelta(days=60), WIDE, None),
    (mirrors.TODAY, WIDE, frozenset({1, 2})),
    (date(2025, 10, 9), PLAIN, frozenset({1, 2})),
)
VERSIONS = ("00000001", "00000002")
MORE = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6)]


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


def told(con: Any, as_of: date, settings: RuleSettings, branches: frozenset[int] | None, *, loops: bool) -> Any:
    asked = Asked(con, replace(system("test"), branch_ids=branches), as_of)
    asked.__dict__["settings"] = settings
    found = risk_events(asked) if loops else risks.events(asked, as_of, settings)
    return sorted(map(repr, con.to_pyarrow(found).to_pylist()))


def changed(first: Mirror, chance: random.Random, rows: Mapping[str, Any]) -> Mirror:
    """Write a version after it: some orders are gone, some are others now, some are new, all with their lines."""
    some = [order for order in rows["vehicle_visits"] if chance.random() < 0.3]
    again = [{**order, "kind": chance.choice(["tyres", "brakes", "repair"])} for order in some if chance.random() < 0.7]
    for order in again:
        order["on"] += timedelta(days=chance.choice([0, 0, 20, 300]))
        order["vehicle_id"] = chance.choice([order["vehicle_id"], 3, None])
        order["order_id"] += chance.choice([0, 0, 10_000])
    lines = [
        {
            "order_id": order["order_id"],
            "line_no": 1,
            "category_key": chance.choice(["brakes", "oil"]),
            "declined": False,
        }
        for order in again
    ]
    cars = {order["order_id"]: order["vehicle_id"] for order in again}
    lines = [{**line, "vehicle_id": cars[line["order_id"]]} for line in lines]
    folder = first.folder.parent / "00000002"
    shutil.copytree(first.folder, folder, copy_function=os.link, ignore=shutil.ignore_patterns("kept"))
    con = facts.of_rows({"vehicle_visits": again, "lines": lines}).con
    con.register("old", pa.table({"order_id": [order["order_id"] for order in some]}))
    stored = dict(first.tables)
    for name in ("vehicle_visits", "lines"):
        con.execute(f"COPY {name} TO '{folder / name}.delta.parquet' (FORMAT parquet)")
        con.execute(f"COPY old TO '{folder / name}.gone.parquet' (FORMAT parquet)")
        stored[name] = replace(stored[name], key="order_id", delta=f"{name}.delta.parquet", gone=f"{name}.gone.parquet")
    return replace(first, version="00000002", folder=folder, tables=stored)


def repeats(rows: list[str]) -> list[str]:
    return [row for row in rows if "'repeat_repair'" in row]


@pytest.mark.parametrize("seed", [0, *MORE])
def test_everybody_s_risks_are_those_of_the_definition(seed: int) -> None:
    chance = random.Random(seed)
    con = facts.of_rows(invented(chance), built=True)
    for case in CASES:
        found = told(con, *case, loops=True)
        assert found == told(con, *case, loops=False)
    assert repeats(told(con, *CASES[1], loops=True))


@pytest.mark.parametrize("seed", [0, *MORE])
def test_they_are_found_once_for_a_base_and_again_where_orders_change(
    seed: int, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIRROR_DIR = tmp_path
    monkeypatch.setattr(by_loops, "_ORDERS_AT_ONCE", 40)
    chance = random.Random(seed)
    rows = invented(chance)
    first = mirrors.written(tmp_path, rows)
    found = []
    for mirror in (first, changed(first, chance, rows), first):
        con = facts.connect(mirror)
        found.append(told(con, *CASES[0], loops=True))
        assert found[-1] == told(con, *CASES[0], loops=False)
    assert repeats(found[0]) != repeats(found[1])
    assert found[0] == found[2]
    linked = [(tmp_path / version / "kept" / "repeats-30-2000" / "on.npy").stat().st_ino for version in VERSIONS]
    assert len(set(linked)) == 1
