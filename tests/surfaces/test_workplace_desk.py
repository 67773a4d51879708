"""The operator's desk: what stands on it and what its buttons do."""

import json
from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests import desks, own_fields, people
from tests import factories as make

from vernost.accounts.models import CalendarDay
from vernost.calls import operations
from vernost.calls.models import CallDraft, OperatorPresence
from vernost.core.actor import Role
from vernost.customers.models import ChannelStop
from vernost.invitations.models import ContactAttempt, Invitation
from vernost.workshop.models import Appointment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]

DESK = "/workplace/desk/"
HTMX = {"HX-Request": "true"}
KEY = "6f0f5f0c-5d6e-4d0e-9a52-7a8f5b1c3d10"
SCRIPT = (
    "# Greeting\nGood day, {{ name }}! About your {{ car }}.\n# Offer\n{{ reason }}.\n? Too dear\nWe have {{ works }}."
)


@pytest.fixture(autouse=True)
def _calls_are_allowed_now():
    CalendarDay.objects.all().delete()


@pytest.fixture
def kazan():
    return make.branch(bays=2, open_at=time(0), close_at=time(0))


@pytest.fixture
def operator(client, kazan):
    operations.ensure_decline_reasons()
    return people.signed_in(client, Role.OPERATOR, kazan)


@pytest.fixture
def service():
    return make.programme(script=SCRIPT, title="Next maintenance", **desks.ALL_DAY)


@pytest.fixture
def invitation(kazan, service):
    customer = make.customer(phones=("+79171234567", "+79050000002"))
    car = desks.driven_car(customer, engine="1.5T")
    desks.jolion_plan(labour_hours="1.4")
    done = timezone.localdate() - timedelta(days=256)
    make.order(
        branch=kazan, customer=customer, vehicle=car, opened_on=done, kind="maintenance", lines=[("Oil", 16_900)]
    )
    make.order(
        branch=kazan,
        customer=customer,
        vehicle=car,
        opened_on=done,
        lines=[("Diagnostics", 2_000), ("Brake discs", 14_200, True)],
    )
    return desks.due_by_km(programme=service, branch=kazan, customer=customer, vehicle=car)


def page(client, url=DESK, **data):
    return client.get(url, data).content.decode()


def take(client):
    assert client.post(reverse("workplace:desk-next")).status_code == 302


def save(client, invitation, outcome, **data):
    key = page(client).split('name="key" value="')[1].split('"')[0]
    url = reverse("workplace:desk-save", args=[invitation.pk])
    return client.post(url, {"key": key, "outcome": outcome, **data}, headers=HTMX)


def test_an_empty_desk_says_why(client):
    assert "Очередь пуста" in page(client)


def test_an_empty_desk_says_when_the_next_one_is_due(client, kazan, service):
    at = datetime.combine(timezone.localdate() + timedelta(days=3), time(12, 5), timezone.get_current_timezone())
    make.invitation(programme=service, branch=kazan, next_try_at=at)
    assert "12:05" in page(client)


def test_outside_the_hours_the_desk_says_from_when(client, kazan):
    tomorrow = timezone.localdate() + timedelta(days=1)
    CalendarDay.objects.create(on=timezone.localdate(), kind="holiday")
    make.invitation(programme=make.programme(), branch=kazan)
    text = page(client)
    assert "Сейчас звонить никому нельзя" in text
    assert f"{tomorrow.day}" in text


@pytest.mark.usefixtures("invitation")
def test_everything_about_the_customer_stands_on_the_desk(client):
    take(client)
    text = page(client)
    for words in (
        "Ivanov Sergey Petrovich",
        'href="tel:+79171234567"',
        'href="tel:+79050000002"',
        "Haval Jolion 1.5T, 2022",
        "48\u00a0200",
        "256 дней",
        "18\u00a0900",  # revenue: the put-off work is not in it
        "ТО-4",
        "16\u00a0900",  # the price of the last maintenance
        "Brake discs",
        "14\u00a0200",
        "<mark>Sergey Petrovich</mark>",
        "Too dear",
        "попытка 1 из 5",
    ):
        assert words in text
    assert text.count('name="work"') == 2
    assert 'data-hours="1.40" checked' in text


