"""A manager tries a programme dry, changes it, and switches it on; stops it again."""

import pytest
from django.utils import timezone
from tests import browser, nights, people

from vernost.facts import operations as mirror
from vernost.invitations.models import Invitation, Programme
from vernost.invitations.operations import ensure_standing_programmes

pytestmark = pytest.mark.django_db(transaction=True)

LONG = 120_000


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
    result.wait_for(timeout=LONG)
    assert result.locator("dd a").first.inner_text() == "2"
    assert page.get_by_role("button", name="Включить программу").count() == 0
    page.get_by_role("button", name="Сохранить").click()
    page.locator(".toast--ok").wait_for()
    page.locator("#dry-run-on").fill(nights.TODAY.isoformat())
    page.get_by_role("button", name="Посчитать").click()
    page.get_by_role("button", name="Включить программу").click(timeout=LONG)
    page.locator(".top").get_by_text("работает").wait_for()
    assert Programme.objects.get(code="next_service").active
    assert not Invitation.objects.exists()
    page.get_by_role("button", name="Остановить").click()
    page.locator(".top").get_by_text("выключена").wait_for()
    assert not Programme.objects.get(code="next_service").active
