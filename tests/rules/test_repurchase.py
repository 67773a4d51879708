from datetime import date

import pytest
from tests.rules.base import Base, days, due, left_out

SOLD = date(2024, 2, 29)


def test_the_usual_time_of_ownership_ends_in_calendar_months():
    base = Base().car().deal(SOLD, customer_id=10)
    assert due(base, "repurchase") == [
        {
            "vehicle_id": 1,
            "customer_id": 10,
            "due_on": date(2027, 2, 28),
            "expires_on": None,
            "anchor": "sale:2024-02-29",
            "reason_code": "repurchase",
            "sold_on": SOLD,
            "months": 36,
        }
    ]


def test_a_model_may_have_its_own_time():
    base = Base().car().deal(SOLD, customer_id=10)
    base.car(2, model_key="niva").deal(SOLD, vehicle_id=2, customer_id=10)
    found = days(due(base, "repurchase", months=30, by_model={"Lada Niva": 48}))
    assert found == [(1, date(2026, 8, 29), "sale:2024-02-29"), (2, date(2028, 2, 29), "sale:2024-02-29")]


@pytest.mark.parametrize(
    ("deal", "left"),
    [
        ({"status": "open", "opened_on": None, "on": None}, ["open_deal"]),
        ({"status": "open", "opened_on": date(2026, 11, 30), "on": None}, ["open_deal"]),
        ({"status": "open", "opened_on": date(2026, 12, 1), "on": None}, []),
        ({"status": "won", "opened_on": date(2026, 11, 1), "on": date(2026, 12, 1)}, ["open_deal"]),
        ({"status": "lost", "opened_on": date(2026, 11, 1), "on": date(2026, 12, 1)}, ["open_deal"]),
        ({"status": "lost", "opened_on": date(2026, 11, 1), "on": date(2026, 11, 30)}, []),
        ({"status": "lost", "opened_on": None, "on": date(2026, 12, 1)}, []),
    ],
)
def test_a_car_that_an_open_deal_names_is_left_out(deal, left):
    base = Base().car().deal(SOLD, customer_id=10)
    base.deal(kind="trade_in", customer_id=10, **deal)
    assert left_out(base, "repurchase") == left
    assert len(due(base, "repurchase")) == 1 - len(left)
