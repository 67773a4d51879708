"""The compiled loops give what the definitions give, on random histories and at the borders."""

import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from tests.rules import histories
from tests.rules.histories import Customer, Visit

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.facts.array_kernels import NO_DAY, UNKNOWN
from vernost.facts.arrays import Arrays, Rows
from vernost.segments import dense, dense_months, metrics
from vernost.segments.rules import cascade, days, retention
from vernost.segments.rules.lifecycle import STATES

load_fact_tables()
metrics.discover()

BRANCHES = (1, 2)
START = date(2022, 1, 1)


def arrays_of(customers):
    """The arrays as the mirror lays them out."""
    lying = [sorted(one.visits, key=lambda v: (v.on, v.second, v.ref)) for one in customers]
    flat = [visit for visits in lying for visit in visits]
    visits = {
        "day": np.array([days.number_of(v.on) for v in flat], np.int32),
        "revenue": np.array([v.revenue for v in flat], np.int64),
        "margin": np.array([v.margin for v in flat], np.int64),
        "branch": np.array([-1 if v.branch is None else BRANCHES.index(v.branch) for v in flat], np.int16),
    }
    people = {
        "blocked": np.array([UNKNOWN if one.blocked is None else one.blocked for one in customers], np.int8),
        "blocked_day": np.array(
            [NO_DAY if one.blocked_on is None else days.number_of(one.blocked_on) for one in customers], np.int32
        ),
    }
    starts = np.cumsum([0, *map(len, lying)])
    tables = {"people": Rows(np.zeros(0, np.int64), people), "visits": Rows(starts, visits)}
    return Arrays("1", np.arange(1, len(customers) + 1), {"branches": BRANCHES}, tables)


def refs_of(numbers):
    return [f"C-{number}" for number in numbers]


def by_definition(customers, as_of, rules):
    con = facts.of_rows(histories.tables(customers), built=True)
    rows = con.table("customers").select("customer_id")
    for code in ("lifecycle", "rfm", "abc"):
        of = metrics.metrics[code].of(con, as_of, rules).rename(other="customer_id")
        rows = rows.left_join(of, [("customer_id", "other")]).drop("other")
    columns = ("state", "dna_code", "r", "f", "m", "frequency", "monetary", "abc", "abc_revenue")
    return [tuple(row[name] for name in columns) for row in con.to_pyarrow(rows.order_by("customer_id")).to_pylist()]


def by_loops(customers, as_of, rules):
    arrays = arrays_of(customers)
    found = dense.figures(arrays, as_of, rules, refs_of)
    codes = dense.dna_codes(arrays, as_of, rules).to_pylist()
    rows = zip(
        [STATES[state] for state in found.state],
        codes,
        *(getattr(found, axis).tolist() for axis in ("r", "f", "m", "frequency", "monetary")),
        [dense.CLASSES[place] for place in found.abc],
        found.abc_revenue.tolist(),
        strict=True,
    )
    return [row if row[5] else (*row[:2], *(None,) * 5, *row[7:]) for row in rows]


@settings(max_examples=15)
@given(seed=strategies.integers(0, 2**32))
def test_states_letters_scores_and_classes_of_random_bases(seed):
    chance = random.Random(seed)
    rules = replace(
        RuleSettings(),
        sleep_after_days=chance.choice([60, 200, 365]),
        loyal_visits=chance.choice([2, 3, 4]),
        loyal_window_days=chance.choice([200, 730]),
        rfm_window_days=chance.choice([100, 400, 1095]),
        abc_window_days=chance.choice([100, 365]),
        abc_a_percent=chance.choice([30, 75]),
    )
    customers = histories.random_customers(chance, chance.choice([1, 7, 150]), START, 1400)
    as_of = chance.choice([date(2024, 6, 30), date(2024, 12, 31), START + timedelta(days=chance.randrange(-5, 1500))])
    assert by_loops(customers, as_of, rules) == by_definition(customers, as_of, rules)


def test_equal_values_on_a_border_of_classes_go_by_their_ids():
    customers = [Customer([Visit(START, revenue=100)])] * 10
    assert [row[7] for row in by_loops(customers, START, RuleSettings())] == [
        row[7] for row in by_definition(customers, START, RuleSettings())
    ]


