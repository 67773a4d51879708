"""The reports of what came of it, on rows in memory."""

from datetime import date, timedelta
from typing import Any

from vernost import facts
from vernost.config import registries
from vernost.core.actor import Actor, system
from vernost.reports.catalogue import AsOf, discover

NIGHT = date(2026, 1, 10)
registries.load_fact_tables()


def cycle(number: int, *, held_out: bool, branch: int = 7) -> dict[str, Any]:
    return {
        "cycle_id": number,
        "programme_id": 3,
        "programme": "lost",
        "vehicle_id": number,
        "customer_id": number,
        "held_out": held_out,
        "started_on": NIGHT,
        "branch_id": branch,
    }


def visit(vehicle: int, *, after: int) -> dict[str, Any]:
    return {
        "vehicle_id": vehicle,
        "customer_id": vehicle,
        "on": NIGHT + timedelta(days=after),
        "order_id": vehicle,
        "revenue": 100_000,
        "margin": 40_000,
    }


def effect(*, held_out: int, as_of: date = date(2026, 3, 11), actor: Actor | None = None) -> list[dict[str, Any]]:
    pairs = [cycle(n, held_out=n >= 200) for n in range(200 + held_out)]
    visits = [visit(n, after=60) for n in range(60)] + [visit(n, after=61) for n in range(60, 80)]
    visits += [visit(n, after=5) for n in range(200, 200 + held_out // 10)]
    con = facts.of_rows({"cycles": pairs, "vehicle_visits": visits})
    return [dict(row) for row in discover()["effect"].rows(con, AsOf(as_of), actor=actor or system("test"))]


def test_arms_are_counted_and_the_uplift_has_its_interval() -> None:
    (row,) = effect(held_out=100)
    assert {key: row[key] for key in ("invited_pairs", "invited_visits", "held_out_pairs", "held_out_visits")} == {
        "invited_pairs": 200,
        "invited_visits": 60,
        "held_out_pairs": 100,
        "held_out_visits": 10,
    }
    assert (round(row["uplift"], 4), round(row["uplift_from"], 4), round(row["uplift_to"], 4)) == (0.2, 0.1049, 0.2804)
    assert row["verdict"] == "works"


def test_money_is_in_roubles_as_in_every_report() -> None:
    (row,) = effect(held_out=100)
    assert (row["invited_revenue"], row["invited_margin"], row["held_out_revenue"]) == (
        "60000.00",
        "24000.00",
        "10000.00",
    )
    assert (row["revenue_uplift"], row["margin_uplift"]) == ("200.00", "80.00")
    assert float(row["revenue_uplift_from"]) < 200 < float(row["revenue_uplift_to"])


def test_too_small_an_arm_gives_no_figure() -> None:
    (row,) = effect(held_out=99)
    assert (row["uplift"], row["margin_uplift_to"], row["verdict"]) == (None, None, "not_enough_data")


def test_pairs_whose_days_are_not_over_do_not_count() -> None:
    assert effect(held_out=100, as_of=date(2026, 3, 10)) == []


def test_another_branch_sees_nothing() -> None:
    assert effect(held_out=100, actor=Actor(code="user:1", branch_ids=frozenset({8}))) == []
