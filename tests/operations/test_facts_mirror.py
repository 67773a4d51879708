"""The columnar mirror: what it holds of the database, and how it keeps up with changes."""

import logging
import os
import threading
from datetime import UTC, date, datetime, time
from decimal import Decimal
from random import Random

import pytest
from adbc_driver_manager import ProgrammingError
from django.db import connection, connections
from tests import factories

from vernost import embedded, facts
from vernost.accounts.models import Source
from vernost.contacts.models import Interaction
from vernost.core.actor import system
from vernost.core.fact_table import fact_groups
from vernost.customers import operations as customers
from vernost.customers.models import ChannelStop, ConsentStatement, Customer
from vernost.facts import mirror, operations
from vernost.facts.models import FactChange, VehicleState
from vernost.sales.models import Deal
from vernost.vehicles.models import MaintenancePlan, OdometerReading, Ownership, Vehicle, VehicleEvent
from vernost.workshop.models import OrderLine, RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    return settings.MIRROR_DIR


def refresh() -> operations.Refreshed:
    return operations.refresh(now=NOW)


def rows(table: str, *columns: str) -> list[dict]:
    found = facts.table(table, facts.connect())
    chosen = found.select(*columns) if columns else found
    read: list[dict] = chosen.order_by(*(columns or found.columns)).to_pyarrow().to_pylist()
    return read


def noted() -> dict[str, set[int]]:
    notes: dict[str, set[int]] = {}
    for table, row_id in FactChange.objects.values_list("table", "row_id"):
        notes.setdefault(table, set()).add(row_id)
    return notes


def test_an_order_with_its_money_is_an_order_a_visit_and_its_lines():
    source = Source.objects.create(code="dms")
    branch = factories.branch(bays=2, open_at=time(9, 30))
    owner = factories.customer(source=source, external_id="C-1")
    car = factories.vehicle(owner=owner, source=source, external_id="V-1", make=" KIA ", model="Рио")
    order = factories.order(
        branch=branch,
        customer=owner,
        vehicle=car,
        source=source,
        external_id="O-1",
        opened_on=date(2026, 3, 2),
        closed_on=date(2026, 3, 4),
        closed_time=time(10, 0, 1),
        mileage_km=15_000,
        kind="maintenance",
        lines=[("Oil ", "1220.00"), ("Wipers", "500.00", True)],
    )
    OrderLine.objects.filter(order=order, line_no=1).update(cost="400.50")
    OrderLine.objects.create(order=order, line_no=3, name="Repair", amount="9999", payer="warranty")
    refresh()
    assert rows("orders") == [
        {
            "order_id": order.pk,
            "ref": "O-1",
            "branch_id": branch.pk,
            "customer_id": owner.pk,
            "vehicle_id": car.pk,
            "advisor_id": None,
            "opened_on": date(2026, 3, 2),
            "closed_on": date(2026, 3, 4),
            "closed_second": 36_001,
            "mileage_km": 15_000,
            "kind": "maintenance",
            "status": "closed",
            # 1 220 roubles without 22 % are 1 000; less the cost of 400.50.
            "revenue": 122_000,
            "cost": 40_050,
            "margin": 59_950,
            "known_on": None,
        }
    ]
    assert rows("visits", "order_id", "on", "revenue", "margin") == [
        {"order_id": order.pk, "on": date(2026, 3, 4), "revenue": 122_000, "margin": 59_950}
    ]
    assert rows("lines", "line_no", "name_key", "amount", "declined", "on") == [
        {"line_no": 1, "name_key": "oil", "amount": 122_000, "declined": False, "on": date(2026, 3, 4)},
        {"line_no": 2, "name_key": "wipers", "amount": 50_000, "declined": True, "on": date(2026, 3, 4)},
        {"line_no": 3, "name_key": "repair", "amount": 999_900, "declined": False, "on": date(2026, 3, 4)},
    ]
    assert rows("readings", "vehicle_id", "on", "km", "order_ids", "accepted") == [
        {"vehicle_id": car.pk, "on": date(2026, 3, 2), "km": 15_000, "order_ids": "O-1", "accepted": True}
    ]
    assert rows("vehicles", "ref", "make_key", "model_key") == [{"ref": "V-1", "make_key": "kia", "model_key": "рио"}]
    assert rows("branches", "bays", "open_minute", "close_minute") == [
        {"bays": 2, "open_minute": 570, "close_minute": 1140}
    ]


