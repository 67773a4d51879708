"""A manager looks what came of it: from a figure to its people, a plan, a scheme, a statement."""

from datetime import date

import pytest
from tests import browser, march, people

from vernost.core.actor import Role
from vernost.reports.models import MotivationRule, Plan

pytestmark = pytest.mark.django_db(transaction=True)
MARCH = "period=custom&from=2026-03-01&to=2026-03-31"


@pytest.fixture
def dealership():
    made = march.march()
    march.crowd(made.kazan)
    for metric, value in (("targeted", 8), ("attempted", 8), ("reached", 7), ("booked", 5), ("revenue", 40_000)):
        Plan.objects.create(month=date(2026, 3, 1), metric=metric, value=value)
    for kpi, threshold, rate, cap in (("booked", 1, 150, None), ("revenue", 0, 5, 30), ("reach_percent", 40, 20, 500)):
        MotivationRule.objects.create(
            role="operator", kpi=kpi, threshold=threshold, rate=rate, cap=cap, valid_from=date(2026, 1, 1)
        )
    march.build()
    return made


@pytest.fixture
def manager(page, dealership):
    browser.sign_in(page, people.user(Role.MANAGER))
    page.emulate_media(reduced_motion="reduce")
    return dealership


PAGES = (
    f"/office/funnel/?{MARCH}",
    f"/office/funnel/?{MARCH}&by=operator",
    f"/office/funnel/people/?{MARCH}&stage=attempted",
    "/office/funnel/effect/?as_of=2026-05-10",
    f"/office/funnel/operators/?{MARCH}",
    "/office/funnel/operators/{anna}/statement/?month=2026-03",
    "/office/funnel/motivation/?month=2026-03",
    "/office/funnel/plans/?month=2026-03",
)


@pytest.mark.slow
def test_pages_stand_in_nobodys_way(page, manager):
    assert browser.check_pages(page, [address.format(anna=manager.anna.pk) for address in PAGES]) == {}


def test_an_operator_s_own_statement_stands_in_nobodys_way(page, manager):
    browser.sign_in(page, manager.anna)
    assert browser.check_page(page, "/office/my-statement/?month=2026-03") == []
    assert page.get_by_role("heading", name="Мой расчёт").is_visible()


@pytest.mark.usefixtures("manager")
def test_a_print_is_the_report_alone(page):
    browser.open_page(page, f"/office/funnel/?{MARCH}")
    page.emulate_media(media="print")
    gone = [".rail", ".tabs", ".filters", ".omni", ".top__actions", ".tabbar"]
    assert [name for name in gone if page.locator(name).first.is_visible()] == []
    assert page.get_by_text("01.03.2026 – 31.03.2026").is_visible()
    assert page.locator("table.report tfoot").is_visible()
    tiles = page.locator(".tiles--six > *")
    assert len({box["y"] for box in (tile.bounding_box() for tile in tiles.all()) if box}) == 1


def test_from_a_figure_to_its_people_and_back(page, manager):
    browser.open_page(page, f"/office/funnel/?{MARCH}&branch={manager.kazan.pk}")
    page.get_by_role("link", name="Дозвон", exact=True).click()
    page.get_by_role("heading", name="Дозвон").wait_for()
    assert page.locator("#people > tr").count() == 3
    page.get_by_role("link", name="Воронка сервиса").click()
    page.get_by_role("heading", name="Воронка сервиса").wait_for()
    assert page.locator("select[name=branch]").input_value() == str(manager.kazan.pk)


@pytest.mark.usefixtures("manager")
def test_a_plan_is_copied_from_the_month_before_and_saved(page):
    browser.open_page(page, "/office/funnel/plans/?month=2026-04")
    page.get_by_role("link", name="Заполнить по прошлому месяцу").click()
    page.get_by_text("Это числа прошлого месяца").wait_for()
    page.get_by_label("Все программы вместе, Запись").fill("9")
    page.keyboard.press("Control+Enter")
    page.get_by_role("alert").wait_for()
    assert Plan.objects.filter(month=date(2026, 4, 1)).count() == 0
    page.get_by_label("Все программы вместе, Запись").fill("6")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Изменено 5 показателей плана").wait_for()
    assert sorted(Plan.objects.filter(month=date(2026, 4, 1)).values_list("metric", "value")) == [
        ("attempted", 8),
        ("booked", 6),
        ("reached", 7),
        ("revenue", 40_000),
        ("targeted", 8),
    ]


@pytest.mark.usefixtures("manager")
def test_the_tab_at_hand_is_in_sight_on_a_telephone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("/office/funnel/", "/office/funnel/plans/", "/office/funnel/motivation/"):
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        box = page.locator(".tabs > [aria-current]").bounding_box()
        assert (box["x"] >= 0, box["x"] + box["width"] <= 390) == (True, True), address
