from datetime import date

from tests.rules.base import Base, due, left_out


def test_the_warranty_ends_by_date_or_by_mileage_whichever_comes_first():
    base = Base().car(warranty_until=date(2027, 1, 15), warranty_km=100_000)
    base.visit(date(2026, 11, 10), mileage_km=98_360)
    # 1 640 km at 41 km a day are 40 days.
    assert due(base, "warranty_end") == [
        {
            "vehicle_id": 1,
            "customer_id": 10,
            "due_on": date(2026, 12, 20),
            "expires_on": None,
            "anchor": "warranty:2027-01-15/100000",
            "reason_code": "warranty_by_km",
            "warranty_until": date(2027, 1, 15),
            "warranty_km": 100_000,
            "last_reading_on": date(2026, 11, 10),
            "last_reading_km": 98_360,
            "rate_m_per_day": 41_000,
            "predicted_km": 98_360 + 20 * 41,
            "by_km": date(2026, 12, 20),
            "binds": "km",
        }
    ]


def test_on_the_same_day_the_date_binds():
    base = Base().car(warranty_until=date(2026, 12, 20), warranty_km=100_000)
    base.visit(date(2026, 11, 10), mileage_km=98_360)
    row = due(base, "warranty_end")[0]
    assert (row["due_on"], row["binds"], row["reason_code"]) == (date(2026, 12, 20), "date", "warranty_by_date")


def test_either_of_the_two_is_enough():
    base = Base().car(1, warranty_until=date(2027, 1, 15)).car(2, warranty_km=50_000)
    base.visit(date(2026, 11, 10), vehicle_id=2, mileage_km=60_000)
    found = [(row["vehicle_id"], row["due_on"], row["anchor"]) for row in due(base, "warranty_end")]
    assert found == [
        (1, date(2027, 1, 15), "warranty:2027-01-15/"),
        (2, date(2026, 11, 10), "warranty:/50000"),  # the mark was passed: the day of the reading
    ]


def test_an_unknown_warranty_or_one_that_no_day_follows_from_is_left_out():
    base = Base().car(1).car(2, warranty_km=100_000)
    base.car(3, warranty_km=1_000_000).visit(date(2026, 11, 10), vehicle_id=3, mileage_km=10)
    assert (due(base, "warranty_end"), left_out(base, "warranty_end")) == (
        [],
        ["warranty_unknown", "no_date", "no_date"],
    )