@pytest.mark.parametrize(
    ("closed_on", "vat", "kind", "amount", "cost", "money"),
    [
        (date(2018, 12, 31), True, "repair", "118.00", "10.00", (11_800, 1_000, 9_000)),
        (date(2019, 1, 1), True, "repair", "120.00", "10.00", (12_000, 1_000, 9_000)),
        (date(2026, 1, 1), True, "repair", "122.00", "10.00", (12_200, 1_000, 9_000)),
        (date(2026, 1, 1), False, "repair", "122.00", "10.00", (12_200, 1_000, 11_200)),
        (date(2026, 1, 1), True, "warranty", "122.00", "10.00", (12_200, 0, 10_000)),
        # 0.61 / 1.22 = 0.50; half a kopeck is rounded away from zero on both sides of it.
        (date(2019, 1, 1), True, "repair", "0.03", None, (3, 0, 3)),
        (date(2019, 1, 1), True, "repair", "-0.03", None, (-3, 0, -3)),
    ],
)
def test_margin_is_without_the_tax_of_the_closing_day(closed_on, vat, kind, amount, cost, money):
    branch = factories.branch(vat=vat)
    factories.order(branch=branch, opened_on=closed_on, kind=kind, amount=amount, cost=cost)
    refresh()
    found = rows("orders", "revenue", "cost", "margin")
    assert found == [dict(zip(("revenue", "cost", "margin"), money, strict=True))]


def test_what_is_no_visit_is_still_an_order():
    for kind, status in (("internal", "closed"), ("presale", "closed"), ("repair", "cancelled"), ("repair", "open")):
        factories.order(kind=kind, status=status, closed_on=date(2026, 3, 4), opened_on=date(2026, 3, 4))
    refresh()
    assert (len(rows("orders")), rows("visits"), rows("lines")) == (4, [], [])


def test_readings_come_from_orders_that_are_not_cancelled_and_from_what_people_say():
    car = factories.vehicle()
    day = date(2026, 3, 4)
    for km, more in ((10_000, {}), (10_000, {}), (0, {}), (77, {"status": "cancelled"}), (10_500, {"kind": "presale"})):
        factories.order(vehicle=car, opened_on=day, mileage_km=km, **more)
    OdometerReading.objects.create(vehicle=car, on=date(2026, 4, 1), km=12_000, origin="call")
    first, second = RepairOrder.objects.filter(mileage_km=10_000).order_by("pk").values_list("pk", flat=True)
    other = RepairOrder.objects.get(mileage_km=10_500).pk
    refresh()
    assert rows("readings", "on", "km", "order_ids", "accepted") == [
        {"on": day, "km": 10_000, "order_ids": f"vernost:{first},vernost:{second}", "accepted": True},
        {"on": day, "km": 10_500, "order_ids": f"vernost:{other}", "accepted": True},
        {"on": date(2026, 4, 1), "km": 12_000, "order_ids": "", "accepted": True},
    ]


def test_several_sources_show_in_every_id():
    first, second = Source.objects.create(code="dms"), Source.objects.create(code="onec")
    factories.customer(source=first, external_id="7")
    factories.customer(source=second, external_id="7")
    refresh()
    assert [row["ref"] for row in rows("customers", "ref")] == ["dms:7", "onec:7"]


