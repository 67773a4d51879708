"""The columnar mirror keeps up with changes as if it were built from scratch."""

import logging
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from tests import factories
from tests.refreshes import LATER, NOW, refresh, rows

from vernost import facts
from vernost.accounts.models import Source
from vernost.contacts.models import Interaction
from vernost.core.actor import system
from vernost.customers import operations as customers
from vernost.customers.models import ChannelStop, ConsentStatement, Customer
from vernost.facts import operations
from vernost.facts.models import FactChange
from vernost.sales.models import Deal
from vernost.vehicles.models import MaintenancePlan, OdometerReading, Ownership, Vehicle, VehicleEvent
from vernost.workshop.models import OrderLine, RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    return settings.MIRROR_DIR


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
@pytest.mark.parametrize(
    ("seed", "few"),
    [
        (1, 4),
        (3, 50_000),
        *(pytest.param(*each, marks=pytest.mark.slow) for each in ((2, 4), (4, 50_000))),
    ],
)
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


def test_the_first_change_of_a_month_learns_how_far_from_the_due_date_owners_come(caplog):
    cars = [Vehicle.objects.create(make="Kia", model="Rio", year=2019) for _number in range(80)]
    RepairOrder.objects.bulk_create(
        RepairOrder(
            vehicle=car,
            kind="maintenance",
            status="closed",
            opened_on=came,
            closed_on=came,
            mileage_km=10_000 * (year - 2018),
        )
        for number, car in enumerate(cars)
        for year in range(2020, 2027)
        for came in [date(year, 3 + number % 8, 1 + number % 28)]
    )
    november = refresh().mirror
    learned = rows("due_ranges", "as_of", "stage", "slack", "readings", "low_days", "high_days")
    assert {row["as_of"] for row in learned} == {date(2026, 10, 1)}
    factories.order(vehicle=cars[0], kind="maintenance", opened_on=date(2026, 12, 1))
    done = operations.refresh(now=LATER)
    assert done.kind == "changes"
    assert {row["as_of"] for row in rows("due_ranges", "as_of")} == {date(2026, 12, 1)}
    before = facts.connect(november)
    kept = before.table("due_ranges").select(*learned[0]).order_by(*learned[0])
    assert before.to_pyarrow(kept).to_pylist() == learned
    factories.order(vehicle=cars[1], kind="maintenance", opened_on=date(2026, 12, 1))
    with caplog.at_level(logging.WARNING, "vernost.facts"):
        operations.rebuild(now=LATER)
    assert caplog.messages == []
