"""What a manager is told after he has asked: a dry run, its people, invitations, why a customer is (not) invited."""

import pytest
from django.utils import timezone
from tests import browser, nights, people

from vernost.facts import operations as mirror
from vernost.invitations.models import Programme
from vernost.invitations.operations import ensure_standing_programmes

pytestmark = pytest.mark.django_db(transaction=True)

DAY = nights.TODAY.isoformat()


@pytest.fixture
def programme():
    """Give the programme after its night, and one of the invited."""
    ensure_standing_programmes()
    nights.only("next_service")
    branch = nights.branch()
    for number in (1, 2):
        nights.person(number, branch=branch)
    nights.person(3, branch=branch, serviced_on=nights.days_later(-10))
    mirror.rebuild(now=timezone.now())
    nights.run()
    return Programme.objects.get(code="next_service")


def test_answers_stand_in_nobodys_way(page, programme):
    browser.sign_in(page, people.user())
    page.emulate_media(reduced_motion="reduce")
    address = f"/office/programmes/{programme.pk}"

    browser.open_page(page, f"{address}/")
    page.locator("#dry-run-on").fill(DAY)
    page.get_by_role("button", name="Посчитать").click()
    page.locator("#dry-run .kpis").wait_for()
    assert browser.check_here(page) == []

    browser.open_page(page, f"{address}/invitations/?of=work")
    assert page.locator("tbody tr").count() == 2
    assert browser.check_here(page) == []

    browser.open_page(page, f"{address}/people/?on={DAY}")
    assert browser.check_here(page) == []
    # From a name in the list to why he is invited: the page stands at once, the answer follows.
    page.locator("tbody th a").first.click()
    page.locator("#why .why__row").first.wait_for()
    assert browser.check_here(page) == []
    assert page.locator("#why .why__verdict").first.inner_text() == "Клиент приглашён"
