from datetime import date

from tests.rules.base import Base, days, due, left_out

SOLD = date(2026, 11, 1)


def test_a_car_sold_by_us_is_due_thirty_days_after_the_sale():
    base = Base().car().deal(SOLD, customer_id=10)
    assert due(base, "first_service") == [
        {
            "vehicle_id": 1,
            "customer_id": 10,
            "due_on": date(2026, 12, 1),
            "expires_on": None,
            "anchor": "sale:2026-11-01",
            "reason_code": "first_service",
            "sold_on": SOLD,
        }
    ]
    assert days(due(base, "first_service", days_after_sale=45)) == [(1, date(2026, 12, 16), "sale:2026-11-01")]


def test_without_a_deal_the_car_says_when_we_sold_it():
    base = Base().car(sold_on=SOLD, sold_by_us=True).car(2, sold_on=SOLD)
    assert days(due(base, "first_service")) == [(1, date(2026, 12, 1), "sale:2026-11-01")]
    assert left_out(base, "first_service") == ["not_sold_by_us"]


def test_of_several_deals_the_latest_sale_up_to_the_day_counts():
    base = Base().car(owned_from=SOLD).deal(date(2025, 5, 1), customer_id=9).deal(SOLD, kind="used", customer_id=10)
    base.deal(date(2026, 12, 5), customer_id=11).deal(date(2026, 11, 5), status="lost", customer_id=10)
    base.deal(date(2026, 11, 6), kind="trade_in", customer_id=9)
    assert days(due(base, "first_service")) == [(1, date(2026, 12, 1), "sale:2026-11-01")]
    assert due(base, "first_service", as_of=date(2025, 4, 30)) == []


def test_a_car_that_has_been_with_us_since_is_left_out_whoever_brought_it():
    base = Base().car().deal(SOLD, customer_id=10).visit(date(2026, 11, 2), customer_id=77)
    assert (due(base, "first_service"), left_out(base, "first_service")) == ([], ["visited_since_sale"])
    on_the_day_before = date(2026, 11, 1)
    assert days(due(base, "first_service", as_of=on_the_day_before)) == [(1, date(2026, 12, 1), "sale:2026-11-01")]


def test_a_visit_on_the_day_of_the_sale_is_not_after_it():
    base = Base().car().deal(SOLD, customer_id=10).visit(SOLD)
    assert days(due(base, "first_service")) == [(1, date(2026, 12, 1), "sale:2026-11-01")]


def test_only_the_buyer_is_meant():
    base = Base()
    base.car(1, owner=10).deal(SOLD, vehicle_id=1, customer_id=99)  # sold to somebody else
    base.car(2, owner=10, owned_from=SOLD).deal(SOLD, vehicle_id=2)  # no customer on the deal: owned since the sale
    base.car(3, owner=10, owned_from=date(2026, 11, 2)).deal(SOLD, vehicle_id=3)  # bought later from another
    base.car(4, owner=10).deal(SOLD, vehicle_id=4)  # owned for ever
    base.car(5, owner=10, owned_from=date(2026, 11, 20), sold_on=SOLD, sold_by_us=True)
    assert [row["vehicle_id"] for row in due(base, "first_service")] == [2, 4]
    assert left_out(base, "first_service") == ["sold_to_another"] * 3


def test_a_scrapped_car_or_one_without_owner_is_in_no_programme():
    base = Base()
    base.car(1, scrapped=True).deal(SOLD, vehicle_id=1, customer_id=10)
    base.car(2, scrapped_on=date(2026, 11, 30)).deal(SOLD, vehicle_id=2, customer_id=10)
    base.car(3, scrapped_on=date(2026, 12, 1)).deal(SOLD, vehicle_id=3, customer_id=10)
    base.car(4, owner=None).deal(SOLD, vehicle_id=4, customer_id=10)
    base.car(5, owned_from=date(2026, 12, 1)).deal(SOLD, vehicle_id=5, customer_id=10)
    assert [row["vehicle_id"] for row in due(base, "first_service")] == [3]


def test_the_owner_is_the_one_of_the_day():
    base = Base().car(owner=None, sold_on=date(2020, 1, 1), sold_by_us=True)
    base.add("ownerships", vehicle_id=1, customer_id=10, owned_until=date(2026, 11, 10))
    base.add("ownerships", vehicle_id=1, customer_id=11, owned_from=date(2026, 11, 10))
    base.deal(SOLD)
    assert [row["customer_id"] for row in due(base, "first_service", as_of=date(2026, 11, 9))] == [10]
    assert left_out(base, "first_service", as_of=date(2026, 11, 10)) == ["sold_to_another"]