def test_consents_are_a_row_for_each_channel_that_a_statement_speaks_of():
    owner = factories.customer()
    ConsentStatement.objects.create(customer=owner, on=date(2026, 1, 1), calls=True, sms=False)
    ChannelStop.objects.create(customer=owner, channel="sms", since=date(2026, 2, 1))
    refresh()
    assert rows("consents", "channel", "given", "on") == [
        {"channel": "call", "given": True, "on": date(2026, 1, 1)},
        {"channel": "sms", "given": False, "on": date(2026, 1, 1)},
    ]
    assert rows("stops", "channel", "since") == [{"channel": "sms", "since": date(2026, 2, 1)}]


def test_a_deal_has_a_margin_when_it_is_won_and_we_are_the_seller():
    for status, kind in (("won", "new"), ("won", "trade_in"), ("open", "new")):
        Deal.objects.create(status=status, kind=kind, closed_on=date(2026, 5, 1), amount="1220", cost="900")
    refresh()
    assert sorted(row["margin"] for row in rows("deals", "margin")) == [0, 0, 10_000]


def test_nothing_changed_makes_no_new_version():
    factories.order()
    first = refresh()
    second = refresh()
    assert (first.kind, second.kind) == ("full", "nothing")
    assert first.mirror.version == second.mirror.version


def test_a_change_of_one_order_reaches_every_table_made_of_it():
    car, other = factories.vehicle(), factories.vehicle(plate="В777ОР16")
    order = factories.order(vehicle=car, mileage_km=10_000, lines=[("Oil", "100")])
    refresh()
    RepairOrder.objects.filter(pk=order.pk).update(vehicle=other, mileage_km=20_000)
    OrderLine.objects.filter(order=order).update(amount="200")
    done = refresh()
    assert (done.kind, done.keys) == ("changes", {"orders": 1})
    assert rows("orders", "vehicle_id", "revenue") == [{"vehicle_id": other.pk, "revenue": 20_000}]
    assert rows("lines", "vehicle_id", "amount") == [{"vehicle_id": other.pk, "amount": 20_000}]
    assert rows("readings", "vehicle_id", "km") == [{"vehicle_id": other.pk, "km": 20_000}]


def test_a_merged_card_goes_and_what_was_its_own_is_the_other_cards():
    first, second = factories.customer(), factories.customer(phones=("+79991112233",))
    factories.order(customer=second, vehicle=factories.vehicle(owner=second))
    refresh()
    merge = customers.merge_customers(survivor_id=first.pk, gone_id=second.pk, actor=system("tests"), now=NOW)
    refresh()
    assert [row["customer_id"] for row in rows("customers", "customer_id")] == [first.pk]
    assert {row["customer_id"] for row in rows("addresses", "customer_id")} == {first.pk}
    assert [row["customer_id"] for row in rows("visits", "customer_id")] == [first.pk]
    customers.undo_merge(merge_id=merge.pk, actor=system("tests"), now=NOW)
    refresh()
    assert [row["customer_id"] for row in rows("customers", "customer_id")] == [first.pk, second.pk]
    assert [row["customer_id"] for row in rows("visits", "customer_id")] == [second.pk]


def test_a_deleted_row_goes():
    order = factories.order(mileage_km=10_000, vehicle=factories.vehicle(), lines=[("Oil", "100")])
    refresh()
    order.delete()
    assert refresh().kind == "changes"
    assert [rows(table) for table in ("orders", "visits", "vehicle_visits", "lines", "readings")] == [[]] * 5


def test_the_tax_of_a_branch_changes_the_margin_of_its_orders():
    branch = factories.branch(vat=True)
    factories.order(branch=branch, amount="122.00")
    refresh()
    branch.vat = False
    branch.save()
    assert refresh().kind == "full"
    assert rows("orders", "margin") == [{"margin": 12_200}]


HALF = 0.5