def test_statements_do_not_grow_with_the_customers_history(client, kazan, invitation, service):
    take(client)

    def statements(url):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    def more(number):
        car = make.vehicle(owner=invitation.customer)
        make.order(branch=kazan, customer=invitation.customer, vehicle=car, lines=[("Work", 100), ("Later", 5, True)])
        make.invitation(programme=service, branch=kazan, customer=invitation.customer, vehicle=car)
        make.invitation(programme=service, branch=kazan)
        make.appointment(branch=kazan, starts_at=timezone.now() + timedelta(days=number), vehicle=car)

    slots = f"{reverse('workplace:slots')}?invitation={invitation.pk}"
    urls = (DESK, reverse("workplace:desk-queue"), slots)
    more(1)
    page(client)
    one = {url: statements(url) for url in urls}
    more(2)
    more(3)
    three = {url: statements(url) for url in urls}
    assert three == one
    assert max(three.values()) <= 20


def test_queue_column_counts_and_marks_the_one_in_hand(client, operator, kazan, service, invitation):
    make.invitation(
        programme=service, branch=kazan, is_callback=True, next_try_at=timezone.now() - timedelta(minutes=12)
    )
    make.invitation(programme=service, branch=kazan, assigned_to=operator, value=5)
    client.post(reverse("workplace:desk-take", args=[invitation.pk]))
    text = page(client, reverse("workplace:desk-queue"), tab="all")
    assert text.count("call-row__who") == 3
    assert text.count('aria-current="true"') == 1
    assert "−12 мин" in text
    assert page(client, reverse("workplace:desk-queue"), tab="callbacks").count("call-row__who") == 2
    assert 'id="tab-mine" aria-pressed="true"' in page(client, reverse("workplace:desk-queue"))


@pytest.mark.usefixtures("invitation")
def test_next_customer_by_htmx_brings_the_columns(client):
    answer = client.post(reverse("workplace:desk-next"), headers=HTMX)
    text = answer.content.decode()
    assert 'id="panes"' in text
    assert "<html" not in text
    assert 'id="strip" hx-swap-oob="true"' in text
    assert "desk-changed" in answer.headers["HX-Trigger-After-Settle"]


def test_saving_brings_the_next_customer_and_an_undo(client, kazan, service, invitation):
    following = make.invitation(programme=service, branch=kazan)
    take(client)
    answer = save(client, invitation, "no_answer", note="Long rings", told_km="48500")
    text = answer.content.decode()
    assert following.customer.full_name in text
    assert "Сохранено. Следующая попытка" in text
    invitation.refresh_from_db()
    assert (invitation.state, invitation.attempts) == ("queued", 1)
    assert list(invitation.vehicle.readings.values_list("km", flat=True)) == [48_500]
    undo = text.split('action="/workplace/desk/undo/')[1].split('"')[0]
    answer = client.post(f"/workplace/desk/undo/{undo}", headers=HTMX)
    assert answer.headers["HX-Redirect"] == DESK
    invitation.refresh_from_db()
    following.refresh_from_db()
    assert (invitation.state, following.state) == ("in_progress", "queued")


def test_two_tabs_save_a_call_once(client, invitation):
    take(client)
    first = page(client).split('name="key" value="')[1].split('"')[0]
    second = page(client).split('name="key" value="')[1].split('"')[0]
    assert first == second
    url = reverse("workplace:desk-save", args=[invitation.pk])
    for _tab in range(2):
        assert client.post(url, {"key": first, "outcome": "busy"}).status_code == 302
    assert ContactAttempt.objects.count() == 1


def test_a_call_without_an_outcome_is_refused_in_words(client, invitation):
    take(client)
    answer = save(client, invitation, "")
    assert answer.status_code == 409
    assert Invitation.objects.get(pk=invitation.pk).attempts == 0


def test_a_refusal_names_its_reason(client, invitation):
    take(client)
    assert save(client, invitation, "declined").status_code == 409
    assert save(client, invitation, "declined", decline_reason="too_expensive").status_code == 200
    invitation.refresh_from_db()
    assert (invitation.state, invitation.decline_reason) == ("declined", "too_expensive")


