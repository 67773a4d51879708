"""An administrator adds a field, and it is on the card, in the list, in the builder and in the columns of files."""

import pytest
from django.utils import timezone
from tests import browser, factories, people
from tests.own_fields import held, listed, made, put

from vernost.accounts.models import Source
from vernost.core.actor import Role
from vernost.customers.models import CustomField
from vernost.facts import operations as mirror

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer():
    source = Source.objects.create(code="dms")
    return factories.customer(name="Иванов Сергей Петрович", source=source, external_id="C-1")


def test_a_field_is_everywhere_at_once(page, customer):
    browser.sign_in(page, people.user(Role.ADMINISTRATOR))
    mirror.refresh(now=timezone.now())
    browser.open_page(page, "/office/settings/fields/")
    page.get_by_role("link", name="Добавить поле").first.click()
    page.get_by_label("Название поля").fill("Любимый цвет")
    page.get_by_label("Тип", exact=True).select_option("choice")
    page.get_by_label("Справочник").first.select_option("new")
    page.get_by_label("Значения нового справочника").fill("Красный\nСиний")
    page.keyboard.press("Control+Enter")
    page.get_by_role("cell", name="x_lyubimyy_tsvet").wait_for()
    field = CustomField.objects.get()

    # On the card, edited in place by the keyboard.
    browser.open_page(page, f"/office/customers/{customer.pk}/")
    page.locator(f"#fields-customer-{customer.pk}").get_by_role("link", name="Изменить").press("Enter")
    control = page.get_by_label("Любимый цвет")
    control.wait_for()
    control.select_option("siniy")
    control.focus()
    page.keyboard.press("Control+Enter")
    page.locator(".own-field", has_text="Синий").wait_for()
    assert held(customer) == {"x_lyubimyy_tsvet": ("siniy",)}
    assert browser.check_here(page) == []

    # In the list: a column and a filter, kept as a view.
    browser.open_page(page, f"/office/customers/?c=name&c={field.code}&{field.code}=siniy")
    page.get_by_role("columnheader", name="Любимый цвет").wait_for()
    assert page.locator("#list-rows tr").count() == 1
    page.get_by_text("Сохранить вид").click()
    page.get_by_label("Название вида").fill("Синие")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    page.get_by_role("link", name="Синие").wait_for()
    assert page.locator("#list-rows tr").count() == 1

    # In the builder of segments.
    mirror.refresh(now=timezone.now())
    browser.open_page(page, "/office/segments/new/")
    page.get_by_role("button", name="Условие", exact=True).click()
    page.locator(".rule-line__field").nth(1).click()
    page.keyboard.type("любимый")
    page.keyboard.press("Enter")
    page.locator(".rule-line__field", has_text="Любимый цвет").wait_for()

    # Among the columns of files.
    browser.open_page(page, "/office/imports/columns/dms/customers/")
    page.get_by_label("Любимый цвет").wait_for()


@pytest.mark.slow
def test_pages_of_fields_and_lists_have_no_fault(page, customer):
    colours = listed("Красный", "Синий")
    made("Цвет", "choice", directory_id=colours.pk), made("Любит", "choices", directory_id=colours.pk)
    made("Доход", "money"), made("Фото", "file"), made("О клиенте", "long_text", hint="Всё, что важно знать")
    put(
        customer,
        x_tsvet="siniy",
        x_lyubit="siniy; krasnyy",
        x_dokhod="1234567,50",
        x_o_kliente="Любит кофе.\nБез сахара.",
    )
    factories.vehicle(owner=customer)
    browser.sign_in(page, people.user(Role.ADMINISTRATOR))
    field = CustomField.objects.first()
    urls = (
        "/office/settings/fields/",
        "/office/settings/fields/of/customer/new/",
        f"/office/settings/fields/{field.pk}/",
        f"/office/settings/fields/{field.pk}/type/",
        "/office/settings/directories/",
        f"/office/settings/directories/{colours.pk}/",
        "/office/settings/card/",
        f"/office/customers/{customer.pk}/",
        f"/office/records/customer/{customer.pk}/fields/?edit=1",
        "/office/customers/?c=name&c=x_lyubit&c=x_dokhod&x_tsvet=siniy",
        "/office/cars/",
        "/office/orders/",
    )
    assert browser.check_pages(page, urls) == {}
