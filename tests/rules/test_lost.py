from datetime import date

import pytest
from tests.rules.base import Base, days, due, left_out

SEEN = date(2025, 8, 31)


def test_a_car_not_seen_for_twelve_months_is_due():
    base = Base().car().visit(date(2024, 1, 1)).visit(SEEN, customer_id=77)
    assert due(base, "lost") == [
        {
            "vehicle_id": 1,
            "customer_id": 10,
            "due_on": date(2026, 8, 31),
            "expires_on": None,
            "anchor": "visit:2025-08-31",
            "reason_code": "lost",
            "last_visit_on": SEEN,
            "months": 12,
        }
    ]
    assert days(due(base, "lost", months=18)) == [(1, date(2027, 2, 28), "visit:2025-08-31")]


def test_a_visit_after_the_day_is_not_known_yet():
    base = Base().car().visit(SEEN).visit(date(2026, 11, 30))
    assert days(due(base, "lost")) == [(1, date(2027, 11, 30), "visit:2026-11-30")]
    assert days(due(base, "lost", as_of=date(2026, 11, 29))) == [(1, date(2026, 8, 31), "visit:2025-08-31")]


def test_visits_before_the_present_owner_do_not_count():
    base = Base().car(owned_from=date(2025, 9, 1)).visit(SEEN)
    assert (due(base, "lost"), left_out(base, "lost")) == ([], ["no_visit"])
    base = Base().car(owned_from=SEEN).visit(SEEN)
    assert len(due(base, "lost")) == 1


def test_a_car_that_never_came_has_no_pair():
    assert left_out(Base().car(), "lost") == ["no_visit"]


@pytest.mark.parametrize(
    ("add", "ended"),
    [
        (lambda base: base.deal(date(2026, 1, 1), kind="trade_in", customer_id=10), True),
        (lambda base: base.deal(date(2026, 1, 1), kind="trade_in", customer_id=77), False),
        (lambda base: base.deal(date(2026, 12, 1), kind="trade_in", customer_id=10), False),
        (lambda base: base.deal(date(2024, 12, 31), kind="trade_in", customer_id=10), False),  # he bought it back
        (lambda base: base.deal(date(2026, 1, 1), kind="trade_in", customer_id=10, status="lost"), False),
        (lambda base: base.add("interactions", vehicle_id=1, on=date(2026, 1, 1), outcome="car_sold"), True),
        (lambda base: base.add("interactions", vehicle_id=1, on=date(2025, 1, 1), outcome="car_sold"), True),
        (lambda base: base.add("interactions", vehicle_id=1, on=date(2024, 12, 31), outcome="car_sold"), False),
        (lambda base: base.add("interactions", vehicle_id=1, on=date(2026, 12, 1), outcome="car_sold"), False),
        (lambda base: base.add("interactions", vehicle_id=None, on=date(2026, 1, 1), outcome="car_sold"), False),
        (lambda base: base.add("interactions", vehicle_id=1, on=date(2026, 1, 1), outcome="declined"), False),
        (lambda base: base.add("vehicle_events", vehicle_id=1, on=date(2026, 1, 1), kind="car_sold"), True),
    ],
)
def test_a_car_known_to_be_sold_is_left_out(add, ended):
    base = add(Base().car(owned_from=date(2025, 1, 1)).visit(SEEN))
    assert left_out(base, "lost") == (["ownership_ended"] if ended else [])
