"""The numbers are those of docs/algorithms/queue-value.md."""

from datetime import date, timedelta

from tests.rules.base import TODAY, Base

from vernost.invitations.rules.expressions import small_table
from vernost.invitations.rules.value import with_value


def values(base, rows):
    """Value of each (customer, branch of the car)."""
    asked = small_table(
        [{"customer_id": customer, "branch_id": branch} for customer, branch in rows],
        {"customer_id": "int64", "branch_id": "int64"},
    )
    for customer, _branch in rows:
        base.customer(customer)
    found = with_value(asked, base.known()).to_pyarrow().to_pylist()
    return {row["customer_id"]: row["value"] for row in found}


def visits(base, customer, *days, branch=1, margin=100_000):
    for on in days:
        base.visit(on, customer_id=customer, branch_id=branch, margin=margin, vehicle_id=None)
    return base


def busy_branch(base, branch=1, margin=300_000, count=100):
    """A hundred visits of strangers give the branch a mean of its own."""
    for number in range(count):
        visits(base, 1000 * branch + number, TODAY - timedelta(days=number), branch=branch, margin=margin)
    return base


def ago(days):
    return TODAY - timedelta(days=days)


def test_the_margin_of_a_visit_is_drawn_to_the_mean_of_the_branch():
    base = visits(busy_branch(Base(), margin=300_000), 1, ago(700), ago(400), margin=900_000)
    # (2 x 9 000 + 3 x 3 000) / (2 + 3) roubles
    assert values(base, [(1, None)]) == {1: 540_000}


def test_two_orders_of_a_day_are_one_visit():
    base = visits(busy_branch(Base()), 1, ago(700), ago(700), margin=450_000)
    assert values(base, [(1, None)]) == {1: (900_000 + 3 * 300_000) // 4}


def test_the_window_leaves_its_first_day_out():
    base = visits(busy_branch(Base()), 1, ago(1095), margin=500_000)
    visits(base, 2, ago(1094), margin=500_000)
    assert values(base, [(1, None), (2, None)]) == {1: 300_000, 2: (500_000 + 900_000) // 4}


def test_a_branch_with_under_a_hundred_visits_has_the_mean_of_the_group():
    base = busy_branch(Base(), branch=1, margin=300_000)
    busy_branch(base, branch=2, margin=500_000, count=99)
    group = (100 * 300_000 + 99 * 500_000) / 199
    visits(base, 1, ago(700), branch=2, margin=0)
    assert values(base, [(1, None)]) == {1: round(3 * group / 4)}


def test_the_branch_is_that_of_the_last_visit_else_of_the_car_else_the_group():
    base = busy_branch(Base(), branch=1, margin=300_000)
    busy_branch(base, branch=2, margin=500_000)
    visits(base, 1, ago(900), branch=1, margin=0)
    visits(base, 1, ago(800), branch=2, margin=0)
    found = values(base, [(1, 1), (5, 2), (6, None)])
    assert found == {1: 300_000, 5: 500_000, 6: 400_000}


def test_a_loss_is_rounded_away_from_zero_like_a_gain():
    base = visits(Base(), 1, ago(700), margin=-3)
    visits(base, 2, ago(700), margin=3)
    visits(base, 3, ago(700), margin=2)
    # A quarter each, as no branch has a mean and the group earned nothing in the year: -0.75, 0.75, 0.5.
    assert values(base, [(1, None), (2, None), (3, None)]) == {1: -1, 2: 1, 3: 1}


def test_without_any_visit_everybody_is_worth_nothing():
    assert values(Base(), [(1, None)]) == {1: 0}
    assert values(visits(Base(), 2, TODAY + timedelta(days=1)), [(2, None)]) == {2: 0}


def test_a_day_of_the_past_counts_what_was_known_then():
    base = visits(Base(), 1, date(2026, 1, 10), margin=400_000)
    assert values(base, [(1, None)]) == {1: 400_000}
