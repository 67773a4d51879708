"""A manager cuts the base by keyboard: shelves by menus, rows by arrows, a figure to its orders, a view to keep."""

import json

import pytest
from tests import browser, people, pivot_base

from vernost.core.actor import Role
from vernost.reports.models import PivotView

pytestmark = pytest.mark.django_db(transaction=True)
PIVOT = "/office/funnel/pivot/"
CUT = f"{PIVOT}?rows=branch&rows=make&columns=month&measures=revenue&measures=visits&period=all"


@pytest.fixture
def manager(page):
    with pivot_base.dealership() as made:
        browser.sign_in(page, people.user(Role.MANAGER))
        page.emulate_media(reduced_motion="reduce")
        yield made


def test_pages_stand_in_nobodys_way(page, manager):
    opened = json.dumps([f"vernost:{manager.kazan.pk}"])
    addresses = (
        f"{CUT}&open={opened}&filter=customer_kind&f.customer_kind=person",
        f"{PIVOT}orders/?rows=&columns=&measures=revenue&period=all",
    )
    assert browser.check_pages(page, addresses) == {}


@pytest.mark.usefixtures("manager")
def test_the_keyboard_is_enough(page):
    browser.open_page(page, CUT)
    rows = page.locator(".pv tbody tr")
    page.locator(".pv .tree").first.focus()
    page.keyboard.press("ArrowRight")
    rows.nth(2).wait_for()
    assert [row.split("\n")[0].strip() for row in rows.locator("th").all_inner_texts()] == ["Казань", "Haval", "Самара"]
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    page.keyboard.press("ArrowLeft")
    rows.nth(2).wait_for(state="detached")
    page.keyboard.press("Space")
    rows.nth(2).wait_for()
    page.keyboard.press("Space")
    rows.nth(2).wait_for(state="detached")

    page.locator("#pv-rows-make").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Переместить в фильтры").press("Enter")
    page.locator("#pv-filter-make").wait_for()
    assert "rows=branch&columns=month" in page.url
    page.locator("#pv-filter-make").press("Enter")
    page.get_by_label("Chery").press("Space")
    page.locator(".pv-keys:visible").get_by_role("button", name="Показать").press("Enter")
    rows.nth(1).wait_for(state="detached")
    page.locator(".pv tfoot a").last.press("Enter")
    page.get_by_role("heading", name="Заказ-наряды ячейки").wait_for()
    assert page.locator("#orders th").all_inner_texts() == ["ООО Рейс"]
    page.go_back()
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("document.activeElement.matches('.pv tfoot a')")

    page.locator("#pv-save").press("Enter")
    page.get_by_label("Название").fill("Chery по месяцам")
    page.keyboard.press("Enter")
    page.locator("#pv-views").wait_for()
    assert [view.title for view in PivotView.objects.all()] == ["Chery по месяцам"]


@pytest.mark.usefixtures("manager")
def test_a_chip_is_dragged_to_another_shelf(page):
    browser.open_page(page, CUT)
    page.locator("#pivot[data-drag]").wait_for()
    page.locator("#pv-rows-make").drag_to(page.locator("#pv-columns-month"))
    page.wait_for_url(lambda url: "rows=branch&columns=" in url and "columns=make" in url)
    page.locator("#pv-columns-make").wait_for()
