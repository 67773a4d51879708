from datetime import date

from tests.rules.base import Base, due, left_out


def test_the_buyer_is_called_three_days_after_the_purchase():
    base = Base().car().deal(date(2026, 11, 28), kind="used", customer_id=10)
    assert due(base, "courtesy") == [
        {
            "vehicle_id": 1,
            "customer_id": 10,
            "due_on": date(2026, 12, 1),
            "expires_on": None,
            "anchor": "sale:2026-11-28",
            "reason_code": "courtesy",
            "sold_on": date(2026, 11, 28),
        }
    ]


def test_a_visit_since_does_not_matter_but_the_buyer_does():
    base = Base().car().deal(date(2026, 11, 20), customer_id=10).visit(date(2026, 11, 25))
    base.car(2).deal(date(2026, 11, 20), vehicle_id=2, customer_id=11)
    base.car(3)
    assert [row["vehicle_id"] for row in due(base, "courtesy", days_after_sale=5)] == [1]
    assert left_out(base, "courtesy") == ["sold_to_another", "not_sold_by_us"]
