"""Shares and uplifts. The numbers of the Newcombe cases are those of his 1998 paper's table II."""

import random
from decimal import Decimal

import pytest

from vernost.reports import rules
from vernost.reports.rules import Arm, MotivationLine


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_interval_of_a_difference_is_the_published_one(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    interval = rules.uplift(Arm(pairs=first[1], visits=first[0]), Arm(pairs=second[1], visits=second[0]))
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


def test_small_arms_say_nothing() -> None:
    assert [
        rules.enough_data(Arm(100, 3), Arm(100, 2)),
        rules.enough_data(Arm(99, 30), Arm(100, 2)),
        rules.enough_data(Arm(5000, 3), Arm(100, 1)),
    ] == [True, False, False]


def test_bootstrap_covers_the_planted_difference_and_repeats_by_seed() -> None:
    dice = random.Random(7)
    covered = 0
    for trial in range(200):
        invited = [dice.randint(1, 200_000) for _ in range(400) if dice.random() < 0.3]
        held_out = [dice.randint(1, 200_000) for _ in range(400) if dice.random() < 0.2]
        interval = rules.money_uplift(invited, 400, held_out, 400, seed=trial)
        covered += interval.low <= 0.1 * 100_000.5 <= interval.high
    assert 182 <= covered <= 199
    again = [rules.money_uplift([100, 300], 100, [200], 100, seed=5) for _ in range(2)]
    assert again[0] == again[1]


def test_motivation_pays_above_the_threshold_up_to_the_cap() -> None:
    line = MotivationLine(kpi="booked", threshold=Decimal(40), rate=Decimal(150), cap=Decimal(10_000))
    assert [rules.motivation_pay(line, Decimal(fact)) for fact in (39, 40, 55, 400)] == [
        Decimal("0.00"),
        Decimal("0.00"),
        Decimal("2250.00"),
        Decimal(10_000),
    ]