@pytest.mark.parametrize("customers", [[], [Customer()], [Customer(blocked=True)]])
def test_a_base_without_visits(customers):
    assert by_loops(customers, START, RuleSettings()) == by_definition(customers, START, RuleSettings())


def counted(customers, rules, until, *, by_branch):
    """Events by day and branch, by the loops; days count from START."""

    def since_start(known):
        return (known - np.datetime64(START, "D")).astype(np.int64)

    found = dense.cascade(arrays_of(customers), rules, until=until, bucket_of=since_start, by_branch=by_branch)
    places = (*BRANCHES, cascade.NO_BRANCH) if by_branch else (cascade.NO_BRANCH,)
    return {
        (START + timedelta(days=int(day)), places[place], cascade.FLOWS[flow]): int(found[day, place, flow])
        for day, place, flow in zip(*found.nonzero(), strict=True)
    }


@settings(max_examples=15)
@given(seed=strategies.integers(0, 2**32))
def test_the_cascade_of_random_bases(seed):
    chance = random.Random(seed)
    rules = replace(RuleSettings(), sleep_after_days=chance.choice([5, 30]))
    # Somebody comes on the first day, so that days count from it.
    customers = [Customer([Visit(START)]), *histories.random_customers(chance, 300, START, 90)]
    until, by_branch = START + timedelta(days=chance.randrange(120)), chance.random() < 0.7
    con = facts.of_rows(histories.tables(customers))
    events = cascade.events(con, rules, until=until, places=cascade.Places(each=by_branch))
    rows = con.to_pyarrow(events.group_by("on", "branch_id", "kind").aggregate(count=events.count())).to_pylist()
    expected = {(row["on"], row["branch_id"], row["kind"]): row["count"] for row in rows}
    assert counted(customers, rules, until, by_branch=by_branch) == expected


@settings(max_examples=12)
@given(seed=strategies.integers(0, 2**32))
def test_retention_and_cohorts_of_random_bases(seed):
    chance = random.Random(seed)
    customers = histories.random_customers(chance, chance.choice([1, 150]), START, 1400)
    as_of = START + timedelta(days=chance.randrange(800, 1500))
    arrays, con = arrays_of(customers), facts.of_rows(histories.tables(customers))
    last = retention.last_finished(as_of)
    of_customers = [one for one in retention.DEFINITIONS if one.unit == "customer"]
    for definition in of_customers:
        (row,) = con.to_pyarrow(retention.counted(retention.retained(con, definition, last))).to_pylist()
        assert dense_months.kept(arrays, definition, last) == row
    by_month = [dense_months.kept(arrays, of_customers[0], month) for month in range(last - 5, last + 1)]
    assert dense_months.retained(arrays, last, 6) == [(row["base"], row["kept"]) for row in by_month]
    begun = retention.beginnings(con, "customer", "visit", as_of)
    began = con.to_pyarrow(begun.group_by("month").aggregate(size=begun.count())).to_pylist()
    came = con.to_pyarrow(retention.cohorts(con, begun, "customer", as_of)).to_pylist()
    found = list(dense_months.cohorts(arrays, as_of))
    assert {row["month"]: row["size"] for row in found} == {
        row["month"]: row["size"] for row in began if row["month"] + 12 <= last
    }
    assert {(row["month"], row["year"]): (row["came"], row["revenue"]) for row in found if row["came"]} == {
        (row["month"], row["year"]): (row["came"], row["revenue"]) for row in came
    }


def test_what_a_day_brought():
    twice = [
        Visit(START, revenue=5, margin=2),
        Visit(START, revenue=7, margin=-1, ref="2"),
        Visit(START + timedelta(3)),
    ]
    once = [Visit(START - timedelta(1), revenue=100), Visit(START, revenue=1)]
    customers = [Customer(twice), Customer(once)]
    found = dense.daily(arrays_of(customers), START, 3)
    assert {name: values.tolist() for name, values in found.items()} == {
        "visits": [2, 0, 0],
        "revenue": [13, 0, 0],
        "margin": [1, 0, 0],
    }
