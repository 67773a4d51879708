"""The funnel on a handful of invitations."""

from dataclasses import replace
from datetime import date
from typing import Any

import ibis

from vernost.reports import facts
from vernost.reports.facts import FunnelTables

START, END = date(2026, 3, 1), date(2026, 3, 31)

INVITATION = {
    "invitation_id": "int64",
    "programme": "string",
    "branch_id": "int64",
    "customer_id": "int64",
    "vehicle_id": "int64",
    "created_for": "date",
    "state": "string",
    "appointment_id": "int64",
    "booked_on": "date",
}
ATTEMPT = {
    "invitation_id": "int64",
    "number": "int64",
    "on": "date",
    "user_id": "int64",
    "outcome": "string",
    "reached": "bool",
    "talk_seconds": "int64",
}
APPOINTMENT = {"appointment_id": "int64", "status": "string", "booked_on": "date", "starts_on": "date"}
ORDER = {
    "order_id": "int64",
    "status": "string",
    "opened_on": "date",
    "closed_on": "date",
    "revenue": "int64",
    "margin": "int64",
}


def table(rows: list[dict[str, Any]], schema: dict[str, str]) -> ibis.Table:
    return (
        ibis.memtable(rows, schema=ibis.schema(schema))
        if rows
        else ibis.memtable({k: [] for k in schema}, schema=ibis.schema(schema))
    )


def invitation(
    number: int,
    *,
    state: str = "queued",
    appointment: int | None = None,
    booked_on: date | None = None,
    on: date = date(2026, 3, 2),
    branch: int = 7,
) -> dict[str, Any]:
    return {
        "invitation_id": number,
        "programme": "next_service",
        "branch_id": branch,
        "customer_id": number,
        "vehicle_id": number,
        "created_for": on,
        "state": state,
        "appointment_id": appointment,
        "booked_on": booked_on,
    }


def attempt(
    invitation_id: int, number: int, *, user: int, reached: bool, on: date = date(2026, 3, 3), outcome: str = "thinking"
) -> dict[str, Any]:
    return {
        "invitation_id": invitation_id,
        "number": number,
        "on": on,
        "user_id": user,
        "outcome": outcome if reached else "no_answer",
        "reached": reached,
        "talk_seconds": 60,
    }


def appointment(
    number: int, *, status: str, booked_on: date | None = date(2026, 3, 3), starts_on: date = date(2026, 3, 10)
) -> dict[str, Any]:
    return {"appointment_id": number, "status": status, "booked_on": booked_on, "starts_on": starts_on}


def tables() -> FunnelTables:
    return FunnelTables(
        invitations=table(
            [
                invitation(1),
                invitation(2, state="unreachable"),
                invitation(3, state="declined"),
                invitation(4, state="booked", appointment=40),
                invitation(5, state="arrived", appointment=50, branch=8),
                invitation(6, state="paid"),
                invitation(7, on=date(2026, 2, 28)),
            ],
            INVITATION,
        ),
        attempts=table(
            [
                attempt(2, 1, user=11, reached=False),
                attempt(3, 1, user=11, reached=False),
                attempt(3, 2, user=12, reached=True),
                attempt(4, 1, user=11, reached=True, outcome="booked"),
                attempt(6, 1, user=12, reached=True, outcome="booked"),
                attempt(1, 1, user=12, reached=True, on=date(2026, 4, 1)),
            ],
            ATTEMPT,
        ),
        attributions=table([{"order_id": 600, "invitation_id": 6}], {"order_id": "int64", "invitation_id": "int64"}),
        orders=table(
            [
                {
                    "order_id": 600,
                    "status": "closed",
                    "opened_on": date(2026, 3, 10),
                    "closed_on": date(2026, 3, 11),
                    "revenue": 1_200_000,
                    "margin": 500_000,
                }
            ],
            ORDER,
        ),
        appointments=table([appointment(40, status="booked"), appointment(50, status="arrived")], APPOINTMENT),
    )


def counted(by: facts.FunnelBy | None) -> list[dict[str, Any]]:
    rows = facts.funnel(facts.paths(tables(), start=START, end=END), by=by)
    counted_rows: list[dict[str, Any]] = ibis.duckdb.connect().to_pyarrow(rows).to_pylist()
    return counted_rows


def figures(*counts: int, revenue: int = 0, margin: int = 0, attempts: int = 0) -> dict[str, Any]:
    return dict(zip(facts.STAGES, counts, strict=True)) | {
        "revenue": revenue,
        "margin": margin,
        "attempts": attempts,
        "talk_seconds": attempts * 60,
    }


def test_each_stage_counts_those_who_got_at_least_that_far() -> None:
    assert counted(None) == [figures(6, 5, 4, 3, 2, 1, revenue=1_200_000, margin=500_000, attempts=5)]


def test_a_period_without_invitations_counts_nothing() -> None:
    rows = facts.funnel(facts.paths(tables(), start=date(2020, 1, 1), end=date(2020, 1, 31)), by=None)
    assert ibis.duckdb.connect().to_pyarrow(rows).to_pylist() == [figures(0, 0, 0, 0, 0, 0)]


