from datetime import date

from tests.rules.base import Base, due, left_out

PARAMS = {"audience": "spring", "title": "Весна", "starts_on": "2026-11-20", "ends_on": "2026-12-20"}


def test_the_members_are_due_on_the_first_day_until_the_last():
    base = Base().car().car(2)
    base.add("members", programme="spring", customer_id=10, vehicle_id=1)
    base.add("members", programme="spring", customer_id=11, vehicle_id=None)
    base.add("members", programme="other", customer_id=10, vehicle_id=2)
    plain = {
        "due_on": date(2026, 11, 20),
        "expires_on": date(2026, 12, 20),
        "anchor": "campaign:spring",
        "reason_code": "campaign",
        "title": "Весна",
    }
    assert due(base, "campaign", **PARAMS) == [
        {"vehicle_id": None, "customer_id": 11, **plain},
        {"vehicle_id": 1, "customer_id": 10, **plain},
    ]


def test_a_scrapped_car_is_left_out_and_without_a_last_day_the_grace_counts():
    base = Base().car(scrapped=True).car(2)
    base.add("members", programme="spring", customer_id=10, vehicle_id=1)
    base.add("members", programme="spring", customer_id=10, vehicle_id=2)
    assert left_out(base, "campaign", **PARAMS) == ["scrapped"]
    rows = due(base, "campaign", **PARAMS | {"ends_on": ""})
    assert [(row["vehicle_id"], row["expires_on"]) for row in rows] == [(2, None)]
