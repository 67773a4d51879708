"""Changes of customers' and cars' cards are taken back while what they left still stands."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import factories as make
from tests import people

from vernost.accounts import undoing
from vernost.accounts.models import AuditRecord
from vernost.core import formats
from vernost.core.actor import Role
from vernost.customers import operations
from vernost.customers.models import AddressKind, ContactAddress, Customer
from vernost.customers.operations import CardEntry
from vernost.vehicles import operations as vehicles
from vernost.vehicles.models import Vehicle
from vernost.vehicles.operations import CarEntry

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PERSON = CardEntry(kind="person", last_name="Иванова", first_name="Анна", birth_date=date(1980, 1, 2))


@pytest.fixture
def boss():
    return people.user(Role.ADMINISTRATOR).as_actor()


@pytest.fixture
def anna(boss):
    pk = operations.create_customer(entry=PERSON, phones=["+79171234567"], actor=boss, now=NOW)
    return Customer.objects.get(pk=pk)


def latest(action="change"):
    return AuditRecord.objects.filter(action=action).latest("pk")


def change(customer, actor, **changes):
    values = {"kind": "person", "last_name": "Иванова", "first_name": "Анна", "birth_date": date(1980, 1, 2)}
    entry = CardEntry(**{**values, **changes})
    operations.change_customer(customer_id=customer.pk, entry=entry, actor=actor, now=NOW)
    return latest()


def undo(record, actor):
    undoing.undo(record_id=record.pk, actor=actor, now=NOW)


def came_after(record, actor):
    return [(one.field, one.value) for one in undoing.later([record], actor)[record.pk]]


def test_who_a_customer_is_goes_back_and_forth(boss, anna):
    line = change(anna, boss, kind="company", last_name="ООО Ромашка", birth_date=None, timezone="Asia/Omsk")
    undo(line, boss)
    anna.refresh_from_db()
    assert (anna.kind, anna.full_name, anna.last_name, anna.birth_date, anna.timezone, anna.sort_key) == (
        *("person", "Иванова Анна", "Иванова", date(1980, 1, 2), ""),
        "иванова анна",
    )
    assert [found.id for found in operations_search("иванова", boss)] == [anna.pk]
    own = latest()
    assert own.pk > line.pk
    assert latest("undone").fields == {"of": line.pk}
    with pytest.raises(undoing.NotUndone):
        undo(line, boss)
    undo(own, boss)
    anna.refresh_from_db()
    assert (anna.kind, anna.full_name, anna.birth_date) == ("company", "ООО Ромашка", None)


def operations_search(text, actor):
    from vernost.customers import queries  # noqa: PLC0415 - beside what it does

    return queries.search(text, actor=actor, limit=10)


def test_what_has_come_after_stands_in_the_way_and_is_told(boss, anna):
    line = change(anna, boss, city="Казань", address="Баумана, 1")
    change(anna, boss, city="Уфа", address="Баумана, 1")
    assert came_after(line, boss) == [("city", "Уфа")]
    with pytest.raises(undoing.NotUndone):
        undo(line, boss)
    # A source writes no line into the journal.
    Customer.objects.filter(pk=anna.pk).update(city="Пермь")
    assert came_after(latest(), boss) == [("city", "Пермь")]
    Customer.objects.filter(pk=anna.pk).update(erased_at=NOW)
    assert undoing.later([line], boss) == {}


def test_a_telephone_and_its_marks_go_back(boss, anna):
    who = {"customer_id": anna.pk, "actor": boss, "now": NOW}
    operations.add_address(**who, kind="phone", value="+79170000001")
    added = latest()
    address = ContactAddress.objects.get(value="+79170000001")
    operations.mark_address(**who, address_id=address.pk, wrong=True)
    marked = latest()
    assert came_after(added, boss) == [("phones", "wrong")]
    undo(marked, boss)
    address.refresh_from_db()
    assert address.invalid_on is None
    # The mark and its undoing stand between: the first one is what it was made of, and no more.
    assert came_after(added, boss) == [("phones", "+79170000001")]
    operations.add_address(**who, kind="email", value="anna@example.com")
    mail = latest()
    undo(mail, boss)
    assert not ContactAddress.objects.filter(kind=AddressKind.EMAIL).exists()
    undo(latest(), boss)
    assert ContactAddress.objects.get(kind=AddressKind.EMAIL).value == "anna@example.com"
    checked = ContactAddress.objects.get(kind=AddressKind.EMAIL)
    operations.check_address(**who, address_id=checked.pk, how="call")
    again = AuditRecord.objects.filter(fields__has_key="emails").latest("pk")
    assert came_after(again, boss) == [("emails", "verified")]


def test_what_a_merge_made_is_not_taken_back_here(boss, anna):
    line = change(anna, boss, city="Казань")
    other = operations.create_customer(entry=PERSON, actor=boss, now=NOW)
    operations.merge_customers(survivor_id=other, gone_id=anna.pk, actor=boss, now=NOW)
    assert undoing.later([line, latest("merge")], boss) == {}
    with pytest.raises(Customer.DoesNotExist):
        undo(line, boss)


def test_a_car_goes_back_with_its_numbers(boss, anna):
    car = make.vehicle(owner=anna, vin="XTA210990Y1234567", plate="А123ВС116")
    entry = CarEntry(make=car.make, model="Vesta", vin="XTA210990Y7654321", plate="О001ОО16", year=2020)
    vehicles.change_car(vehicle_id=car.pk, entry=entry, actor=boss, now=NOW)
    line = latest()
    assert line.fields["vin"] == ["XTA210990Y1234567", "XTA210990Y7654321"]
    assert [found.id for found in operations_search("О001ОО16", boss)] == [anna.pk]
    undo(line, boss)
    car.refresh_from_db()
    assert (car.vin, car.plate, car.year) == ("XTA210990Y1234567", "А123ВС116", None)
    assert [found.id for found in operations_search("А123ВС116", boss)] == [anna.pk]
    undo(latest(), boss)
    Vehicle.objects.filter(pk=car.pk).update(plate="")
    assert came_after(latest(), boss) == [("plate", "")]


def test_from_the_card_it_is_asked_by_who_may_change_and_sees_it(client, boss, anna):
    kazan, ufa = make.branch(), make.branch(name="Ufa")
    employee = make.advisor(branch=kazan)
    Customer.objects.filter(pk=anna.pk).update(advisor=employee)
    line = change(anna, boss, city="Казань", advisor_id=employee.pk)
    page = reverse("office:customer-item", args=[anna.pk, "edits", line.pk])
    address = reverse("office:customer-change-undo", args=[anna.pk, line.pk])
    people.signed_in(client, Role.ADVISOR, ufa)
    assert client.post(address).status_code == 404
    people.signed_in(client, Role.ADVISOR, kazan, employee=employee)
    assert address in client.get(page).content.decode()
    client.post(address)
    anna.refresh_from_db()
    assert anna.city == ""
    words = client.get(page).content.decode()
    assert address not in words
    # By the clock of the installation.
    assert "Вернуть уже нельзя: Город: теперь — (" in words
    local = formats.clock(timezone.localtime(latest("change").at))
    assert f"{local}, " in words