def _tangle(random: Random) -> None:
    """Do to the base what people do to it."""
    cars, orders = list(Vehicle.objects.order_by("pk")), list(RepairOrder.objects.order_by("pk"))
    deeds = ("order", "order", "moved", "kind", "mileage", "line", "gone", "car", "told", "deal", "event", "plan")
    for deed in random.choices(deeds, k=6):
        car, order = random.choice(cars), random.choice(orders)
        on = date(2026, random.randint(1, 11), random.randint(1, 28))
        match deed:
            case "order":
                lines = [("x", "9", random.random() < HALF)]
                km = random.randint(1, 9) * 11_111
                factories.order(vehicle=car, customer=order.customer, opened_on=on, mileage_km=km, lines=lines)
            case "moved":
                RepairOrder.objects.filter(pk=order.pk).update(vehicle=car)
            case "kind":
                kind = random.choice(["internal", "maintenance", "warranty"])
                RepairOrder.objects.filter(pk=order.pk).update(kind=kind)
            case "mileage":
                RepairOrder.objects.filter(pk=order.pk).update(mileage_km=random.choice([None, 0, 500, 99_000]))
            case "line":
                amount = Decimal(random.randint(1, 10**6)) / 100
                told = {"name": random.choice("xy"), "amount": amount, "declined": random.random() < HALF}
                OrderLine.objects.update_or_create(order=order, line_no=1, defaults=told)
            case "gone":
                RepairOrder.objects.filter(pk=order.pk).delete()
                orders.remove(order)
            case "car":
                Vehicle.objects.filter(pk=car.pk).update(model=random.choice("ab"))
            case "told":
                OdometerReading.objects.get_or_create(vehicle=car, on=on, km=random.randint(1, 99_000), origin="call")
            case "deal":
                Deal.objects.create(vehicle=car, status="won", closed_on=on, amount=random.randint(1, 10**6))
            case "event":
                VehicleEvent.objects.create(vehicle=car, on=on, kind="scrapped")
            case "plan":
                MaintenancePlan.objects.update_or_create(
                    source=Source.objects.get(),
                    make="Haval",
                    model="Jolion",
                    defaults={"interval_months": random.randint(6, 24), "interval_km": 10_000},
                )


def _tangle_people(random: Random) -> None:
    people, cars = list(Customer.objects.order_by("pk")), list(Vehicle.objects.order_by("pk"))
    orders = list(RepairOrder.objects.order_by("pk"))
    for deed in random.choices(("consent", "stop", "blocked", "talk", "owner", "brought"), k=4):
        customer, car = random.choice(people), random.choice(cars)
        on = date(2026, random.randint(1, 11), random.randint(1, 28))
        match deed:
            case "consent":
                ConsentStatement.objects.create(customer=customer, on=on, calls=random.random() < HALF)
            case "stop":
                ChannelStop.objects.get_or_create(customer=customer, channel="sms", defaults={"since": on})
            case "blocked":
                Customer.objects.filter(pk=customer.pk).update(blocked=True, blocked_on=on)
            case "talk":
                outcome = random.choice(["do_not_call", "car_sold", "booked"])
                Interaction.objects.create(
                    customer=customer, vehicle=car, at=NOW, on=on, channel="call", outcome=outcome
                )
            case "owner":
                Ownership.objects.filter(vehicle=car).update(owned_from=on)
            case "brought":
                RepairOrder.objects.filter(pk=random.choice(orders).pk).update(customer=customer)


# With few changes allowed also a rewritten base is met, with many a shelf that stands.
@pytest.mark.parametrize(("seed", "few"), [(1, 4), (2, 4), (3, 50_000), (4, 50_000)])
def test_changes_lead_to_the_same_as_building_from_scratch(seed: int, few: int, monkeypatch, caplog):
    monkeypatch.setattr("vernost.facts.build.FEW", few)
    random = Random(seed)
    Source.objects.create(code="dms")
    for number in range(4):
        customer = factories.customer()
        car = factories.vehicle(plate=str(number), owner=customer)
        factories.order(vehicle=car, customer=customer, mileage_km=10_000 * (number + 1))
    refresh()
    for _round in range(5):
        _tangle(random)
        _tangle_people(random)
        assert refresh().kind == "changes"
    _tangle(random)
    _tangle_people(random)
    with caplog.at_level(logging.WARNING, "vernost.facts"):
        assert operations.rebuild(now=NOW).kind == "full"
    assert caplog.messages == []


