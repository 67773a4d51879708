"""An operator's working minutes in a real browser, by the keyboard in the Russian layout, and the advisor's day."""

from datetime import time, timedelta

import pytest
from django.utils import timezone
from tests import browser, desks, people
from tests import factories as make

from vernost.accounts.models import CalendarDay
from vernost.calls import operations
from vernost.core.actor import Role
from vernost.customers.operations import refresh_search_keys
from vernost.invitations.models import ContactAttempt, Invitation
from vernost.workshop.models import Appointment

pytestmark = pytest.mark.django_db(transaction=True)

# What the keys of the Russian layout say; their codes are those of the places.
RUSSIAN = {"BracketLeft": "х", "BracketRight": "ъ", "Period": "ю", "KeyI": "ш", "KeyN": "т", "KeyT": "е"}
SCRIPT = "# Приветствие\n{{ name }}, здравствуйте!\n# Причина звонка\n{{ reason }}.\n? Дорого\nЗато с гарантией."


@pytest.fixture
def kazan():
    CalendarDay.objects.all().delete()
    operations.ensure_decline_reasons()
    return make.branch(name="Казань, Сибирский тракт", bays=3, open_at=time(0), close_at=time(0))


@pytest.fixture
def service():
    return make.programme(script=SCRIPT, title="Следующее ТО", **desks.ALL_DAY)


def invited(kazan, service, name, value):
    customer = make.customer(name=name)
    car = desks.driven_car(customer)
    done = timezone.localdate() - timedelta(days=200)
    make.order(
        branch=kazan,
        customer=customer,
        vehicle=car,
        opened_on=done,
        kind="maintenance",
        lines=[("Масло", 18_450), ("Тормозные колодки", 14_200, True)],
    )
    refresh_search_keys(customer_ids=[customer.pk])
    return desks.due_by_km(programme=service, branch=kazan, customer=customer, vehicle=car, value=value)


@pytest.fixture
def customers(kazan, service):
    desks.jolion_plan(labour_hours="1.5")
    names = ("Иванов Сергей Петрович", "Петрова Анна Игоревна", "Кузнецов Олег Дмитриевич")
    return [invited(kazan, service, name, value) for name, value in zip(names, (300, 200, 100), strict=True)]


@pytest.fixture
def desk(page, kazan, customers):  # noqa: ARG001 - the queue is filled
    browser.sign_in(page, people.user(Role.OPERATOR, kazan, first_name="Алина"))
    page.emulate_media(reduced_motion="reduce")
    browser.open_page(page, "/workplace/desk/")
    return page


def press(page, code):
    """Press a key by its place, as somebody with the Russian layout does."""
    page.wait_for_selector("html[data-ready]")
    page.evaluate(
        "([code, key]) => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true}))",
        [code, RUSSIAN.get(code, code)],
    )


def sum_of(page):
    return page.locator("[data-basket-target=sum]").inner_text().replace("\u00a0", " ")


def pressed(page, outcome):
    button = page.locator(f".out[data-outcome-target=button][value={outcome}]")
    return button.get_attribute("aria-pressed") == "true"


def name_in_hand(page, name):
    page.locator("#customer-name", has_text=name).wait_for()
    page.locator("table.capacity").wait_for()


