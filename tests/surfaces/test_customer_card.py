"""The card of a customer, of a car and of an order: right for every role, in few statements whatever the size."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests import factories as make
from tests import own_fields, people

from vernost.care.models import SurveyAnswer
from vernost.contacts.models import Interaction
from vernost.core import formats
from vernost.core.actor import Role, system
from vernost.customers import operations
from vernost.customers.models import Customer, CustomerNote
from vernost.customers.operations import refresh_search_keys
from vernost.facts import operations as mirror
from vernost.sales.models import Deal
from vernost.vehicles.models import CarRole, Ownership, Vehicle
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 12)
TESTER = system("tests")
MOST = 20


@pytest.fixture
def kazan():
    return make.branch()


@pytest.fixture
def ivanov(kazan):
    customer = make.customer(name="Иванов Сергей Петрович")
    car = make.vehicle(owner=customer, vin="XTA210990Y1234567")
    of_him = {"branch": kazan, "customer": customer, "vehicle": car, "opened_on": DAY}
    make.order(**of_him, kind="maintenance", lines=[("Замена масла", 12_000), ("Колодки", 9_000, True)], cost=5_000)
    refresh_search_keys(customer_ids=[customer.pk])
    return customer


def card(client, customer, **query):
    return client.get(reverse("office:customer", args=[customer.pk]), query)


@pytest.mark.parametrize("role", Role)
def test_every_role_opens_the_three_cards_and_only_some_see_the_margin(client, kazan, ivanov, role):
    people.signed_in(client, role, kazan)
    order = RepairOrder.objects.get()
    pages = {
        "customer": card(client, ivanov),
        "vehicle": client.get(reverse("office:vehicle", args=[order.vehicle_id])),
        "order": client.get(reverse("office:order", args=[order.pk])),
    }
    assert {name: page.status_code for name, page in pages.items()} == dict.fromkeys(pages, 200)
    words = pages["order"].content.decode()
    assert ("Маржа" in words) == (role in {Role.MANAGER, Role.ADMINISTRATOR})
    assert pages["order"].context["order"].amount == 12_000
    assert [line.name for line in pages["order"].context["order"].declined] == ["Колодки"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADVISOR, Role.MANAGER])
def test_cards_of_another_branch_are_not_there(client, ivanov, role):
    people.signed_in(client, role, make.branch(name="Ufa"))
    order = RepairOrder.objects.get()
    addresses = [
        reverse("office:customer", args=[ivanov.pk]),
        reverse("office:customer-figures", args=[ivanov.pk]),
        reverse("office:customer-risks", args=[ivanov.pk]),
        reverse("office:customer-edit", args=[ivanov.pk]),
        reverse("office:customer-item", args=[ivanov.pk, "orders", order.pk]),
        reverse("office:vehicle", args=[order.vehicle_id]),
        reverse("office:order", args=[order.pk]),
    ]
    assert {url: client.get(url).status_code for url in addresses} == dict.fromkeys(addresses, 404)
    note = reverse("office:customer-note", args=[ivanov.pk])
    assert client.post(note, {"text": "x"}).status_code == 404
    assert CustomerNote.objects.count() == 0


@pytest.mark.usefixtures("ivanov")
def test_margin_of_an_order_is_that_of_the_figures(client):
    people.signed_in(client)
    order = RepairOrder.objects.get()
    page = client.get(reverse("office:order", args=[order.pk]))
    # 12 000 with 22 % of VAT is 9 836.07 without.
    assert str(page.context["order"].margin) == "4836.07"


def test_every_item_of_the_timeline_opens_its_source(client, ivanov, kazan):
    reader = people.signed_in(client)
    operations.add_note(customer_id=ivanov.pk, text="Просил позвонить в мае", actor=reader.as_actor(), now=make.at(12))
    make.appointment(branch=kazan, customer=ivanov, starts_at=make.at(10), works=[{"name": "ТО-2"}])
    events = card(client, ivanov).context["timeline"].events
    assert [event.kind for event in events] == ["notes", "appointments", "orders"]
    opened = [client.get(event.url) for event in events]
    assert [page.status_code for page in opened] == [200, 200, 200]
    assert "Просил позвонить в мае" in opened[0].content.decode()
    assert "ТО-2" in opened[1].content.decode()
    assert opened[2].context["order"].id == RepairOrder.objects.get().pk


def test_an_appointment_stands_at_the_hour_of_its_branch(client, ivanov):
    people.signed_in(client)
    novosibirsk = make.branch(name="Novosibirsk", timezone="Asia/Novosibirsk")
    make.appointment(branch=novosibirsk, customer=ivanov, starts_at=datetime(2026, 3, 16, 4, 45, tzinfo=UTC))
    [event] = [event for event in card(client, ivanov).context["timeline"].events if event.kind == "appointments"]
    assert event.at.endswith("11:45")
    assert "11:45" in client.get(event.url).content.decode()


def test_calls_and_answers_stand_at_the_hour_of_the_customer(client, ivanov):
    """As the desk tells them."""
    people.signed_in(client)
    Customer.objects.filter(pk=ivanov.pk).update(timezone="Asia/Vladivostok")
    at = {"customer": ivanov, "on": date(2026, 3, 16)}
    Interaction.objects.create(at=datetime(2026, 3, 16, 4, 45, tzinfo=UTC), channel="call", direction="in", **at)
    SurveyAnswer.objects.create(
        customer=ivanov, score=9, answered_at=datetime(2026, 3, 16, 5, 30, tzinfo=UTC), answered_on=date(2026, 3, 16)
    )
    events = {event.kind: event for event in card(client, ivanov).context["timeline"].events}
    assert (events["contacts"].at[-5:], events["surveys"].at[-5:]) == ("14:45", "15:30")
    assert "14:45" in client.get(events["contacts"].url).content.decode()


def test_an_answer_names_the_order_that_it_is_about(client, ivanov):
    people.signed_in(client)
    order = RepairOrder.objects.get()
    answer = {"customer": ivanov, "answered_on": DAY, "text": "Спасибо"}
    SurveyAnswer.objects.create(order=order, score=9, answered_at=make.at(12), **answer)
    SurveyAnswer.objects.create(score=4, answered_at=make.at(11), **answer)
    events = [event for event in card(client, ivanov).context["timeline"].events if event.kind == "surveys"]
    number = order.external_id or order.pk
    assert [event.note for event in events] == [f"Заказ-наряд {number} · Спасибо", "Спасибо"]
    assert events[0].url == reverse("office:order", args=[order.pk])
    people.signed_in(client, Role.OPERATOR)
    desk = client.get(reverse("workplace:customer", args=[ivanov.pk])).content.decode()
    assert f"NPS 9 · Заказ-наряд {number}" in desk


def test_a_deal_opens_a_page_with_its_fields_and_the_way_to_the_car(client, ivanov, kazan):
    people.signed_in(client)
    own_fields.made("Colour of the interior", "text", "deal")
    car = Vehicle.objects.get()
    deal = Deal.objects.create(branch=kazan, customer=ivanov, vehicle=car, opened_on=DAY, kind="new", status="open")
    own_fields.put(deal, target="deal", x_colour_of_the_interior="beige")
    [event] = [event for event in card(client, ivanov).context["timeline"].events if event.kind == "deals"]
    opened = client.get(event.url).content.decode()
    assert "beige" in opened
    assert reverse("office:vehicle", args=[car.pk]) in opened
    form = reverse("office:record-fields", args=["deal", deal.pk])
    assert client.post(form, {"x_colour_of_the_interior": "black"}, headers={"HX-Request": "true"}).status_code == 200
    assert "black" in client.get(reverse("office:vehicle-item", args=[car.pk, "deals", deal.pk])).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_many_risks_the_latest_ten_stand_open(client, ivanov, settings, tmp_path):
    settings.MIRROR_DIR = tmp_path / "mirror"
    now = timezone.now()
    days = [timezone.localdate(now) - timedelta(days=number) for number in range(12)]
    SurveyAnswer.objects.bulk_create(
        SurveyAnswer(customer=ivanov, answered_at=now, answered_on=day, score=0) for day in days
    )
    mirror.refresh(now=now)
    people.signed_in(client)
    answer = client.get(reverse("office:customer-risks", args=[ivanov.pk]))
    listed = [*answer.context["risks"], *answer.context["earlier"]]
    assert [risk.on for risk in listed] == [formats.day(day) for day in days]
    assert len(answer.context["risks"]) == 10
    assert "Ещё 2, раньше" in answer.content.decode()


def test_timeline_is_narrowed_by_kind_and_by_car_and_turned_over(client, ivanov, kazan):
    people.signed_in(client)
    second = make.vehicle(owner=ivanov, plate="В777ОР16")
    RepairOrder.objects.bulk_create(
        RepairOrder(
            branch=kazan,
            customer=ivanov,
            vehicle=second,
            status="open",
            opened_on=DAY - timedelta(days=number),
            amount=1,
        )
        for number in range(1, 60)
    )
    first = card(client, ivanov).context["timeline"]
    assert [(chip.title, chip.count) for chip in first.kinds] == [("Visits", 60)]
    assert [chip.count for chip in first.cars] == [59, 1]
    assert len(first.events) == 50
    rest = client.get(reverse("office:customer", args=[ivanov.pk]) + first.rest).context["timeline"]
    assert (len(rest.events), rest.rest) == (10, "")
    own = card(client, ivanov, car=second.pk).context["timeline"]
    assert {event.note for event in own.events} == {event.note for event in rest.events}
    assert card(client, ivanov, show="notes").context["timeline"].events == []


def fleet(branch, cars, orders, name):
    owner = make.customer(name=name, kind="company")
    made = Vehicle.objects.bulk_create(
        Vehicle(make="Lada", model="Largus", plate=f"А{number:03}АА{owner.pk % 90 + 10}") for number in range(cars)
    )
    Ownership.objects.bulk_create(Ownership(vehicle=car, customer=owner) for car in made)
    RepairOrder.objects.bulk_create(
        RepairOrder(
            branch=branch,
            customer=owner,
            vehicle=made[number % cars],
            status="closed",
            opened_on=DAY - timedelta(days=number % 2000),
            closed_on=DAY - timedelta(days=number % 2000),
            amount=number,
        )
        for number in range(orders)
    )
    return owner


def test_a_fleet_costs_as_many_statements_as_one_car(client, kazan):
    people.signed_in(client, Role.MANAGER, kazan)
    asked = {}
    for cars, orders in ((2, 10), (300, 5000)):
        owner = fleet(kazan, cars, orders, f"ООО Парк {cars}")
        with CaptureQueriesContext(connection) as captured:
            page = card(client, owner)
        asked[cars] = len(captured)
        assert [chip.count for chip in page.context["timeline"].kinds] == [orders]
    assert len(page.context["cars"]) == 12
    assert page.context["cars_hidden"] == 288
    assert asked[300] == asked[2]
    assert asked[300] <= MOST


@pytest.mark.usefixtures("ivanov")
def test_palette_finds_customers_cars_and_orders(client, kazan):
    RepairOrder.objects.update(source=_source(), external_id="ЗН-555")
    people.signed_in(client, Role.ADVISOR, kazan)

    def groups(text):
        page = client.get(reverse("office:search"), {"q": text})
        return {title: [item["title"] for item in items] for title, items in page.context["groups"]}

    car, who = "Haval Jolion А123ВС\xa0116", "Иванов Сергей Петрович"
    assert groups("иванов") == {"Клиенты": [who]}
    assert groups("1234567") == {"Клиенты": [who], "Автомобили": [car]}
    assert groups("a123bc") == {"Клиенты": [who], "Автомобили": [car]}
    assert groups("ЗН-55") == {"Клиенты": [who], "Заказ-наряды": ["ТО · ЗН-555"]}
    # In small letters, and with the other layout on.
    assert groups("зн-55")["Заказ-наряды"] == groups("py-55")["Заказ-наряды"] == ["ТО · ЗН-555"]
    assert groups("f123dc")["Автомобили"] == [car]
    assert groups("") == {}
    people.signed_in(client, Role.ADVISOR, make.branch(name="Ufa"))
    assert [groups(text) for text in ("иванов", "a123bc", "ЗН-55")] == [{}, {}, {}]


def _source():
    from vernost.accounts.models import Source  # noqa: PLC0415 - only here

    return Source.objects.get_or_create(code="dms")[0]


@pytest.mark.usefixtures("ivanov")
def test_driver_and_owners_stand_on_the_car_with_their_days(client, kazan):
    car = Vehicle.objects.get()
    driver = make.customer(name="Петров Пётр")
    make.order(branch=kazan, customer=driver)
    CarRole.objects.create(vehicle=car, customer=driver, role="driver", since=DAY, actor="test")
    people.signed_in(client, Role.ADVISOR, kazan)
    page = client.get(reverse("office:vehicle", args=[car.pk]))
    assert [(title, row.name, row.since) for title, row in page.context["people"]] == [
        ("Owner", "Иванов Сергей Петрович", None),
        ("Driver", "Петров Пётр", DAY),
    ]
    assert [role.role for role in card(client, driver).context["roles"]] == ["driver"]