def test_a_rebuild_tells_where_the_changes_had_led_elsewhere(caplog):
    factories.order(amount="100.00", opened_on=date(2026, 3, 4))
    refresh()
    RepairOrder.objects.update(amount="300.00")
    FactChange.objects.all().delete()
    with caplog.at_level(logging.WARNING, "vernost.facts"):
        operations.rebuild(now=NOW)
    assert [message for message in caplog.messages if ": orders" in message] == [
        "the mirror had drifted: orders 2026-03-01: (1, 10000, 8197) by changes, (1, 30000, 24590) from scratch"
    ]
    assert rows("orders", "revenue") == [{"revenue": 30_000}]


def test_the_triggers_watch_what_the_declarations_say():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT tgrelid::regclass::text, replace(encode(tgargs, 'escape'), '\\000', ' '), count(*)
                 FROM pg_trigger WHERE tgfoid = 'fact_change_note'::regproc GROUP BY 1, 2"""
        )
        watched = {(table, *arguments.split(), events) for table, arguments, events in cursor.fetchall()}
    assert watched == {(table, group.code, key, 4) for group in fact_groups for table, key in group.touched_by.items()}


def test_what_the_web_process_changes_is_noted():
    car = factories.vehicle()
    FactChange.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {embedded.APP_ROLE}")
        cursor.execute("UPDATE vehicles_vehicle SET model = 'X' WHERE id = %s", [car.pk])
        cursor.execute("RESET ROLE")
    assert noted() == {"vehicles": {car.pk}}


def test_a_first_load_is_one_note():
    FactChange.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SET vernost.bulk = on")
        factories.vehicle()
        factories.customer()
        cursor.execute("RESET vernost.bulk")
    assert noted() == {"*": {0}}
    assert refresh().kind == "full"


def test_a_rolled_back_change_is_not_noted_and_a_late_one_is_not_lost():
    refresh()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "INSERT INTO workshop_repairorder (opened_on, closed_on, kind, status)"
            " VALUES ('2026-01-01', '2026-01-01', 'repair', 'closed')"
        )
        factories.order(opened_on=date(2026, 2, 2))
        refresh()
        before = [row["opened_on"] for row in rows("orders", "opened_on")]
        cursor.execute("COMMIT")
    other.close()
    refresh()
    after = [row["opened_on"] for row in rows("orders", "opened_on")]
    assert (before, after) == ([date(2026, 2, 2)], [date(2026, 1, 1), date(2026, 2, 2)])


def test_two_refreshers_at_once_take_turns():
    factories.order()
    done = []

    def work() -> None:
        try:
            done.append(refresh().kind)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["full", "nothing"]


def test_a_reader_keeps_its_version_until_it_is_done(folder):
    factories.order()
    refresh()
    con = facts.connect()
    seen = facts.table("orders", con)
    for _round in range(4):
        factories.order()
        refresh()
    assert seen.count().to_pyarrow().as_py() == 1
    assert (folder / "00000001").exists()
    del con, seen
    factories.order()
    refresh()
    versions = sorted(path.name for path in folder.iterdir() if path.is_dir())
    assert versions == ["00000005", "00000006"]


def test_what_a_killed_refresh_left_is_swept_by_the_next(folder):
    factories.order()
    refresh()
    # A kill leaves a folder without a manifest, and one whose pointer was never switched.
    (folder / "00000002").mkdir()
    (folder / "00000002" / "orders.parquet").write_bytes(b"half")
    whole = folder / "00000003"
    whole.mkdir()
    os.link(folder / "00000001" / mirror.MANIFEST, whole / mirror.MANIFEST)
    factories.order()
    assert refresh().mirror.version == "00000002"
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["00000001", "00000002"]
    assert len(rows("orders")) == 2


def test_a_build_that_fails_says_so_and_leaves_the_version_before(folder):
    factories.order(lines=[("Oil", "1220.00")])
    refresh()
    before = mirror.current().version
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE workshop_orderline RENAME COLUMN payer TO payer_no_more")
    try:
        with pytest.raises(ProgrammingError, match="payer"):
            operations.rebuild(now=LATER)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE workshop_orderline RENAME COLUMN payer_no_more TO payer")
    assert mirror.current().version == before
    assert operations.rebuild(now=LATER).mirror.version > before
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 2


def test_no_mirror_is_said():
    with pytest.raises(mirror.MirrorMissing):
        facts.connect()


def test_a_refresh_writes_the_vehicle_states_that_differ():
    car, idle = factories.vehicle(make="KIA"), factories.vehicle(plate="В777ОР16")
    factories.order(vehicle=car, opened_on=date(2025, 7, 3), mileage_km=41_600, kind="maintenance")
    factories.order(vehicle=car, opened_on=date(2025, 12, 30), mileage_km=48_800)
    assert [refresh().vehicle_states, refresh().vehicle_states] == [2, 0]
    of_car = {
        "vehicle_id": car.pk,
        "as_of": NOW.date(),
        "last_reading_on": date(2025, 12, 30),
        "last_reading_km": 48_800,
        # The only car with a rate is its own median: 7 200 km in 180 days.
        "rate_m_per_day": 40_000,
        "last_visit_on": date(2025, 12, 30),
        "last_maintenance_on": date(2025, 7, 3),
        # 15 000 km more at 40 km a day would come later than 12 months.
        "service_due_on": date(2026, 7, 3),
        "service_due_from": None,
        "service_due_to": None,
    }
    of_idle = {
        "vehicle_id": idle.pk,
        "as_of": NOW.date(),
        "last_reading_on": None,
        "last_reading_km": None,
        "rate_m_per_day": 40_000,
        "last_visit_on": None,
        "last_maintenance_on": None,
        "service_due_on": None,
        "service_due_from": None,
        "service_due_to": None,
    }
    assert states() == [of_car, of_idle]
    factories.order(vehicle=idle, opened_on=date(2026, 1, 15))
    # A row that nobody has touched is not looked at; the build from scratch brings it back.
    VehicleState.objects.filter(pk=car.pk).update(last_reading_km=1)
    done = operations.refresh(now=LATER)
    assert (done.kind, done.vehicle_states) == ("changes", 1)
    came = of_idle | {"as_of": LATER.date(), "last_visit_on": date(2026, 1, 15)}
    assert states() == [of_car | {"last_reading_km": 1}, came]
    assert operations.rebuild(now=LATER).vehicle_states == 1
    assert states() == [of_car | {"as_of": LATER.date()}, came]


def states():
    return list(VehicleState.objects.order_by("pk").values())


def test_a_plan_changes_the_states_of_the_cars_that_it_fits():
    car = factories.vehicle(make="KIA", model="Rio")
    factories.order(vehicle=car, opened_on=date(2026, 7, 3), kind="maintenance")
    refresh()
    plans = Source.objects.create(code="dms")
    MaintenancePlan.objects.create(source=plans, make="KIA", model="Rio", interval_months=6, interval_km=10_000)
    assert refresh().vehicle_states == 1
    assert [row["service_due_on"] for row in states()] == [date(2027, 1, 3)]


def test_states_that_a_kill_has_left_behind_are_written_by_the_next_refresh(folder):
    car = factories.vehicle()
    refresh()
    VehicleState.objects.all().delete()
    # As after a kill between the version and its states.
    (folder / "vehicle_states.mark").write_text("00000000", encoding="ascii")
    factories.order(vehicle=factories.vehicle(), opened_on=date(2026, 1, 15))
    assert refresh().vehicle_states == 2
    assert VehicleState.objects.filter(pk=car.pk).exists()
