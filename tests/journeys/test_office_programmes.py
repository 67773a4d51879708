"""A manager tries a programme dry, changes it, and switches it on; stops it again."""

import pytest
from django.utils import timezone
from tests import browser, nights, people

from vernost.facts import operations as mirror
from vernost.invitations.models import Invitation, Programme
from vernost.invitations.operations import ensure_standing_programmes

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_the_dry_run_to_the_switch(page):
    ensure_standing_programmes()
    for number in (1, 2):
        nights.person(number)
    mirror.rebuild(now=timezone.now())
    Programme.objects.update(active=False, control_share=0)
    browser.sign_in(page, people.user())
    browser.open_page(page, "/office/programmes/")
    page.get_by_role("link", name=Programme.objects.get(code="next_service").title).click()
    # A chip puts a fact into the script, and the preview follows.
    page.locator("#preview .preview__steps").wait_for()
    script = page.locator("textarea[name=script]")
    script.fill("# Привет\n")
    page.locator("[data-words=name]").click()
    assert script.input_value() == "# Привет\n{{ name }}"
    page.locator("#preview mark", has_text="Сергей Петрович").wait_for()
    # What is not saved can be counted, not started.
    page.locator("#dry-run-on").fill(nights.TODAY.isoformat())
    page.get_by_role("button", name="Посчитать").click()
    result = page.locator("#dry-run .kpis")
    result.wait_for()
    assert result.locator("dd a").first.inner_text() == "2"
    assert page.get_by_role("button", name="Включить программу").count() == 0
    page.get_by_role("button", name="Сохранить").click()
    page.locator(".toast--ok").wait_for()
    page.locator("#dry-run-on").fill(nights.TODAY.isoformat())
    page.get_by_role("button", name="Посчитать").click()
    page.get_by_role("button", name="Включить программу").click()
    page.locator(".top").get_by_text("работает").wait_for()
    assert Programme.objects.get(code="next_service").active
    assert not Invitation.objects.exists()
    page.get_by_role("button", name="Остановить").click()
    page.locator(".top").get_by_text("выключена").wait_for()
    assert not Programme.objects.get(code="next_service").active


def test_a_campaign_by_the_keyboard_alone(page):
    ensure_standing_programmes()
    for number in (1, 2):
        nights.person(number, consent=True, serviced_on=nights.days_later(-200))
    mirror.rebuild(now=timezone.now())
    browser.sign_in(page, people.user())
    browser.open_page(page, "/office/programmes/")
    browser.tab_to(page, page.get_by_role("link", name="Новая кампания"))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Новая кампания").wait_for()
    browser.tab_to(page, page.get_by_label("Название кампании"))
    page.keyboard.type("Зимние шины")
    browser.tab_to(page, page.locator("textarea[name=entries]"))
    page.keyboard.type("8 917 000-00-01\n89170000002\n8 999 111-22-33")
    browser.tab_to(page, page.get_by_role("button", name="Найти"))
    page.keyboard.press("Enter")
    page.get_by_text("8 999 111-22-33").last.wait_for()
    browser.tab_to(page, page.get_by_role("button", name="Создать кампанию"))
    page.keyboard.press("Enter")
    page.wait_for_selector("#dry-run")
    # A refusal names the field and what to write; the first wrong field has the focus.
    waits = page.locator("[name=attempt_delays]")
    browser.tab_to(page, waits)
    page.keyboard.press("Control+A")
    page.keyboard.type("потом")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Запишите паузы так: 2 ч, 1 дн, 30 мин").first.wait_for()
    page.wait_for_selector("html[data-ready]")
    assert waits.evaluate("element => element === document.activeElement")
    page.keyboard.press("Control+A")
    page.keyboard.type("2 ч, 1 дн")
    page.keyboard.press("Control+Enter")
    page.locator(".toast--ok").wait_for()
    page.wait_for_selector("html[data-ready]")
    browser.tab_to(page, page.get_by_role("button", name="Посчитать"))
    page.keyboard.press("Enter")
    start = page.get_by_role("button", name="Включить программу")
    start.wait_for()
    browser.tab_to(page, start)
    page.keyboard.press("Enter")
    page.locator(".top").get_by_text("работает").wait_for()
    assert Programme.objects.get(kind="campaign").active
