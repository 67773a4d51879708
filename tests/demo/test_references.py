from tests.demo.reading import UNTIL, Dealership, day

LAST = {
    "orders": ("opened_at", "closed_at"),
    "deals": ("opened_on", "closed_on"),
    "interactions": ("at",),
    "surveys": ("answered_at",),
    "appointments": ("booked_on",),
    "vehicle_events": ("on",),
    "part_orders": ("ordered_on", "arrived_on"),
    "recalls": ("starts_on", "done_on"),
    "vehicles": ("owned_from", "sold_on"),
    "customers": ("created_on", "blocked_on", "consent_on"),
}


def ids(dealership: Dealership, name: str) -> set[str]:
    return {row["id"] for row in dealership[name]}


def test_every_reference_leads_somewhere_except_the_listed_ones(dealership):
    known = {
        "customer_id": ids(dealership, "customers"),
        "vehicle_id": ids(dealership, "vehicles"),
        "branch_id": ids(dealership, "branches"),
        "order_id": ids(dealership, "orders"),
        "employee_id": ids(dealership, "employees"),
        "advisor_id": ids(dealership, "employees"),
        "manager_id": ids(dealership, "employees"),
    }
    unknown = []
    for name, rows in dealership.tables.items():
        for row in rows:
            unknown += [
                (name, row.get("id"), column)
                for column, there in known.items()
                if row.get(column) and row[column] not in there
            ]
    listed = [("orders", order, "customer_id") for order in dealership.dirty("orders", "unknown_customer")]
    assert sorted(unknown) == sorted(listed)
    assert listed


def test_orders_are_in_the_name_of_an_owner_of_the_car_or_of_his_second_card(dealership):
    owners = {row["id"]: row["customer_id"] for row in dealership["vehicles"]}
    others = [
        row
        for row in dealership.sound_orders()
        if row["customer_id"] and row["customer_id"] != owners.get(row["vehicle_id"], row["customer_id"])
    ]
    doubles = dealership.dirty("customers", "duplicate")
    earlier_owners = [row for row in others if row["customer_id"] not in doubles]
    # Second cards have a visit each; the rest belongs to people who have sold the car since.
    assert 20 <= len(others) - len(earlier_owners) <= 60
    assert 100 <= len({row["vehicle_id"] for row in earlier_owners}) <= 400


def test_nothing_is_dated_after_the_last_day(dealership):
    nonsense = dealership.dirty("orders", "bad_date")
    for name, columns in LAST.items():
        for row in dealership[name]:
            for column in columns:
                if row[column] and row.get("id") not in nonsense:
                    assert day(row[column]) <= UNTIL, (name, row)


def test_the_history_reaches_the_last_days(dealership):
    nonsense = dealership.dirty("orders", "bad_date")
    opened = [day(row["opened_at"]) for row in dealership["orders"] if row["id"] not in nonsense]
    assert (UNTIL - max(opened)).days <= 2
    assert 8.5 < (UNTIL - min(opened)).days / 365 < 9.5
    assert (UNTIL - max(day(row["at"]) for row in dealership["interactions"])).days <= 3


def test_open_orders_have_no_closing_and_closed_ones_have(dealership):
    listed = dealership.dirty("orders", "closed_before_opened")
    for row in dealership.sound_orders():
        assert bool(row["closed_at"]) == (row["status"] in {"closed", ""})
        assert not row["closed_at"] or day(row["closed_at"]) >= day(row["opened_at"])
    assert listed
    assert {row["status"] for row in dealership["orders"]} == {"open", "closed", "cancelled", ""}


def test_appointments_lie_on_both_sides_of_the_last_day(dealership):
    ahead = [row for row in dealership["appointments"] if day(row["starts_at"]) > UNTIL]
    past = [row for row in dealership["appointments"] if day(row["starts_at"]) <= UNTIL]
    assert {row["status"] for row in ahead} == {"booked", "confirmed"}
    assert {row["status"] for row in past} == {"arrived", "no_show", "cancelled"}
    assert all(not row["order_id"] for row in ahead)
    orders = {row["id"]: row for row in dealership["orders"]}
    for row in past:
        assert bool(row["order_id"]) == (row["status"] == "arrived")
        assert row["ends_at"] > row["starts_at"]
        if row["order_id"]:
            assert orders[row["order_id"]]["vehicle_id"] in {row["vehicle_id"], ""}


def test_nobody_is_called_after_asking_for_silence(dealership):
    silent: dict[str, str] = {}
    for row in sorted(dealership["interactions"], key=lambda row: row["at"]):
        if row["direction"] == "out":
            assert row["at"][:10] <= silent.get(row["customer_id"], "9999")
        if row["outcome"] == "do_not_call":
            silent.setdefault(row["customer_id"], row["at"][:10])
    assert silent


def test_those_without_a_phone_are_not_called(dealership):
    without = {row["id"] for row in dealership["customers"] if not row["phones"]}
    called = {row["customer_id"] for row in dealership["interactions"] if row["direction"] == "out"}
    assert without
    assert not without & called
