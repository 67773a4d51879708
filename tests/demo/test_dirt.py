"""What truth/dirty.csv lists is there, is wrong, and is as frequent as in a real base."""

import re
from collections import Counter, defaultdict
from itertools import pairwise

from tests.demo.reading import SLIPS, Dealership, Row, day

Reading = tuple[int, int]  # day, km


def km_readings(dealership: Dealership) -> dict[str, dict[Reading, list[str]]]:
    """Of each car its distinct readings with the orders that made them."""
    cars: dict[str, dict[Reading, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in dealership.sound_orders():
        if row["vehicle_id"] and row["mileage_km"] and row["status"] != "cancelled" and int(row["mileage_km"]) > 0:
            key = day(row["opened_at"]).toordinal(), int(row["mileage_km"])
            cars[row["vehicle_id"]][key].append(row["id"])
    return cars


def accepted(readings: list[Reading]) -> set[int]:
    """Positions of the readings that a careful reader believes.

    The longest chain in which the car never runs backwards nor more than 1 000 km a day; a new chain begins
    lower (a new cluster) where that makes at least two more readings believable. Of equal ones the later.
    """
    best: list[tuple[int, tuple[int, ...]]] = []
    for place, (on, km) in enumerate(readings):
        options: list[tuple[int, tuple[int, ...]]] = [(-1, (place,))]
        for earlier, (before, less) in enumerate(readings[:place]):
            gain, chain = best[earlier]
            if 0 <= km - less <= 1_000 * max(on - before, 1):
                options.append((gain + 2, (place, *chain)))
            elif km < less:
                options.append((gain - 1, (place, *chain)))
        best.append(max(options))
    return set(max(best)[1]) if best else set()


def rows_of(dealership: Dealership, file: str, kind: str) -> list[Row]:
    listed = dealership.dirty(file, kind)
    rows = [row for row in dealership[file] if row["id"] in listed]
    assert len(rows) == len(listed) > 0
    return rows


def test_every_listed_row_exists(dealership):
    for row in dealership["truth/dirty"]:
        assert row["column"] in dealership[row["file"]][0]
    for file in ("customers", "vehicles", "orders"):
        assert dealership.dirty(file).keys() <= {row["id"] for row in dealership[file]}


def test_two_or_three_percent_of_the_readings_are_slips(dealership):
    slips = [order for order, kind in dealership.dirty("orders").items() if kind in SLIPS]
    written = sum(bool(row["mileage_km"]) for row in dealership["orders"])
    assert 0.02 < len(slips) / written < 0.03
    assert Counter(kind for kind in dealership.dirty("orders").values() if kind in SLIPS).keys() == SLIPS


def test_a_slip_is_far_from_what_the_car_shows_before_and_after(dealership):
    slips = {order for order, kind in dealership.dirty("orders").items() if kind in SLIPS}
    for readings in km_readings(dealership).values():
        clean = sorted(key for key, orders in readings.items() if not slips & set(orders))
        for (on, km), orders in readings.items():
            if slips & set(orders):
                before = [less for when, less in clean if when < on]
                after = [more for when, more in clean if when > on]
                assert not before or not after or km < max(before) or km > min(after)


def test_a_careful_reader_finds_the_slips(dealership):
    slips = {order for order, kind in dealership.dirty("orders").items() if kind in SLIPS}
    found, wrongly, missed = 0, 0, 0
    for readings in km_readings(dealership).values():
        keys = sorted(readings)
        believed = accepted(keys)
        for place, key in enumerate(keys):
            listed = len(slips & set(readings[key]))
            if place in believed:
                missed += listed
            else:
                found += listed
                wrongly += len(readings[key]) - listed
    assert found / (found + wrongly) > 0.95
    assert found / (found + missed) > 0.95


def test_clean_cars_never_run_backwards(dealership):
    listed = set(dealership.dirty("orders"))
    changed = {row["vehicle_id"] for row in dealership["truth/clusters"]}
    for car, readings in km_readings(dealership).items():
        if car not in changed and not any(listed & set(orders) for orders in readings.values()):
            for (on, km), (next_on, next_km) in pairwise(sorted(readings)):
                assert 0 <= next_km - km <= 700 * max(next_on - on, 1)


def test_changed_clusters_are_borne_out_and_are_not_called_mistakes(dealership):
    orders = {row["id"]: row for row in dealership["orders"]}
    dirty = dealership.dirty("orders")
    cars = km_readings(dealership)
    assert dealership["truth/clusters"]
    for row in dealership["truth/clusters"]:
        order = orders[row["order_id"]]
        assert order["vehicle_id"] == row["vehicle_id"]
        assert order["id"] not in dirty
        first = day(order["opened_at"]).toordinal(), int(order["mileage_km"])
        readings = sorted(cars[row["vehicle_id"]])
        place = readings.index(first)
        assert readings[place - 1][1] > first[1]
        assert len(readings[place:]) >= 3
        assert accepted(readings) == set(range(len(readings)))


def test_faults_of_orders_are_what_they_are_called(dealership):
    for row in rows_of(dealership, "orders", "closed_before_opened"):
        assert day(row["closed_at"]) < day(row["opened_at"])
    assert {row["customer_id"] for row in rows_of(dealership, "orders", "unknown_customer")} == {"00-99999999"}
    assert all(int(row["mileage_km"]) < 0 for row in rows_of(dealership, "orders", "negative_mileage"))
    assert {row["kind"] for row in rows_of(dealership, "orders", "unknown_kind")} == {"прочее"}
    assert {row["opened_at"] for row in rows_of(dealership, "orders", "bad_date")} == {"31.02.2024 10:30:00"}
    assert {row["amount"] for row in rows_of(dealership, "orders", "bad_amount")} == {"12 5O0,00"}
    faults = [kind for kind in dealership.dirty("orders").values() if kind not in SLIPS]
    assert 0.001 < len(faults) / len(dealership["orders"]) < 0.006


def test_duplicate_cards_have_the_phone_of_another_one(dealership):
    def last_ten(row: Row) -> str:
        return re.sub(r"\D", "", re.split(r"[,|]", row["phones"])[0])[-10:]

    doubles = dealership.dirty("customers", "duplicate")
    first_cards = {last_ten(row) for row in dealership["customers"] if row["phones"] and row["id"] not in doubles}
    with_phone = [row for row in rows_of(dealership, "customers", "duplicate") if row["phones"]]
    # The other card may be without a phone, or have a bad one.
    known = [row for row in with_phone if last_ten(row) in first_cards]
    assert len(known) > 0.85 * len(with_phone)
    assert 0.006 < len(doubles) / len(dealership["customers"]) < 0.02


def test_the_truth_names_the_first_card_of_each_second_one(dealership):
    told = {row["customer_id"]: row["same_as"] for row in dealership["truth/duplicates"]}
    cards = {row["id"]: row for row in dealership["customers"]}
    assert set(told) == set(dealership.dirty("customers", "duplicate"))
    assert not set(told) & set(told.values())
    assert all(cards[second]["kind"] == cards[first]["kind"] for second, first in told.items())


def test_bad_phones_are_bad(dealership):
    for row in rows_of(dealership, "customers", "bad_phone"):
        digits = re.sub(r"\D", "", row["phones"])
        assert len(digits) != 11 or digits.startswith("7000")


def test_faults_of_vins_are_what_they_are_called(dealership):
    assert {len(row["vin"]) for row in rows_of(dealership, "vehicles", "vin_too_short")} == {16}
    assert all(set(row["vin"].upper()) & set("OIQ") for row in rows_of(dealership, "vehicles", "vin_wrong_letter"))
    vins = Counter(row["vin"].upper() for row in dealership["vehicles"] if row["vin"])
    copies = dealership.dirty("vehicles", "duplicate_vin")
    assert {vin for vin, count in vins.items() if count > 1} == {
        row["vin"].upper() for row in dealership["vehicles"] if row["id"] in copies
    }
