"""The compiled night answers as the definitions do: every candidate, every reason, every number, on invented bases."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests import mirrors

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.contacts.rules import MessageClass
from vernost.invitations import kinds
from vernost.invitations.queries import decisions, dense_pairs
from vernost.invitations.queries.decisions import Question
from vernost.invitations.rules.known import Known
from vernost.invitations.rules.programme import ProgrammeRule
from vernost.invitations.rules.reach import CHANNELS
from vernost.invitations.rules.suppression import CYCLE

load_fact_tables()

# What is invented ends forty days after its day: every state holds from here on, but not on the days before.
FIRST_DAY = mirrors.TODAY + timedelta(days=45)
DAYS = (FIRST_DAY, date(2027, 3, 20), date(2027, 10, 5), date(2028, 2, 29), mirrors.TODAY, date(2025, 10, 9))
CYCLE_COLUMNS = ("programme", "vehicle_id", "customer_id", "anchor")
WHOLE = [*decisions._nobody().columns]


def invented(chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    """A base with addresses, plans, chains of readings and branches that can be full."""
    rows = mirrors.invented(chance, customers=chance.choice([40, 120]))
    cars, people = rows["vehicles"], rows["customers"]
    rows["addresses"] = [
        {"customer_id": one["customer_id"], "kind": kind, "invalid_on": chance.choice([None, None, date(2026, 3, 1)])}
        for one in people
        for kind in ("phone", "email")
        if chance.random() < 0.8
    ]
    rows["plans"] = [
        {
            "plan_id": number,
            "make_key": "kia",
            "model_key": model,
            "engine_key": "",
            "interval_months": 12,
            "interval_km": 15_000,
            "first_months": chance.choice([None, 6]),
            "first_km": chance.choice([None, 5_000]),
            "labour_hundredths": chance.choice([None, 250]),
        }
        for number, model in enumerate(("rio", "ceed"), 1)
    ]
    rows["readings"] = [reading for car in cars for reading in driven(chance, car["vehicle_id"])]
    for branch in rows["branches"]:
        hours = chance.random() < 0.6
        branch |= {
            "bays": chance.choice([1, 4]) if hours else 0,
            "open_minute": 540,
            "close_minute": 1080,
            "daily_limit": chance.choice([None, 0, 3]),
        }
    for number, person in enumerate(people):
        person["timezone"] = ("Europe/Moscow", "Asia/Omsk", "")[number % 3]
    rows["members"] = [
        {
            "member_id": number,
            "programme": "campaign",
            "customer_id": person["customer_id"],
            "vehicle_id": chance.choice([None, chance.choice(cars)["vehicle_id"]]),
        }
        for number, person in enumerate(people)
        if number % 5 == 0
    ]
    rows["invitations"], rows["cycles"] = [], []
    return rows


def driven(chance, car):
    day, km = mirrors.TODAY - timedelta(days=chance.randint(0, 1500)), chance.randint(0, 150_000)
    readings = []
    for _visit in range(chance.randint(0, 5)):
        readings.append({"vehicle_id": car, "on": day, "day": (day - date(1970, 1, 1)).days, "km": km})
        day, km = day + timedelta(days=chance.randint(1, 200)), km + chance.choice([0, -30_000, 900, 9_000])
        km = max(km, 1)
    return [reading for reading in readings if reading["on"] < FIRST_DAY]


def programmes(chance):
    found = []
    for kind in kinds.discover():
        params = {"audience": "campaign", "starts_on": "2026-12-01"} if kind.code == "campaign" else {}
        if kind.code == "repurchase":
            params = {"months": chance.choice([36, 60]), "by_model": {"kia rio": 24}}
        found.append(
            ProgrammeRule(
                code=kind.code,
                kind=kind.code,
                params=kind.Params(**params),
                lead_days=chance.choice([kind.lead_days, 120]),
                grace_days=chance.choice([kind.grace_days, 500]),
                message_class=chance.choice([MessageClass(kind.message_class), *MessageClass]),
                rank=chance.choice([kind.rank, 30]),
                channels=tuple(chance.sample(CHANNELS, chance.randint(1, 3))),
                control_share=chance.choice([0, 500, 5_000]),
                daily_limit=chance.choice([None, None, 2]),
                branch_ids=chance.choice([frozenset(), frozenset(), frozenset({1, 3})]),
            )
        )
    return found


def numbers(chance: random.Random) -> RuleSettings:
    return replace(
        RuleSettings(),
        sleep_after_days=chance.choice([365, 900]),
        default_interval_allowed=chance.random() < 0.7,
        odometer_window_days=chance.choice([400, 730]),
        odometer_model_vehicles=chance.choice([5, 30]),
        visited_recently_days=chance.choice([30, 200]),
        contact_window_count=chance.choice([1, 4]),
        contact_window_days=chance.choice([90, 400]),
    )


def answers(decision: decisions.Decision) -> tuple[list[Any], list[Any]]:
    rows = decision.rows.select(*WHOLE).order_by(*CYCLE, "due_on").to_pyarrow().to_pylist()
    columns = (*CYCLE, "reason")
    return rows, decision.judged.select(*columns).order_by(*columns).to_pyarrow().to_pylist()


def remembered(decided: list[dict[str, Any]], on: date, chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    """A night's record of some of the answers, as later nights find it: invitations that stand or are over."""
    drawn = [row for row in decided if row["reason"] in ("", "held_out") and chance.random() < 0.7]
    cycles = [
        {
            name: row[name]
            for name in ("programme", "vehicle_id", "customer_id", "anchor", "bucket", "held_out", "due_on")
        }
        | {"cycle_id": number, "programme_id": 1, "started_on": on, "branch_id": row["branch_id"]}
        for number, row in enumerate(drawn, 1)
    ]
    made = [
        {name: cycle[name] for name in ("cycle_id", *CYCLE_COLUMNS, "due_on")}
        | {
            "invitation_id": cycle["cycle_id"],
            "branch_id": cycle["branch_id"],
            "created_for": on,
            "state": "queued",
            "ended_on": chance.choice([None, None, on]),
        }
        for cycle in cycles
        if not cycle["held_out"]
    ]
    return {"cycles": cycles, "invitations": made}


