from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import factories, people

from vernost.contacts.models import Interaction
from vernost.core.actor import Role, system
from vernost.customers.operations import Said, record_statement, refresh_search_keys
from vernost.customers.rules.consents import Purpose, Way
from vernost.facts.models import VehicleState
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db


def order(customer, vehicle, branch, on, **more):
    return RepairOrder.objects.create(
        customer=customer, vehicle=vehicle, branch=branch, opened_on=on, closed_on=on, status="closed", **more
    )


def test_card_shows_who_he_is_what_he_drives_and_what_happened(client, django_assert_max_num_queries):
    people.signed_in(client)
    kazan = factories.branch()
    customer = factories.customer(name="Иванов Сергей Петрович")
    car = factories.vehicle(owner=customer)
    VehicleState.objects.create(
        vehicle=car,
        as_of=date(2026, 11, 20),
        last_reading_on=date(2026, 1, 1),
        last_reading_km=40_000,
        rate_m_per_day=0,
        service_due_on=date(2026, 12, 14),
    )
    order(customer, car, kazan, date(2026, 3, 12), kind="maintenance", amount="21700.00", mileage_km=40_000)
    moment = datetime(2026, 11, 19, 13, tzinfo=UTC)
    Interaction.objects.create(
        customer=customer, at=moment, on=moment.date(), channel="call", direction="out", outcome="no_answer"
    )
    consent = Said(Purpose.ADVERTISING, {"calls": True}, Way.PAPER, date(2024, 4, 1), "Анкета 17")
    record_statement(customer_id=customer.pk, said=consent, actor=system("tests"), now=moment)
    factories.invitation(programme=factories.programme(), customer=customer, vehicle=car, branch=kazan)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("office:customer", args=[customer.pk]))
    assert [each.car.title for each in page.context["cars"]] == ["Haval Jolion"]
    assert page.context["cars"][0].forecast.predicted_km == 40_000
    kinds = [event.kind for event in page.context["timeline"].events]
    assert kinds == ["invitations", "contacts", "orders", "consents"]
    content = page.content.decode()
    for words in ("+7\xa0917\xa0123-45-67", "≈ 40\xa0000", "14.12.2026", "21\xa0700\xa0₽", "звонки: да", "Анкета 17"):
        assert words in content


def test_history_is_filtered_by_kind(client):
    people.signed_in(client)
    customer = factories.customer()
    order(customer, factories.vehicle(owner=customer), None, date(2026, 3, 12))
    url = reverse("office:customer", args=[customer.pk])
    assert [event.kind for event in client.get(url, {"show": "orders"}).context["timeline"].events] == ["orders"]
    assert client.get(url, {"show": "contacts"}).context["timeline"].events == []


def test_customer_of_another_branch_is_not_there(client):
    kazan, samara = factories.branch(), factories.branch(name="Samara")
    ours, theirs = factories.customer(), factories.customer(name="Petrov", phones=())
    order(ours, factories.vehicle(owner=ours), kazan, date(2026, 3, 12), amount=100)
    order(ours, None, samara, date(2026, 4, 12), amount=900)
    order(theirs, factories.vehicle(owner=theirs), samara, date(2026, 3, 12))
    people.signed_in(client, Role.MANAGER, kazan)
    page = client.get(reverse("office:customer", args=[ours.pk]))
    assert [event.day for event in page.context["timeline"].events] == [date(2026, 3, 12)]
    assert client.get(reverse("office:customer", args=[theirs.pk])).status_code == 404


def test_customer_of_whom_nothing_is_known_has_a_card(client):
    people.signed_in(client)
    customer = factories.customer(phones=())
    page = client.get(reverse("office:customer", args=[customer.pk]))
    assert (page.status_code, page.context["timeline"].events, page.context["cars"]) == (200, [], [])


def test_search_finds_by_any_end_of_the_phone_and_by_the_name(client, django_assert_max_num_queries):
    people.signed_in(client)
    customer = factories.customer(name="Иванов Сергей Петрович")
    factories.vehicle(owner=customer)
    refresh_search_keys(customer_ids=[customer.pk])
    for text in ("4567", "иванов", "А123ВС"):
        with django_assert_max_num_queries(20):
            page = client.get(reverse("office:customers"), {"q": text})
        assert [row.cells[0].words for row in page.context["rows"]] == ["Иванов Сергей Петрович"], text
    assert client.get(reverse("office:customers"), {"q": "Сидоров"}).context["rows"] == []
    dialog = client.get(reverse("office:search"), {"q": "иванов"}).content.decode()
    assert reverse("office:customer", args=[customer.pk]) in dialog


@pytest.mark.parametrize(
    ("code", "words"), [("delivered", "Доставлено"), ("answered", "Ответил"), ("перезвон", "перезвон")]
)
def test_history_says_what_a_source_has_written(client, code, words):
    people.signed_in(client)
    customer = factories.customer()
    moment = timezone.now()
    Interaction.objects.create(
        customer=customer, at=moment, on=moment.date(), channel="sms", direction="out", outcome=code
    )
    (event,) = client.get(reverse("office:customer", args=[customer.pk])).context["timeline"].events
    assert event.note == words
