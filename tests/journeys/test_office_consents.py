"""Consents and personal data in a browser: both sizes, both themes, axe beside; a statement written by keyboard."""

from datetime import date

import pytest
from django.urls import reverse
from tests import browser, people
from tests import factories as make

from vernost.accounts.models import LegalEntity
from vernost.core.actor import Role, system
from vernost.customers import operations
from vernost.customers.models import ConsentEntry
from vernost.customers.operations import Said, TextEntry
from vernost.customers.rules.consents import Purpose, Way
from vernost.privacy.operations import erase_customer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = make.at(12)
TESTER = system("tests")


@pytest.fixture
def customer(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    company = LegalEntity.objects.create(
        name="ООО «Волга Авто»", inn="1655000000", address="Казань, Сибирский тракт, 1"
    )
    entry = TextEntry("Согласие на рекламу", "Я согласен…", [Purpose.ADVERTISING], ["calls", "sms"], date(2025, 1, 1))
    text = operations.save_text(text_id=None, entry=entry, actor=TESTER, now=NOW)
    made = make.customer(name="Иванов Сергей Петрович", created_on=date(2026, 1, 1))
    for said in (
        Said(Purpose.ADVERTISING, {"calls": True, "sms": True}, Way.PAPER, date(2026, 3, 1), "Анкета 17", "", text.pk),
        Said(Purpose.ADVERTISING, {"sms": False}, Way.CALL, date(2026, 4, 1), "Звонок 12"),
        Said(Purpose.PROCESSING, {"whole": True}, Way.PAPER, date(2026, 3, 1), "Договор 5", "", None, company.pk),
        Said(Purpose.CONTACT, {"messenger": False}, Way.VISIT, date(2026, 5, 1)),
    ):
        operations.record_statement(customer_id=made.pk, said=said, actor=TESTER, now=NOW)
    operations.seal_consents(now=NOW)
    return made


def at(name, *args):
    return reverse(f"office:{name}", args=args)


def test_pages_stand_in_nobodys_way(page, customer):
    gone = make.customer(name="Петров Иван", phones=())
    erased = erase_customer(customer_id=gone.pk, reason="demand", document="№ 5", actor=TESTER, now=NOW)
    browser.sign_in(page, people.user(Role.ADMINISTRATOR))
    urls = (
        at("customer-consents", customer.pk),
        at("personal-data"),
        at("consent-text-add"),
        at("company-add"),
        at("customer-erase", customer.pk),
        at("erasure", erased.pk),
    )
    assert browser.check_pages(page, urls) == {}


def test_a_statement_is_written_with_the_keyboard(page, customer):
    browser.sign_in(page, people.user(Role.MANAGER))
    browser.open_page(page, at("customer-consents", customer.pk))
    page.focus("select[name=purpose]")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.focus("textarea[name=evidence]")
    page.keyboard.type("Анкета 18")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    browser.open_page(page, page.url)
    assert ConsentEntry.objects.filter(evidence="Анкета 18", email=True).count() == 1
    assert "Анкета 18" in page.inner_text("#consents")