def test_call_back_at_the_operators_own_time_is_on_the_customers_clock(client, kazan, service):
    customer = make.customer(timezone="Asia/Omsk")
    invitation = make.invitation(programme=service, branch=kazan, customer=customer)
    take(client)
    day = timezone.localdate() + timedelta(days=2)
    assert save(client, invitation, "call_back", when="other", other=f"{day}T15:30").status_code == 200
    invitation.refresh_from_db()
    assert invitation.next_try_at.isoformat() == f"{day}T09:30:00+00:00"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"outcome": "call_back", "when": "other", "other": "9999-12-31T23:59"}, "больше года"),
        ({"outcome": "call_back", "when": "other", "other": "завтра"}, "Перезвонить в"),
        ({"outcome": "no_answer", "told_km": "9999999999"}, "Пробег со слов"),
        ({"outcome": "no_answer", "note": "x" * 4001}, "Комментарий"),
        ({"outcome": "flew", "told_km": "many"}, "Выберите итог звонка"),
    ],
)
def test_what_cannot_be_saved_is_named(client, invitation, data, words):
    take(client)
    answer = save(client, invitation, **data)
    assert answer.status_code == 409
    assert words in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert not ContactAttempt.objects.exists()


def test_wrong_number_keeps_the_customer_with_the_next_number(client, invitation):
    take(client)
    text = save(client, invitation, "bad_number", address="+79171234567").content.decode()
    assert "Номер отмечен неверным" in text
    assert "Ivanov Sergey Petrovich" in text
    assert "tel:+79171234567" not in text


def test_who_may_not_be_called_is_shown_with_the_reason_and_without_the_button(client, invitation):
    take(client)
    ChannelStop.objects.create(customer=invitation.customer, channel="call", since=timezone.localdate())
    text = page(client)
    assert "Клиент просил не звонить" in text
    assert 'href="tel:' not in text


def test_note_is_kept_while_it_is_written(client, invitation):
    take(client)
    client.post(reverse("workplace:desk-draft", args=[invitation.pk]), {"note": "Half a <b>note</b>"})
    assert CallDraft.objects.get().text == "Half a <b>note</b>"
    assert "Half a &lt;b&gt;note&lt;/b&gt;" in page(client)


def test_put_back_takes_the_next(client, kazan, service, invitation):
    following = make.invitation(programme=service, branch=kazan)
    take(client)
    client.post(reverse("workplace:desk-put-back", args=[invitation.pk]))
    following.refresh_from_db()
    invitation.refresh_from_db()
    assert (following.state, invitation.state) == ("in_progress", "queued")


@pytest.mark.usefixtures("invitation")
def test_open_page_renews_the_lease_and_learns_that_it_is_gone(client):
    take(client)
    assert client.post(reverse("workplace:desk-alive"), {"has": "1"}).status_code == 204
    Invitation.objects.update(state="queued", leased_by=None, leased_until=None)
    answer = client.post(reverse("workplace:desk-alive"), {"has": "1"})
    assert answer.status_code == 200
    assert "desk-reload" in answer.headers["HX-Trigger"]


def test_a_break_gives_the_customer_back(client, invitation):
    take(client)
    client.post(reverse("workplace:presence"), {"state": "break"})
    invitation.refresh_from_db()
    assert (invitation.state, OperatorPresence.objects.get().state) == ("queued", "break")
    assert "Перерыв" in page(client)


def test_a_script_names_fields_of_ones_own_as_far_as_the_role_sees_them(client, service, invitation):
    own_fields.made("Shoe size", "whole", unit="EU")
    own_fields.made("Secret", "text", roles=("administrator",))
    own_fields.made("Colour", "text", "vehicle")
    own_fields.put(invitation.customer, x_shoe_size="42", x_secret="owes us")
    own_fields.put(invitation.vehicle, target="vehicle", x_colour="amber")
    service.script = (
        "# Greeting\nSize {{ x_shoe_size }}, {{ car_x_colour }}{% if x_secret %} and {{ x_secret }}{% endif %}!"
    )
    service.save()
    take(client)
    shown = page(client)
    assert "<mark>42\u00a0EU</mark>, <mark>amber</mark>!" in shown
    assert "owes us" not in shown