def test_an_operators_minutes_by_keys_alone(desk, customers):
    desk.keyboard.press("Control+Enter")
    name_in_hand(desk, "Иванов Сергей Петрович")
    assert desk.locator("[data-script-target=page]:visible").inner_text() == "Сергей Петрович, здравствуйте!"
    press(desk, "BracketRight")
    assert "15\u00a0000" in desk.locator("[data-script-target=page]:visible").inner_text()

    # A tick recounts the sum at once and asks the server for the places of a longer visit.
    assert sum_of(desk) == "18 450 ₽"
    with desk.expect_response(lambda answer: "/workplace/slots/" in answer.url):
        desk.locator("#offer input").nth(1).check()
    assert sum_of(desk) == "32 650 ₽"
    assert desk.locator("[data-basket-target=count]").inner_text() == "2 работы"
    desk.get_by_text("Любой пост, 2,0 н/ч").wait_for()

    # Arrows walk over the grid, Enter keeps a place, F9 books it and says the outcome.
    desk.locator(".slot[aria-pressed=true]").focus()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    desk.get_by_text("Место держится за вами").wait_for()
    assert Appointment.objects.get().status == "held"
    desk.keyboard.press("F9")
    desk.locator(".slots__booked").wait_for()
    assert pressed(desk, "booked")
    assert Appointment.objects.get().status == "booked"

    desk.locator("textarea[name=note]").fill("Приедет с женой")
    desk.keyboard.press("Control+Enter")
    name_in_hand(desk, "Петрова Анна Игоревна")
    first = Invitation.objects.get(pk=customers[0].pk)
    assert (first.state, first.appointment.labour_hours) == ("booked", 2)
    assert ContactAttempt.objects.get().interaction.text == "Приедет с женой"

    # The digit opens the second question, whose choices take the digits over.
    press(desk, "Digit2")
    desk.locator("#choices-call_back").wait_for()
    press(desk, "Escape")
    assert desk.locator("#choices-call_back").is_hidden()
    press(desk, "Digit5")
    press(desk, "Digit3")
    assert desk.locator(".out[value=declined] small").inner_text() == "Далеко ехать"
    desk.keyboard.press("Control+Enter")
    name_in_hand(desk, "Кузнецов Олег Дмитриевич")
    second = Invitation.objects.get(pk=customers[1].pk)
    assert (second.state, second.decline_reason) == ("declined", "too_far")

    # Taken back within seconds: the customer returns to the desk.
    desk.get_by_role("button", name="Отменить").last.click()
    name_in_hand(desk, "Петрова Анна Игоревна")


def test_a_refusal_is_no_longer_told_when_the_call_is_saved_or_given_back_after_all(desk):
    refusal = desk.locator("#toasts .toast--bad", has_text="Выберите итог звонка")
    desk.keyboard.press("Control+Enter")
    name_in_hand(desk, "Иванов Сергей Петрович")
    desk.keyboard.press("Control+Enter")
    refusal.wait_for()
    press(desk, "Digit5")
    press(desk, "Digit3")
    desk.keyboard.press("Control+Enter")
    name_in_hand(desk, "Петрова Анна Игоревна")
    refusal.wait_for(state="detached")
    desk.keyboard.press("Control+Enter")
    refusal.wait_for()
    desk.get_by_role("button", name="Вернуть в очередь без звонка").click()
    refusal.wait_for(state="detached")


def test_digits_while_typing_are_text_and_alt_presses_the_button(desk):
    desk.keyboard.press("Control+Enter")
    name_in_hand(desk, "Иванов Сергей Петрович")
    desk.locator("textarea[name=note]").focus()
    desk.keyboard.type("4 колеса")
    assert not pressed(desk, "no_answer")
    desk.keyboard.press("Alt+8")
    assert pressed(desk, "do_not_call")
    assert desk.locator("textarea[name=note]").input_value() == "4 колеса"


def test_single_keys_can_be_switched_off(desk):
    desk.keyboard.press("Control+Enter")
    name_in_hand(desk, "Иванов Сергей Петрович")
    desk.evaluate("document.body.dataset.singleKeys = 'off'")
    press(desk, "Digit8")
    assert not pressed(desk, "do_not_call")


def test_without_an_outcome_nothing_is_saved(desk, customers):
    desk.keyboard.press("Control+Enter")
    name_in_hand(desk, "Иванов Сергей Петрович")
    desk.keyboard.press("Control+Enter")
    desk.get_by_text("Выберите итог звонка").wait_for()
    assert Invitation.objects.get(pk=customers[0].pk).attempts == 0


