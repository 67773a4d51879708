"""The effect of a strategy: by hand, and nothing where the data say nothing."""

from math import sqrt

import pytest

from vernost.reports.rules.cell_yield import CellYield, effect, pooled

OTHERS_NOW = CellYield(customers=1000, came=200, margin=50_000, margin_squares=5e6)
OTHERS_BEFORE = CellYield(customers=1000, came=250, margin=50_000, margin_squares=5e6)
BEFORE = CellYield(customers=400, came=80, margin=40_000, margin_squares=8e6)


def test_a_cell_is_compared_with_itself_and_with_the_others():
    """20 % of the cell came a year before, 30 % now; the others fell from 25 to 20 %: 15 points are the strategy's."""
    now = CellYield(customers=400, contacted=300, came=120, margin=60_000, margin_squares=12e6)
    found = effect(now, BEFORE, OTHERS_NOW, OTHERS_BEFORE)
    error = sqrt(0.3 * 0.7 / 400 + 0.2 * 0.8 / 400 + 0.2 * 0.8 / 1000 + 0.25 * 0.75 / 1000)
    assert found.came.value == pytest.approx(0.15)
    assert (found.came.low, found.came.high) == pytest.approx((0.15 - 1.96 * error, 0.15 + 1.96 * error), abs=1e-4)
    # Of a customer 150 kopecks against 100; the others' mean has not changed.
    assert found.margin.value == pytest.approx(50)
    mine = (12e6 / 400 - 150**2) / 400 + (8e6 / 400 - 100**2) / 400 + 2 * (5e6 / 1000 - 50**2) / 1000
    assert found.margin.high - found.margin.value == pytest.approx(1.96 * sqrt(mine), abs=1e-2)
    assert found.verdict == "works"


@pytest.mark.parametrize(("came", "verdict"), [(60, "no_proof"), (20, "harms")])
def test_a_change_within_chance_is_no_proof(came, verdict):
    now = CellYield(customers=400, came=came, margin=40_000, margin_squares=8e6)
    assert effect(now, BEFORE, OTHERS_NOW, OTHERS_BEFORE).verdict == verdict


@pytest.mark.parametrize(
    "now",
    [CellYield(customers=99, came=50), CellYield(customers=400, came=4), CellYield()],
)
def test_few_customers_or_visits_say_nothing(now):
    found = effect(now, BEFORE, OTHERS_NOW, OTHERS_BEFORE)
    assert (found.came, found.margin, found.verdict) == (None, None, "not_enough_data")


def test_cells_without_a_strategy_are_one_group():
    assert pooled([CellYield(1, 1, 0, 5, 4, 16.0), CellYield(2, 0, 1, 5, 3, 9.0)]) == CellYield(3, 1, 1, 10, 7, 25.0)
    assert pooled([]) == CellYield()
