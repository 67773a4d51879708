"""Signing in, by the keyboard alone."""

import pytest
from allauth.mfa.totp.internal import auth
from tests import browser, people

from vernost.core.actor import Role

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "secret-word"


@pytest.fixture
def manager():
    return people.user(Role.MANAGER)


def test_by_keys_alone(page, manager):
    browser.open_page(page, "/ui/")
    assert page.url.endswith("/account/login/?next=/ui/")
    page.keyboard.type(manager.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Дизайн-система").wait_for()
    assert page.title() == "Дизайн-система · Vernost"


def test_a_wrong_password_is_told_and_the_name_is_kept(page, manager):
    browser.open_page(page, "/account/login/")
    page.keyboard.type(manager.username)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong horse battery")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert page.input_value("[name=login]") == manager.username
    assert page.input_value("[name=password]") == ""


def test_pages_stand_in_nobodys_way(page, manager):
    before = ("/account/login/", "/account/password/reset/", "/account/password/reset/done/")
    assert browser.check_pages(page, before) == {}
    browser.sign_in(page, manager)
    assert browser.check_pages(page, ("/account/password/change/", "/account/2fa/", "/account/logout/")) == {}


def test_leaving_with_unsaved_words_asks(page, manager):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    browser.sign_in(page, manager)
    browser.open_page(page, "/account/password/change/")
    page.locator("[name=oldpassword]").press_sequentially("x")
    browser.open_page(page, "/account/2fa/")
    assert asked == ["beforeunload"]
    browser.open_page(page, "/account/password/change/")
    assert asked == ["beforeunload"]


def test_ctrl_enter_saves_and_the_first_wrong_field_is_focused(page, manager):
    browser.sign_in(page, manager)
    browser.open_page(page, "/account/password/change/")
    page.fill("[name=oldpassword]", "not the password")
    page.fill("[name=password1]", "four unconnected words here")
    page.locator("[name=password2]").press_sequentially("four unconnected words here")
    page.keyboard.press("Control+Enter")
    page.get_by_role("alert").wait_for()
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("document.activeElement.name") == "oldpassword"


def test_two_steps(page, manager):
    """Switch the second step on, keep the codes, come in with the second step."""
    browser.sign_in(page, manager)
    browser.open_page(page, "/account/2fa/totp/activate/")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/totp/activate/")
    secret = page.locator("#secret").inner_text()
    page.fill("[name=code]", code_of(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/recovery-codes/")
    codes = page.locator("#codes li").all_inner_texts()
    assert len(codes) == 10
    assert browser.check_page(page, "/account/2fa/recovery-codes/") == []

    page.context.clear_cookies()
    browser.open_page(page, "/account/login/?next=/ui/")
    page.keyboard.type(manager.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/2fa/authenticate/**")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Дизайн-система").wait_for()


def code_of(secret):
    return auth.format_hotp_value(auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time())))