def test_on_a_phone_the_columns_are_three_screens(desk):
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.locator("[data-key='Ctrl+Enter']:visible").click()
    name_in_hand_on_a_phone = desk.locator("#customer-name", has_text="Иванов")
    name_in_hand_on_a_phone.wait_for()
    assert not desk.locator("#p-queue").is_visible()
    desk.get_by_role("button", name="Запись").last.click()
    assert not name_in_hand_on_a_phone.is_visible()
    desk.locator("table.capacity").wait_for()
    desk.get_by_role("button", name="Очередь", exact=True).click()
    assert desk.locator(".call-row").first.is_visible()


def test_desk_stands_in_nobodys_way(page, kazan, customers):
    operator = people.user(Role.OPERATOR, kazan)
    browser.sign_in(page, operator)
    assert browser.check_page(page, "/workplace/desk/") == []
    operations.take(invitation_id=customers[0].pk, actor=operator.as_actor(), now=timezone.now())
    assert browser.check_page(page, "/workplace/desk/") == []


@pytest.mark.usefixtures("customers")
def test_pages_of_an_operator_stand_in_nobodys_way(page, kazan):
    browser.sign_in(page, people.user(Role.OPERATOR, kazan))
    addresses = ("/workplace/", "/workplace/customers/find/?q=Иванов", "/workplace/reception/new/")
    assert browser.check_pages(page, addresses) == {}


@pytest.fixture
def day(kazan, customers):
    """Fill the reception's today."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    for place, invitation in enumerate(customers):
        make.appointment(
            branch=kazan,
            starts_at=now,
            bay=kazan.work_bays.all()[place],
            customer=invitation.customer,
            vehicle=invitation.vehicle,
            status=("booked", "confirmed", "arrived")[place],
            works=[{"name": "ТО-4"}],
            labour_hours=1,
        )
    return customers


def test_pages_of_an_advisor_stand_in_nobodys_way(page, kazan, day):
    browser.sign_in(page, people.user(Role.ADVISOR, kazan))
    addresses = (f"/workplace/customers/{day[0].customer_id}/", "/workplace/reception/")
    assert browser.check_pages(page, addresses) == {}


def test_an_advisors_minutes(page, kazan, day):
    browser.sign_in(page, people.user(Role.ADVISOR, kazan))
    page.emulate_media(reduced_motion="reduce")
    browser.open_page(page, "/workplace/reception/")
    first = Appointment.objects.get(customer=day[0].customer)
    page.locator(f"#appointment-{first.pk}").get_by_role("button", name="Приехал").click()
    page.get_by_text("Иванов Сергей Петрович: приезд отмечен").wait_for()
    first.refresh_from_db()
    assert first.status == "arrived"
    page.locator(".toast").get_by_role("button", name="Отменить").click()
    page.locator(f"#appointment-{first.pk}").get_by_text("Записан").wait_for()

    # T, arrows and N, by their places.
    for code, address in (
        ("ArrowRight", "/reception/?*day=*"),
        ("KeyT", "/reception/?branch=*"),
        ("KeyN", "/customers/find/*"),
    ):
        press(page, code)
        page.wait_for_url(f"**{address}")
    page.locator("[name=q][type=search]").fill("петрова")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Петрова Анна Игоревна").click()
    page.locator("table.capacity").wait_for()
    page.locator("#slots-note").fill("Стучит слева")
    page.keyboard.press("F9")
    page.wait_for_url("**/reception/**")
    assert Appointment.objects.get(note="Стучит слева").customer_id == day[1].customer_id


def test_the_supervisors_board_stands_in_nobodys_way(page, kazan, service, customers):
    operator = people.user(Role.OPERATOR, kazan, first_name="Алина", last_name="Гарипова")
    operations.take(invitation_id=customers[0].pk, actor=operator.as_actor(), now=timezone.now())
    make.invitation(
        programme=service, branch=kazan, is_callback=True, next_try_at=timezone.now() - timedelta(minutes=40)
    )
    browser.sign_in(page, people.user(Role.MANAGER, kazan))
    assert browser.check_page(page, "/office/supervisor/") == []
