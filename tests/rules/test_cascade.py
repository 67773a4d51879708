import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies
from tests.rules import histories
from tests.rules.histories import Customer, Visit

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.segments.rules import cascade
from vernost.segments.rules.cascade import Places

load_fact_tables()

START = date(2024, 1, 1)
FAR = date(2099, 1, 1)
DEFAULTS = RuleSettings()
EACH = Places(each=True)


def day(number: int) -> date:
    return START + timedelta(days=number)


def told(customers, rules=DEFAULTS, *, until=FAR, **kinds):
    con = facts.of_rows(histories.tables(customers))
    found = cascade.events(con, rules, until=until, **({"places": EACH} | kinds))
    rows = con.to_pyarrow(found).to_pylist()
    return Counter((row["customer_id"], row["on"], row["kind"], row["branch_id"]) for row in rows)


def of_one(*visits, until=FAR, rules=DEFAULTS, places=EACH, **columns):
    """The events of one customer, as (day, kind, branch)."""
    stays = [Visit(day(on), branch, ref=f"O-{number}") for number, (on, branch) in enumerate(visits)]
    found = told([Customer(stays, **columns)], rules, until=until, places=places)
    assert set(found.values()) <= {1}
    return sorted(((on - START).days, kind, branch) for _, on, kind, branch in found)


def test_a_gap_over_the_threshold_is_slept_and_returned():
    """The example of docs/algorithms/cascade.md."""
    assert of_one((0, 1), (100, 1), (600, 2)) == [
        (0, "new", 1),
        (466, "slept", 1),
        (600, "returned", 2),
        (966, "slept", 2),
    ]


@pytest.mark.parametrize(
    ("gap", "middle"),
    [
        (365, []),
        (366, []),  # on the very day of falling asleep: awake
        (367, [(366, "slept", 1), (367, "returned", 1)]),
    ],
)
def test_a_visit_on_the_day_of_falling_asleep_keeps_awake(gap, middle):
    assert of_one((0, 1), (gap, 1)) == [(0, "new", 1), *middle, (gap + 366, "slept", 1)]


def test_who_comes_to_another_branch_moves_unless_he_slept():
    assert of_one((0, 1), (10, 2), (20, 2), until=day(30)) == [(0, "new", 1), (10, "moved_in", 2), (10, "moved_out", 1)]
    assert of_one((0, 1), (10, None), until=day(30)) == [(0, "new", 1), (10, "moved_in", 0), (10, "moved_out", 1)]
    assert of_one((0, 1), (10, 2), until=day(30), places=cascade.WHOLE) == [(0, "new", 0)]
    own = Places(own=[1, 2])
    assert of_one((0, 1), (10, 2), (20, 3), until=day(30), places=own) == [
        (0, "new", cascade.OWN),
        (20, "moved_in", cascade.FOREIGN),
        (20, "moved_out", cascade.OWN),
    ]


@pytest.mark.parametrize(
    ("blocked_on", "expected"),
    [
        (0, []),  # on the day of the first visit: nothing of him counts
        (50, [(0, "new", 1), (50, "blocked", 1)]),
        (100, [(0, "new", 1), (100, "blocked", 1)]),  # on the day of a visit elsewhere
        (466, [(0, "new", 1), (100, "moved_in", 2), (100, "moved_out", 1), (466, "blocked", 2)]),  # not slept
        (467, [(0, "new", 1), (100, "moved_in", 2), (100, "moved_out", 1), (466, "slept", 2)]),  # asleep already
    ],
)
def test_blocking_leaves_the_base_and_nothing_counts_from_that_day(blocked_on, expected):
    assert of_one((0, 1), (100, 2), blocked_on=day(blocked_on)) == expected


def test_who_is_blocked_on_every_day_was_never_there():
    assert of_one((0, 1), (100, 2), blocked=True) == []


def test_of_a_day_the_last_order_gives_the_branch():
    visits = [Visit(START, 1, 5, "O-1"), Visit(START, 2, 9, "O-2"), Visit(START, 3, 9, "O-10")]
    assert list(told([Customer(visits)], until=START)) == [(1, START, "new", 2)]


def test_a_past_day_knows_what_had_been_imported():
    rows = histories.tables(
        [Customer([Visit(day(0), 1, 0, "O-1"), Visit(day(9), 1, 0, "O-2")]), Customer([Visit(day(5))])]
    )
    rows["orders"][2]["known_on"] = day(40)
    con = facts.of_rows(rows)

    def new(known_on):
        found = cascade.events(con, DEFAULTS, known_on=known_on, until=day(30))
        return sorted(row["customer_id"] for row in con.to_pyarrow(found).to_pylist())

    assert (new(None), new(day(40)), new(day(39))) == ([1, 2], [1, 2], [1])


def test_months_have_the_flows_and_what_was_before_is_told_apart():
    customers = [Customer([Visit(day(on))]) for on in (0, 31, 33)]
    con = facts.of_rows(histories.tables(customers))
    found = cascade.monthly(cascade.events(con, DEFAULTS, until=day(400)), start=day(31))
    nothing = dict.fromkeys(cascade.FLOWS, 0)
    assert sorted(con.to_pyarrow(found).to_pylist(), key=str) == sorted(
        [
            {"month": None, **nothing, "new": 2},
            {"month": date(2024, 2, 1), **nothing, "new": 1},
            {"month": date(2025, 1, 1), **nothing, "slept": 1},
            {"month": date(2025, 2, 1), **nothing, "slept": 2},
        ],
        key=str,
    )


# 20 bases of 500 customers: ten thousand histories.
@settings(max_examples=20)
@given(seed=strategies.integers(0, 2**32))
def test_random_histories_have_the_events_of_a_walk_from_day_to_day(seed):
    chance = random.Random(seed)
    length = chance.choice([60, 90])
    rules = replace(DEFAULTS, sleep_after_days=chance.choice([5, 12, 30]), loyal_window_days=40)
    customers = histories.random_customers(chance, 500, START, length)
    expected = Counter(
        (number, day(on), kind, branch or cascade.NO_BRANCH)
        for number, customer in enumerate(customers, 1)
        for on in range(length)
        for kind, branch in histories.events(customer, day(on), rules)
    )
    assert told(customers, rules, until=day(length - 1)) == expected


@settings(max_examples=20)
@given(seed=strategies.integers(0, 2**32))
def test_opening_and_flows_make_the_closing_of_any_two_days(seed):
    chance = random.Random(seed)
    rules = replace(DEFAULTS, sleep_after_days=chance.choice([5, 12, 30]))
    customers = histories.random_customers(chance, 100, START, 90)
    first, last = sorted(day(chance.randrange(-5, 120)) for _ in range(2))
    found = told(customers, rules, until=last)
    sign = {kind: 1 if kind in cascade.COMING else -1 for kind in cascade.FLOWS}
    branches = {branch for _, _, _, branch in found}

    def base(on, branch):
        awake = [one for one in customers if histories.state(one, on, rules) in histories.BASE]
        return sum((one.branch(on) or cascade.NO_BRANCH) == branch for one in awake)

    for branch in branches:
        flows = sum(sign[kind] * count for (_, on, kind, at), count in found.items() if at == branch and on > first)
        assert base(first, branch) + flows == base(last, branch)
