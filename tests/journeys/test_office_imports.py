"""A manager brings files in: drops them, looks at the check, imports, mends what was refused."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from tests import browser, people

from vernost.intake import operations
from vernost.intake.models import ImportRun
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMERS = "id;full_name;phones\nC-1;Иванов Сергей;89171234567\n"
ORDERS = (
    "id;customer_id;opened_at;closed_at;kind;amount\n"
    "O-1;C-1;2026-03-02;2026-03-02;repair;1000\nO-2;C-1;31.02.2026;;repair;500\n"
)


def work():
    """Do what the worker does, on a connection of its own."""
    try:
        for run in ImportRun.objects.filter(state="waiting"):
            operations.run_import(run_id=run.pk, now=datetime(2026, 11, 20, 9, tzinfo=UTC))
    finally:
        connection.close()


def test_from_the_upload_to_the_mended_row(page, tmp_path):
    files = []
    for name, text in (("customers.csv", CUSTOMERS), ("orders.csv", ORDERS)):
        files.append(tmp_path / name)
        files[-1].write_text(text, encoding="utf-8")
    browser.sign_in(page, people.user())
    browser.open_page(page, "/office/imports/")
    page.set_input_files("[name=documents]", files)
    assert page.locator(".file-drop li").count() == 2
    page.get_by_role("button", name="Проверить, что изменится").click()
    page.locator("#import-run[aria-busy=true]").wait_for()
    work()
    # The page follows by itself.
    page.get_by_role("button", name="Загрузить", exact=True).click()
    page.locator("#import-run[aria-busy=true]").wait_for()
    work()
    page.locator("#import-run:not([aria-busy])").wait_for()
    page.get_by_role("link", name="Карантин").or_(page.locator(".kpis a")).first.click()
    row = page.locator(".q-row")
    row.locator("summary").click()
    cell = row.locator("input[aria-invalid=true]")
    assert cell.input_value() == "31.02.2026"
    cell.fill("30.02.2026")
    row.get_by_role("button", name="Сохранить и повторить").click()
    row.locator("input[aria-invalid=true][value='30.02.2026']").wait_for()
    row.locator("input[aria-invalid=true]").fill("28.02.2026")
    row.get_by_role("button", name="Сохранить и повторить").click()
    row.wait_for(state="detached")
    assert page.locator(".toast--ok").is_visible()
    assert sorted(RepairOrder.objects.values_list("external_id", flat=True)) == ["O-1", "O-2"]
