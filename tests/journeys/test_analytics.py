"""A manager looks at the whole base: every page stands in nobody's way, and a figure becomes a campaign."""

from datetime import date

import pytest
from django.urls import reverse
from tests import bases, browser, people

from vernost.core.actor import Role
from vernost.invitations.models import CampaignMember, Programme
from vernost.office.views.analytics import PAGES
from vernost.segments.models import Segment

DAY = date(2025, 10, 31)
LOOK = f"on={DAY}"


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def base(page):
    with bases.shown(DAY) as made:
        browser.sign_in(page, people.user(Role.MANAGER))
        yield made


OWN_WORDS = "cell => [...cell.childNodes].map(node => node.nodeType === 3 ? node.textContent.trim() : '').join('')"
PLACE = "[document.activeElement.closest('tr').rowIndex, document.activeElement.closest('td').cellIndex]"
IN_SIGHT = """() => {
  const { left, top, width, height } = document.activeElement.getBoundingClientRect();
  return document.activeElement === document.elementFromPoint(left + width / 2, top + height / 2);
}"""
ADDRESSES = [
    ("analytics", ""),
    *((f"analytics-{code}", "") for code in PAGES),
    ("analytics-people", "&list=abc&abc=A"),
    ("analytics-strategies", ""),
]


@pytest.mark.slow
@pytest.mark.usefixtures("base")
def test_pages_stand_in_nobodys_way(page):
    assert browser.check_pages(page, [f"{reverse(f'office:{name}')}?{LOOK}{more}" for name, more in ADDRESSES]) == {}


@pytest.mark.usefixtures("base")
def test_manager_turns_a_cell_into_a_campaign(page):
    browser.open_page(page, f"{reverse('office:analytics')}?{LOOK}")
    page.wait_for_selector("#panel-chart svg")
    page.get_by_role("tab", name="Таблица").click()
    assert page.locator("#panel-table").is_visible()
    assert not page.locator("#panel-chart").is_visible()
    cell = page.locator("#main a.heat").first
    customers = int(cell.evaluate(OWN_WORDS))
    cell.click()
    page.wait_for_selector("#people")
    assert page.locator("#people > tr").count() == customers
    page.get_by_role("button", name="Обзвонить").click()
    page.wait_for_selector("form")
    programme = Programme.objects.latest("pk")
    assert page.url.endswith(reverse("office:programme", args=[programme.pk]))
    assert CampaignMember.objects.filter(programme=programme).count() == customers


@pytest.mark.usefixtures("base")
def test_a_list_becomes_a_named_segment_by_the_keyboard(page):
    query = f"?{LOOK}&list=source&source=service"
    browser.open_page(page, reverse("office:analytics-people") + query)
    customers = page.locator("#people > tr").count()
    page.get_by_role("button", name="Сохранить как сегмент").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/segments/*/")
    segment = Segment.objects.get()
    assert (segment.size, page.locator("#people > tr").count()) == (customers, customers)
    page.locator("summary", has_text="Название и доступ").focus()
    page.keyboard.press("Enter")
    name = page.get_by_label("Название сегмента")
    name.fill("Пришли сами")
    name.press("Enter")
    page.wait_for_selector("h1:has-text('Пришли сами')")
    segment.refresh_from_db()
    assert segment.title == "Пришли сами"


@pytest.mark.usefixtures("base")
def test_the_keyboard_walks_the_cells_and_comes_back_to_the_one_it_opened(page):
    browser.open_page(page, f"{reverse('office:analytics')}?{LOOK}")
    page.keyboard.press("Tab")
    assert page.evaluate(IN_SIGHT), "the way to the content lies under the rail"
    first = page.locator("#main .heat-table a.heat").first
    first.focus()
    start = page.evaluate(PLACE)
    page.keyboard.press("ArrowRight")
    beside = page.evaluate(PLACE)
    assert (beside[0], beside[1] > start[1]) == (start[0], True)
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(PLACE) == start
    page.keyboard.press("ArrowDown")
    below = page.evaluate(PLACE)
    assert (below[0] > start[0], below[1]) == (True, start[1])
    opened = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#people")
    page.go_back()
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("document.activeElement.getAttribute('href')") == opened


@pytest.mark.usefixtures("base")
def test_arrows_walk_the_figures_of_a_table(page):
    browser.open_page(page, f"{reverse('office:analytics-lost')}?{LOOK}")
    page.locator("#main .report tbody a").first.focus()
    start = page.evaluate(PLACE)
    page.keyboard.press("ArrowRight")
    beside = page.evaluate(PLACE)
    assert (beside[0], beside[1] > start[1]) == (start[0], True)
    page.keyboard.press("ArrowDown")
    below = page.evaluate(PLACE)
    assert (below[0] > start[0], below[1]) == (True, beside[1])


def test_a_filter_asks_again_with_the_rest_kept(page, base):
    browser.open_page(page, f"{reverse('office:analytics-cascade')}?{LOOK}")
    with page.expect_navigation():
        page.select_option("select[name=branch]", label="Самара")
    assert f"on={DAY}" in page.url
    assert f"branch={base.samara.pk}" in page.url
    with page.expect_navigation():
        page.locator(".tabs a", has_text="Потерянные").click()
    assert f"branch={base.samara.pk}" in page.url