def check(seed: int) -> None:
    chance = random.Random(seed)
    rows, rules, settings = invented(chance), programmes(chance), numbers(chance)
    first = chance.choice(DAYS)
    question = Question(first, rules, settings)
    con = facts.of_rows(rows, built=True)
    assert dense_pairs.base_of(Known(con, first, settings)) is not None
    told = answers(decisions.decide(con, question))[0]
    rows |= remembered(told, first, chance)
    if chance.random() < 0.5:
        # Whoever parts with his car is no candidate any more, though he was invited.
        rows["vehicle_events"] += [{"vehicle_id": 1 + car, "on": first, "kind": "car_sold"} for car in range(9)]
        for car in rows["vehicles"][:9]:
            car["scrapped"] = True
    later = replace(question, as_of=first + timedelta(days=chance.choice([0, 0, 1, 70])))
    by_loops = answers(decisions.decide(facts.of_rows(rows, built=True), later))
    assert by_loops[0]
    assert by_loops == answers(decisions.by_definition(facts.of_rows(rows, built=True), later))


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_loops_and_definitions_answer_the_same(seed):
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_loops_and_definitions_answer_the_same_on_many_bases(seed):
    check(seed)


def test_a_day_for_which_most_states_would_be_made_again_is_left_to_the_definitions(monkeypatch):
    rows = invented(random.Random(5))
    known = Known(facts.of_rows(rows, built=True), date(2024, 1, 1), RuleSettings())
    assert dense_pairs.base_of(known) is not None
    monkeypatch.setattr("vernost.invitations.queries.dense_pairs.FEW_LATE", 3)
    assert dense_pairs.base_of(known) is None


@pytest.mark.parametrize("rows", [{}, {"customers": [{"customer_id": 1, "ref": "C-1"}]}])
def test_a_base_without_cars_is_left_to_the_definitions(rows):
    con = facts.of_rows(rows, built=True)
    question = Question(FIRST_DAY, programmes(random.Random(1)), RuleSettings())
    assert answers(decisions.decide(con, question)) == ([], [])
