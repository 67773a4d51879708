"""A manager writes a price test, starts it and reads what it has shown; its pages stand in nobody's way."""

import pytest
from tests import browser, people, price_base

from vernost.core.actor import Role, system
from vernost.reports import operations

pytestmark = pytest.mark.django_db(transaction=True)
LAB = "/office/analytics/price/"


@pytest.fixture
def base(page):
    with price_base.dealership() as made:
        browser.sign_in(page, people.user(Role.MANAGER))
        page.emulate_media(reduced_motion="reduce")
        yield made


@pytest.mark.slow
def test_pages_stand_in_nobodys_way(page, base):
    wanted = price_base.entry(test=[base.kazan], control=[base.samara])
    made = operations.save_price_test(test_id=None, entry=wanted, actor=system("test"), now=price_base.NOW)
    operations.start_price_test(test_id=made.pk, actor=system("test"), now=price_base.NOW)
    addresses = ("", "new/", f"{made.pk}/", f"{made.pk}/people/?arm=test", f"{made.pk}/orders/?arm=control")
    assert browser.check_pages(page, [f"{LAB}{address}" for address in addresses]) == {}


@pytest.mark.usefixtures("base")
def test_a_test_is_written_and_started(page):
    browser.open_page(page, LAB)
    page.get_by_role("link", name="Новый тест цены").first.click()
    page.get_by_label("Название теста").fill("Старше пяти лет")
    page.get_by_label("Возраст автомобиля от").fill("5")
    page.get_by_role("group", name="где действует пробная цена").get_by_label("Казань").check()
    page.get_by_role("group", name="с обычной ценой").get_by_label("Самара").check()
    page.get_by_label("Цена нормо-часа сейчас").fill("3000")
    page.get_by_label("Пробная цена, ₽").fill("3300")
    page.get_by_label("Первый день").fill("2025-09-01")
    page.get_by_label("Последний день").fill("2025-10-31")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Начать тест").click()
    page.get_by_role("button", name="Остановить тест").wait_for()
    assert "Остановите тест" in page.get_by_role("alert").inner_text()