@pytest.mark.usefixtures("invitation")
def test_a_broken_script_is_shown_as_it_was_written(client, service):
    service.script = "# Greeting\nGood day, {{ name"
    service.save()
    take(client)
    assert "Good day, {{ name" in page(client)


def test_names_and_notes_are_text(client, kazan, service):
    customer = make.customer(name="<script>alert(1)</script>")
    make.invitation(programme=service, branch=kazan, customer=customer)
    take(client)
    text = page(client)
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.usefixtures("invitation")
def test_home_says_what_to_do_now(client, kazan, service):
    make.invitation(
        programme=service, branch=kazan, is_callback=True, next_try_at=timezone.now() - timedelta(minutes=3)
    )
    text = page(client, "/workplace/")
    assert "Пора перезвонить: 1 клиент" in text
    assert "Начать звонки" in text
    take(client)
    assert "Клиент у вас в работе" in page(client, "/workplace/")


def test_booking_on_the_desk(client, kazan, invitation):
    take(client)
    text = page(client, reverse("workplace:slots"), invitation=invitation.pk)
    start = text.split('name="starts_at" value="')[1].split('"')[0]
    key = text.split('name="key" value="')[1].split('"')[0]
    form = {
        "invitation": invitation.pk,
        "branch": kazan.pk,
        "starts_at": start,
        "key": key,
        "works": "1",
        "work": "maintenance",
    }
    answer = client.post(reverse("workplace:book"), form, headers=HTMX)
    assert "desk-booked" in answer.headers["HX-Trigger"]
    assert "Записан:" in answer.content.decode()
    appointment = Appointment.objects.get()
    assert (appointment.customer_id, appointment.status, str(appointment.labour_hours)) == (
        invitation.customer_id,
        "booked",
        "1.40",
    )
    assert appointment.works == [{"code": "maintenance", "name": "ТО-4", "hours": "1.40", "amount": "16900.00"}]
    # A second press is the same booking.
    client.post(reverse("workplace:book"), form, headers=HTMX)
    assert Appointment.objects.count() == 1
    assert 'value="booked" data-outcome-target="outcome"' in page(client)
    answer = client.post(reverse("workplace:unbook", args=[invitation.pk]), form, headers=HTMX)
    assert "desk-unbooked" in answer.headers["HX-Trigger"]
    assert Appointment.objects.get().status == "cancelled"


def test_a_picked_slot_is_kept_for_three_minutes(client, kazan, invitation):
    take(client)
    text = page(client, reverse("workplace:slots"), invitation=invitation.pk)
    start = text.split('name="starts_at" value="')[1].split('"')[0]
    form = {"invitation": invitation.pk, "branch": kazan.pk, "starts_at": start, "works": "1", "work": "maintenance"}
    text = client.post(reverse("workplace:hold"), form, headers=HTMX).content.decode()
    assert "Место держится за вами" in text
    assert Appointment.objects.get().status == "held"


@pytest.mark.parametrize(
    "start", ["", "tomorrow", "2026-11-25T10:00", "0001-01-01T00:00+03:00", "9999-12-31T23:59-03:00"]
)
def test_a_time_that_the_grid_does_not_show_is_not_booked(client, kazan, invitation, start):
    take(client)
    form = {"invitation": invitation.pk, "branch": kazan.pk, "starts_at": start, "works": "1", "key": KEY}
    for name in ("workplace:hold", "workplace:book"):
        answer = client.post(reverse(name), form, headers=HTMX)
        assert answer.status_code == 200
        assert "Отметьте время" in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert not Appointment.objects.exists()


def test_a_place_that_is_gone_is_said_and_the_grid_comes_anew(client, kazan, invitation):
    take(client)
    text = page(client, reverse("workplace:slots"), invitation=invitation.pk)
    start = text.split('name="starts_at" value="')[1].split('"')[0]
    for bay in kazan.work_bays.all():
        make.appointment(branch=kazan, starts_at=datetime.fromisoformat(start), bay=bay, hours=2)
    form = {"invitation": invitation.pk, "branch": kazan.pk, "starts_at": start, "works": "1", "key": KEY}
    answer = client.post(reverse("workplace:book"), form, headers=HTMX)
    assert answer.status_code == 200
    assert "toast" in answer.headers["HX-Trigger"]
    assert 'id="slots"' in answer.content.decode()