def of_the_last_days() -> FunnelTables:
    """Booked and come after the period; booked in it and come after it; booked in it and again, or refused, later."""
    april = date(2026, 4, 1)
    return replace(
        tables(),
        invitations=table(
            [
                invitation(1, state="paid", appointment=10, booked_on=april),
                invitation(2, state="arrived", appointment=20, booked_on=END),
                invitation(3, state="booked", appointment=30, booked_on=END),
                invitation(4, state="declined", booked_on=END),
            ],
            INVITATION,
        ),
        attempts=table(
            [
                attempt(1, 1, user=11, reached=True, outcome="booked", on=april),
                attempt(2, 1, user=11, reached=True, outcome="booked", on=END),
                attempt(3, 1, user=11, reached=True, outcome="booked", on=END),
                attempt(3, 2, user=11, reached=True, outcome="booked", on=april),
                attempt(4, 1, user=11, reached=True, outcome="declined", on=april),
            ],
            ATTEMPT,
        ),
        appointments=table(
            [
                appointment(10, status="arrived", booked_on=april, starts_on=april),
                appointment(20, status="arrived", booked_on=END, starts_on=april),
                appointment(30, status="booked", booked_on=april, starts_on=date(2026, 4, 20)),
            ],
            APPOINTMENT,
        ),
    )


def test_what_is_booked_and_who_comes_after_the_period_does_not_count() -> None:
    found = of_the_last_days()
    march = facts.funnel(facts.paths(found, start=START, end=END), by=None)
    later = facts.funnel(facts.paths(found, start=START, end=END, as_of=date(2026, 4, 30)), by=None)
    con = ibis.duckdb.connect()
    assert con.to_pyarrow(march).to_pylist() == [figures(4, 3, 3, 3, 0, 0, attempts=2)]
    assert con.to_pyarrow(later).to_pylist() == [figures(4, 4, 4, 4, 2, 0, attempts=5)]


def test_who_comes_after_the_period_is_no_arrival_of_the_operator() -> None:
    (march,) = ibis.duckdb.connect().to_pyarrow(facts.operators(of_the_last_days(), start=START, end=END)).to_pylist()
    assert (march["booked"], march["arrived"], march["paid"]) == (2, 0, 0)


def test_by_branch_and_operator_sum_to_the_total() -> None:
    assert counted("branch") == [
        {"key": 7} | figures(5, 4, 3, 2, 1, 1, revenue=1_200_000, margin=500_000, attempts=5),
        {"key": 8} | figures(1, 1, 1, 1, 1, 0),
    ]
    assert counted("operator") == [
        {"key": 11} | figures(2, 2, 1, 1, 0, 0, attempts=2),
        {"key": 12} | figures(2, 2, 2, 1, 1, 1, revenue=1_200_000, margin=500_000, attempts=3),
        {"key": None} | figures(2, 1, 1, 1, 1, 0),
    ]


def test_a_pair_came_when_its_vehicle_visited_within_sixty_days() -> None:
    cycles = table(
        [
            {
                "cycle_id": n,
                "programme": "lost",
                "held_out": n > 3,
                "vehicle_id": n,
                "customer_id": n,
                "branch_id": 7,
                "started_on": day,
            }
            for n, day in [(1, date(2026, 1, 1)), (2, date(2026, 1, 1)), (3, date(2026, 3, 1)), (4, date(2026, 1, 1))]
        ],
        {
            "cycle_id": "int64",
            "programme": "string",
            "held_out": "bool",
            "vehicle_id": "int64",
            "customer_id": "int64",
            "branch_id": "int64",
            "started_on": "date",
        },
    )
    visits = table(
        [
            {"vehicle_id": 1, "customer_id": 1, "on": date(2026, 3, 2), "revenue": 100, "margin": 40},
            {"vehicle_id": 2, "customer_id": 2, "on": date(2026, 3, 3), "revenue": 100, "margin": 40},
            {"vehicle_id": 4, "customer_id": 4, "on": date(2026, 1, 1), "revenue": 300, "margin": 90},
            {"vehicle_id": 4, "customer_id": 4, "on": date(2026, 2, 1), "revenue": 300, "margin": 90},
        ],
        {"vehicle_id": "int64", "customer_id": "int64", "on": "date", "revenue": "int64", "margin": "int64"},
    )
    rows = facts.outcomes(cycles, visits, as_of=date(2026, 3, 31)).order_by("cycle_id")
    assert [
        (row["cycle_id"], row["held_out"], row["came"], row["revenue"])
        for row in ibis.duckdb.connect().to_pyarrow(rows).to_pylist()
    ] == [(1, False, True, 100), (2, False, False, 0), (4, True, True, 600)]


def test_an_operator_is_credited_with_the_visits_he_booked() -> None:
    rows = facts.operators(tables(), start=START, end=END)
    nothing = {"arrived": 0, "paid": 0, "revenue": 0, "margin": 0}
    assert ibis.duckdb.connect().to_pyarrow(rows).to_pylist() == [
        {"user_id": 11, "attempts": 3, "talk_seconds": 180, "reached": 1, "booked": 1} | nothing,
        {"user_id": 12, "attempts": 2, "talk_seconds": 120, "reached": 2, "booked": 1}
        | {"arrived": 1, "paid": 1, "revenue": 1_200_000, "margin": 500_000},
    ]
