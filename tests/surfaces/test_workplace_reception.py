"""The reception's day, a customer's card, booking at the desk."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests import factories as make
from tests import people

from vernost.accounts.models import CalendarDay
from vernost.core.actor import Role
from vernost.customers.operations import refresh_search_keys
from vernost.workshop.models import Appointment

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _no_holidays():
    CalendarDay.objects.all().delete()


@pytest.fixture
def kazan():
    return make.branch(bays=2, open_at=time(0), close_at=time(0))


@pytest.fixture
def advisor(client, kazan):
    return people.signed_in(client, Role.ADVISOR, kazan)


def today_at(hour):
    return datetime.combine(timezone.localdate(), time(hour), timezone.get_current_timezone())


def page(client, name, *arguments, **data):
    return client.get(reverse(f"workplace:{name}", args=arguments), data).content.decode()


def arrival(branch, *, hour=0, name="Petrova Anna", **more):
    customer = make.customer(name=name, phones=("+79170000001",))
    car = make.vehicle(owner=customer, plate="О451КМ716")
    return make.appointment(branch=branch, starts_at=today_at(hour), customer=customer, vehicle=car, **more)


@pytest.mark.usefixtures("advisor")
def test_day_shows_who_comes_when_and_with_what(client, kazan):
    arrival(kazan, bay=kazan.work_bays.first(), works=[{"name": "ТО-4"}], labour_hours=1, note="Tea")
    arrival(kazan, hour=23, name="Sidorov Petr")
    arrival(make.branch(name="Ufa"), name="Foreign Customer")
    text = page(client, "reception")
    assert text.index("Petrova Anna") < text.index("Sidorov Petr")
    for words in ("0:00", "пост 1", "ТО-4", "Tea", "О451КМ", "tel:+79170000001"):
        assert words in text
    assert "Foreign Customer" not in text


@pytest.mark.usefixtures("advisor")
def test_an_empty_and_a_closed_day_say_so(client, kazan):
    assert "На этот день никто не записан" in page(client, "reception")
    tomorrow = timezone.localdate() + timedelta(days=1)
    kazan.days.create(on=tomorrow)
    assert "В этот день центр закрыт" in page(client, "reception", day=tomorrow.isoformat())


@pytest.mark.usefixtures("advisor")
def test_a_nonsense_day_is_today(client):
    assert f'name="day" value="{timezone.localdate()}"' in page(client, "reception", day="2026-02-31")


@pytest.mark.usefixtures("advisor")
def test_one_click_and_it_can_be_taken_back(client, kazan):
    appointment = arrival(kazan)

    def click(what):
        url = reverse("workplace:appointment-change", args=[appointment.pk, what])
        answer = client.post(url, follow=True)
        appointment.refresh_from_db()
        return appointment.status, answer.content.decode()

    assert click("confirm")[0] == "confirmed"
    status, text = click("arrive")
    assert status == "arrived"
    assert "Petrova Anna: приезд отмечен" in text
    assert reverse("workplace:appointment-change", args=[appointment.pk, "restore"]) in text
    assert click("restore")[0] == "booked"
    assert click("miss")[0] == "no_show"
    assert click("restore")[0] == "booked"
    assert click("cancel")[0] == "cancelled"
    assert "нельзя перевести" in click("arrive")[1]


@pytest.mark.usefixtures("advisor")
def test_move_in_the_dialog(client, kazan):
    appointment = arrival(kazan, bay=kazan.work_bays.first())
    assert "Petrova Anna" in page(client, "appointment-move", appointment.pk)
    text = page(client, "slots", appointment=appointment.pk)
    assert "Перенести запись" in text
    form = {
        "appointment": appointment.pk,
        "branch": kazan.pk,
        "starts_at": (today_at(10) + timedelta(days=1)).isoformat(),
        "key": text.split('name="key" value="')[1].split('"')[0],
    }
    answer = client.post(reverse("workplace:book"), form, headers=HTMX)
    appointment.refresh_from_db()
    assert appointment.starts_at == today_at(10) + timedelta(days=1)
    assert f"#appointment-{appointment.pk}" in answer.headers["HX-Redirect"]


@pytest.mark.usefixtures("advisor")
def test_statements_do_not_grow_with_the_day(client, kazan):
    def statements():
        page(client, "reception")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("workplace:reception")).status_code == 200
        return len(captured)

    arrival(kazan, advisor=make.advisor(branch=kazan))
    one = statements()
    for hour in (2, 3):
        arrival(kazan, hour=hour, bay=kazan.work_bays.first())
    assert statements() == one
    assert one <= 20


def found(client, text):
    return client.get(reverse("office:search"), {"q": text}).content.decode()


@pytest.mark.usefixtures("advisor")
def test_customer_is_found_by_whatever_he_says(client, kazan):
    customer = arrival(kazan, name="Фёдорова Мария Львовна").customer
    refresh_search_keys(customer_ids=[customer.pk])
    for text in ("федорова", "Мария Льв", "8 917 000-00-01", "0001", "о451км", "O451KM716"):
        assert "Фёдорова Мария Львовна" in page(client, "find", q=text), text
        assert reverse("office:customer", args=[customer.pk]) in found(client, text), text
    for text in ("", "ф", "иванов", "9999", "<script>"):
        assert "Фёдорова Мария Львовна" not in page(client, "find", q=text)


@pytest.mark.usefixtures("advisor")
def test_customers_of_another_branch_are_not_found(client):
    stranger = arrival(make.branch(name="Ufa"), name="Чужой Клиент").customer
    refresh_search_keys(customer_ids=[stranger.pk])
    assert "Чужой Клиент" not in page(client, "find", q="чужой")
    assert "Чужой" not in found(client, "чужой")


@pytest.mark.usefixtures("advisor")
def test_card_has_cars_history_and_booking(client, kazan):
    customer = arrival(kazan).customer
    second = make.vehicle(owner=customer, make="Kia", model="Rio")
    make.order(branch=kazan, customer=customer, vehicle=second, lines=[("Oil", 12_300)])
    make.order(branch=make.branch(name="Ufa"), customer=customer, vehicle=second, lines=[("Secret", 98_765)])
    text = page(client, "customer", customer.pk, vehicle=second.pk)
    for words in ("Haval Jolion", "Kia Rio", "12\u00a0300", f"customer={customer.pk}&amp;vehicle={second.pk}"):
        assert words in text
    assert "98\u00a0765" not in text


@pytest.mark.usefixtures("advisor")
def test_booking_at_the_desk_in_the_hour_that_has_begun(client, kazan):
    customer = arrival(kazan, status="cancelled").customer
    car = customer.ownerships.get().vehicle
    text = page(client, "slots", customer=customer.pk, vehicle=car.pk)
    begun = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    form = {
        "customer": customer.pk,
        "vehicle": car.pk,
        "branch": kazan.pk,
        "starts_at": begun.isoformat(),
        "hours": "0.5",
        "visit_note": "Knocks on the left",
        "key": text.split('name="key" value="')[1].split('"')[0],
    }
    answer = client.post(reverse("workplace:book"), form, headers=HTMX)
    assert answer.headers["HX-Redirect"].startswith(reverse("workplace:reception"))
    booked = Appointment.objects.get(status="booked")
    assert (booked.starts_at, booked.vehicle_id, booked.note) == (begun, car.pk, "Knocks on the left")


@pytest.mark.usefixtures("advisor")
def test_booking_without_a_card(client, kazan):
    text = page(client, "slots")
    start = text.split('name="starts_at" value="')[1].split('"')[0]
    form = {
        "branch": kazan.pk,
        "starts_at": start,
        "hours": "1",
        "visit_note": "Petr, +7 917, Lada",
        "key": text.split('name="key" value="')[1].split('"')[0],
    }
    client.post(reverse("workplace:book"), form, headers=HTMX)
    booked = Appointment.objects.get()
    assert (booked.customer, booked.note) == (None, "Petr, +7 917, Lada")
    assert "Petr, +7 917, Lada" in page(client, "reception", day=booked.starts_on.isoformat())


@pytest.mark.parametrize(
    "data",
    [
        {"starts_at": "yesterday"},
        {"starts_at": "2026-13-45T99:00"},
        {"hours": "NaN"},
        {"hours": "-5"},
        {"hours": "1e999"},
        {"monday": "2026-99-99"},
        {"go": "0001-01-01"},
        {"go": "9999-12-31"},
        {"kind": "<script>"},
        {"vehicle": "٣"},
    ],
)
@pytest.mark.usefixtures("advisor")
def test_nonsense_in_the_address_breaks_nothing(client, data):
    assert client.get(reverse("workplace:slots"), data).status_code == 200


@pytest.mark.usefixtures("advisor")
def test_booking_needs_its_key(client, kazan):
    form = {"branch": kazan.pk, "starts_at": today_at(23).isoformat()}
    assert client.post(reverse("workplace:book"), form, headers=HTMX).status_code == 400
    assert not Appointment.objects.exists()
