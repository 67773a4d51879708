"""What a person of one branch sees of the mirror."""

from datetime import date
from typing import Any

import pytest

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.core.actor import Actor, system

load_fact_tables()

KAZAN, SAMARA = 1, 2
OF_KAZAN = Actor(code="user:1", branch_ids=frozenset({KAZAN}))

ROWS: dict[str, list[dict[str, Any]]] = {
    "branches": [{"branch_id": KAZAN}, {"branch_id": SAMARA}],
    "orders": [
        {"order_id": 1, "customer_id": 10, "vehicle_id": 100, "branch_id": KAZAN},
        {"order_id": 2, "customer_id": 20, "vehicle_id": 200, "branch_id": SAMARA},
        {"order_id": 3, "customer_id": 10, "vehicle_id": 101, "branch_id": SAMARA},
        {"order_id": 4, "customer_id": 30, "vehicle_id": 300, "branch_id": None},
    ],
    "customers": [
        {"customer_id": 10},
        {"customer_id": 20},
        {"customer_id": 30},
        {"customer_id": 40, "advisor_branch_id": KAZAN},
        {"customer_id": 50},
        {"customer_id": 60},
    ],
    "invitations": [
        {"invitation_id": 1, "customer_id": 50, "vehicle_id": 500, "branch_id": KAZAN, "state": "queued"},
        {"invitation_id": 2, "customer_id": 60, "vehicle_id": 600, "branch_id": KAZAN, "state": "declined"},
        {"invitation_id": 3, "customer_id": 60, "vehicle_id": 600, "branch_id": SAMARA, "state": "queued"},
    ],
    "attempts": [{"attempt_id": 1, "invitation_id": 1}, {"attempt_id": 2, "invitation_id": 3}],
    "vehicles": [
        {"vehicle_id": 100},
        {"vehicle_id": 101},
        {"vehicle_id": 102},
        {"vehicle_id": 200},
        {"vehicle_id": 201, "branch_id": KAZAN},
        {"vehicle_id": 300},
    ],
    # Car 102 has never come, but its owner has.
    "ownerships": [{"vehicle_id": 102, "customer_id": 10}, {"vehicle_id": 200, "customer_id": 20}],
}


@pytest.mark.parametrize(
    ("table", "key", "seen"),
    [
        ("branches", "branch_id", [KAZAN, SAMARA]),
        ("orders", "order_id", [1]),
        ("customers", "customer_id", [10, 40, 50]),
        ("vehicles", "vehicle_id", [100, 102, 201]),
        ("ownerships", "vehicle_id", [102]),
        ("invitations", "invitation_id", [1, 2]),
        ("attempts", "attempt_id", [1]),
    ],
)
def test_a_person_sees_the_rows_of_his_branches(table: str, key: str, seen: list[int]):
    con = facts.of_rows(ROWS)
    found = facts.table(table, con, actor=OF_KAZAN).select(key).to_pyarrow()[key].to_pylist()
    assert sorted(found) == seen


@pytest.mark.parametrize("table", ["orders", "customers", "vehicles", "invitations", "attempts"])
def test_no_branch_is_no_rows_and_the_group_sees_all(table: str):
    con = facts.of_rows(ROWS)

    def count(actor: Actor) -> int:
        rows: int = facts.table(table, con, actor=actor).count().to_pyarrow().as_py()
        return rows

    assert count(Actor(code="user:2", branch_ids=frozenset())) == 0
    assert count(system("test")) == len(ROWS[table])


def test_a_column_that_nobody_declared_is_refused():
    with pytest.raises(KeyError, match="orders has no columns"):
        facts.of_rows({"orders": [{"order": 1, "closed_on": date(2026, 1, 1)}]})
