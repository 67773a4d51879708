"""What people change on a card, and the new card that knows whom it resembles."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import factories as make
from tests import people
from tests.pages import sent

from vernost.accounts.models import AccessRole, AuditRecord
from vernost.core.actor import Role
from vernost.customers.models import AddressCheck, AdvisorAttachment, ContactAddress, Customer, HouseholdMember
from vernost.customers.operations import refresh_search_keys
from vernost.vehicles.models import CarRole, Ownership, Vehicle

pytestmark = pytest.mark.django_db


@pytest.fixture
def kazan():
    return make.branch()


@pytest.fixture
def advisor(client, kazan):
    """Let an advisor of Kazan use the client; return his employee."""
    employee = make.advisor(branch=kazan, name="Мастер Анна")
    people.signed_in(client, Role.ADVISOR, kazan, employee=employee)
    return employee


@pytest.fixture
def ivanov(advisor):
    customer = make.customer(name="Иванов Сергей Петрович", advisor=advisor)
    make.vehicle(owner=customer, vin="XTA210990Y1234567")
    refresh_search_keys(customer_ids=[customer.pk])
    return customer


def post(client, address, *arguments, **data):
    return client.post(reverse(f"office:{address}", args=arguments), data)


def new(client, **changes):
    page = client.get(reverse("office:customer-new"))
    return client.post(reverse("office:customer-new"), sent(page, **changes))


def test_a_new_card_is_seen_by_who_made_it_and_found_by_everything(client, advisor):
    page = new(
        client,
        last_name="Сидорова",
        first_name="Анна",
        phone="8 (917) 765-43-21",
        email="Anna@Example.com",
        plate="o451km716",
        make="Lada",
        model="Vesta",
    )
    made = Customer.objects.get()
    assert page.headers["Location"] == reverse("office:customer", args=[made.pk])
    assert (made.full_name, made.advisor, made.created_on) == ("Сидорова Анна", advisor, timezone.localdate())
    assert list(made.addresses.values_list("kind", "value").order_by("position")) == [
        ("phone", "+79177654321"),
        ("email", "anna@example.com"),
    ]
    for text in ("4321", "anna@exa", "О451КМ", "сидорова"):
        found = client.get(reverse("office:search"), {"q": text}).content.decode()
        assert reverse("office:customer", args=[made.pk]) in found, text


def test_who_is_known_is_shown_while_typing_and_before_saving(client, ivanov):
    for field, text in (
        ("phone", "8 917 123 45 67"),
        ("vin", "хта210990y1234567"),
        ("plate", "a123bc116"),
    ):
        words = client.get(reverse("office:customer-matches"), {field: text}).content.decode()
        assert reverse("office:customer", args=[ivanov.pk]) in words, field
    assert client.get(reverse("office:customer-matches"), {"phone": "8 917 123 45 6"}).content.strip() == b""
    looked = AuditRecord.objects.filter(action="searched").order_by("pk").values_list("subject_id", flat=True)
    assert list(looked) == [*[str(ivanov.pk)] * 3, ""]
    asked = new(client, last_name="Иванов", phone="89171234567")
    assert (asked.status_code, Customer.objects.count()) == (422, 1)
    assert [match.id for match in asked.context["matches"].seen] == [ivanov.pk]
    made = new(client, last_name="Иванов", phone="89171234567", sure="1")
    assert (made.status_code, Customer.objects.count()) == (302, 2)


@pytest.mark.usefixtures("advisor")
def test_a_match_in_another_branch_is_told_without_its_name(client):
    stranger = make.customer(name="Чужой Клиент", advisor=make.advisor(branch=make.branch(name="Ufa")))
    refresh_search_keys(customer_ids=[stranger.pk])
    words = client.get(reverse("office:customer-matches"), {"phone": "89171234567"}).content.decode()
    assert "Чужой" not in words
    assert "Мы уже знаем" in words


@pytest.mark.usefixtures("advisor")
def test_a_card_that_nobody_would_see_is_refused(client):
    page = new(client, last_name="Петров", advisor="")
    assert (page.status_code, Customer.objects.count()) == (422, 0)


@pytest.mark.usefixtures("advisor")
def test_wrong_values_are_told_at_their_fields(client):
    page = new(client, last_name="", phone="12", email="нет", inn="123", birth_date="2090-01-01", vin="XTA1")
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"last_name", "phone", "email", "inn", "birth_date", "make"}


def test_a_card_is_changed_and_the_change_stands_on_the_timeline(client, ivanov):
    page = client.get(reverse("office:customer-edit", args=[ivanov.pk]))
    answer = client.post(
        reverse("office:customer-edit", args=[ivanov.pk]),
        sent(page, last_name="Иванова", timezone="Asia/Omsk", blocked="on", blocked_reason="Просил не беспокоить"),
    )
    assert answer.status_code == 302
    ivanov.refresh_from_db()
    assert (ivanov.full_name, ivanov.sort_key, ivanov.timezone) == (
        "Иванова Сергей Петрович",
        "иванова сергей петрович",
        "Asia/Omsk",
    )
    assert (ivanov.blocked, ivanov.blocked_on) == (True, timezone.localdate())
    card = client.get(reverse("office:customer", args=[ivanov.pk]), {"show": "edits"})
    assert [event.kind for event in card.context["timeline"].events] == ["edits"]
    assert client.get(card.context["timeline"].events[0].url).status_code == 200
    assert "Омск" in card.content.decode()
    # Quiet ones are asked for.
    plain = client.get(reverse("office:customer", args=[ivanov.pk])).context["timeline"]
    assert plain.events == []


@pytest.mark.parametrize(
    ("kind", "name"), [("person", "Иванов +79179990011 Петрович"), ("company", "ООО Вектор, 89179990011")]
)
def test_a_number_in_a_name_outlives_a_change_by_who_is_not_shown_it(client, kazan, kind, name):
    role = AccessRole.objects.create(code="blind", kind=Role.MANAGER, title="Слепой", grants={"fields": []})
    people.signed_in(client, Role.MANAGER, kazan, access_role=role)
    card = make.customer(name=name, kind=kind, address="ул. Ленина, 5, тел. 8 917 999-00-11")
    make.order(branch=kazan, customer=card)
    page = client.get(reverse("office:customer-edit", args=[card.pk]))
    assert "999" not in page.content.decode()
    client.post(reverse("office:customer-edit", args=[card.pk]), sent(page, city="Казань"))
    before, after = card, Customer.objects.get(pk=card.pk)
    assert after.city == "Казань"
    told = [getattr(after, column) for column in ("full_name", "sort_key", "address")]
    assert told == [getattr(before, column) for column in ("full_name", "sort_key", "address")]


def test_addresses_are_added_verified_and_found_wrong(client, ivanov):
    assert post(client, "address-add", ivanov.pk, kind="phone", value="8 (900) 000-11-22").status_code == 302
    assert post(client, "address-add", ivanov.pk, kind="phone", value="+79000001122").status_code == 422
    added = ContactAddress.objects.get(value="+79000001122")
    assert added.position == 1
    post(client, "address-mark", ivanov.pk, added.pk, how="call")
    assert list(AddressCheck.objects.values_list("address_id", "how")) == [(added.pk, "call")]
    post(client, "address-mark", ivanov.pk, added.pk, how="wrong")
    added.refresh_from_db()
    assert added.invalid_on == timezone.localdate()
    shown = client.get(reverse("office:customer", args=[ivanov.pk])).context["customer"].addresses
    assert [(row.value, row.checked_how, row.invalid_on) for row in shown] == [
        ("+79171234567", "", None),
        ("+79000001122", "call", timezone.localdate()),
    ]


def test_a_resale_closes_an_ownership_and_moves_no_history(client, ivanov, advisor, kazan):
    car = Vehicle.objects.get()
    order = make.order(branch=kazan, customer=ivanov, vehicle=car)
    buyer = make.customer(name="Петров Пётр", phones=(), advisor=advisor)
    answer = post(client, "car-add", buyer.pk, role="owner", plate="А123ВС116", since="2026-05-01")
    assert answer.status_code == 302
    assert list(Ownership.objects.order_by("pk").values_list("customer_id", "owned_from", "owned_until")) == [
        (ivanov.pk, None, date(2026, 5, 1)),
        (buyer.pk, date(2026, 5, 1), None),
    ]
    order.refresh_from_db()
    assert order.customer_id == ivanov.pk
    events = client.get(reverse("office:customer", args=[ivanov.pk])).context["timeline"].events
    assert [event.kind for event in events] == ["orders", "owners"]
    # The car is found by its owner of today.
    found = client.get(reverse("office:search"), {"q": "А123ВС"}).context["groups"]
    assert [item["title"] for item in found[0][1]] == ["Петров Пётр"]


@pytest.mark.usefixtures("ivanov")
def test_roles_new_cars_and_parting(client, advisor):
    wife = make.customer(name="Иванова Мария", phones=(), advisor=advisor)
    assert post(client, "car-add", wife.pk, role="driver", plate="А123ВС116").status_code == 302
    role = CarRole.objects.get()
    assert (role.customer, role.role, role.since, role.until) == (wife, "driver", timezone.localdate(), None)
    assert post(client, "car-add", wife.pk, role="driver", plate="А123ВС116").status_code == 422
    assert post(client, "car-add", wife.pk, role="payer", plate="А123ВС116", since="2025-01-15").status_code == 302
    assert CarRole.objects.get(role="payer").since == date(2025, 1, 15)
    assert post(client, "role-end", wife.pk, role.pk).status_code == 302
    assert post(client, "car-add", wife.pk, role="owner", plate="К001КК16").status_code == 422
    assert post(client, "car-add", wife.pk, role="owner", plate="К001КК16", make="Kia", model="Rio").status_code == 302
    made = Vehicle.objects.get(make="Kia")
    assert post(client, "car-part", wife.pk, made.pk, on="2026-06-01").status_code == 302
    assert Ownership.objects.get(vehicle=made).owned_until == date(2026, 6, 1)


def test_who_parted_before_he_bought_is_told_since_when_he_owns(client, ivanov):
    Ownership.objects.update(owned_from=date(2024, 3, 16))
    car = Vehicle.objects.get()
    answer = client.post(reverse("office:car-part", args=[ivanov.pk, car.pk]), {"on": "2024-03-15"}, follow=True)
    assert "Клиент владеет этим автомобилем только с 16.03.2024" in answer.content.decode()
    assert Ownership.objects.get().owned_until is None


def test_a_household_is_made_by_a_click_and_left(client, ivanov, advisor):
    wife = make.customer(name="Иванова Мария", phones=(), advisor=advisor)
    Customer.objects.update(city="Казань", address="Баумана, 1")
    refresh_search_keys(customer_ids=[wife.pk, ivanov.pk])
    page = client.get(reverse("office:household", args=[ivanov.pk]))
    assert [each.id for each in page.context["suggested"]] == [wife.pk]
    assert post(client, "household", ivanov.pk, other=wife.pk).status_code == 302
    card = client.get(reverse("office:customer", args=[wife.pk]))
    assert [each.name for each in card.context["relatives"]] == ["Иванов Сергей Петрович"]
    assert [event.kind for event in card.context["timeline"].events] == ["households"]
    assert post(client, "household-leave", wife.pk, other=ivanov.pk).status_code == 302
    assert HouseholdMember.objects.filter(left_on=None).count() == 0


def test_contact_persons_of_a_company(client, advisor):
    company = make.customer(name="ООО Ромашка", kind="company", phones=(), advisor=advisor)
    answer = post(client, "person-add", company.pk, name="Ольга", position="Директор", phone="8 900 111 22 33")
    assert answer.status_code == 302
    card = client.get(reverse("office:customer", args=[company.pk]))
    (person,) = card.context["persons"]
    assert (person.name, person.phone) == ("Ольга", "+79001112233")
    found = client.get(reverse("office:search"), {"q": "1112233"}).context["groups"]
    assert [item["title"] for item in found[0][1]] == ["ООО Ромашка"]
    assert post(client, "person-end", company.pk, person.id).status_code == 302
    assert client.get(reverse("office:search"), {"q": "1112233"}).context["groups"] == []


def test_a_customer_is_given_back_by_his_advisor(client, ivanov, advisor):
    made = AdvisorAttachment.objects.create(
        customer=ivanov, advisor=advisor, on=date(2026, 5, 1), at=timezone.now(), actor="system:night"
    )
    assert client.get(reverse("office:customer", args=[ivanov.pk])).context["attachment"].id == made.pk
    assert post(client, "customer-detach", ivanov.pk, made.pk).status_code == 302
    ivanov.refresh_from_db()
    assert ivanov.advisor is None
