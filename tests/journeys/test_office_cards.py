"""An administrator arranges a card by the keyboard and sees it before he saves; a photo is put on it and looked at."""

import io

import pytest
from PIL import Image
from tests import browser, factories, people

from vernost.core.actor import Role
from vernost.customers.models import CardLayout, CustomerFile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_card_is_arranged_by_the_keyboard(page):
    browser.sign_in(page, people.user(Role.ADMINISTRATOR))
    browser.open_page(page, "/office/settings/card/operator/?card=vehicle")
    plan = page.locator("#card-preview .card-plan__block")
    before = plan.all_inner_texts()
    page.get_by_role("button", name=f"Выше: {before[1]}").press("Enter")
    page.locator(f"#card-preview .card-plan__block:first-child:has-text('{before[1]}')").wait_for()
    assert CardLayout.objects.count() == 0
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Вернуть как было").wait_for()
    assert CardLayout.objects.get().blocks[:2] == ["mileage", "car"]
    assert browser.check_here(page) == []


def test_a_photo_is_put_on_the_card_and_opened(page):
    customer = factories.customer()
    photo = io.BytesIO()
    Image.new("RGB", (1200, 900), (40, 90, 160)).save(photo, "JPEG")
    browser.sign_in(page, people.user(Role.ADMINISTRATOR))
    browser.open_page(page, f"/office/customers/{customer.pk}/")
    page.get_by_label("Фото или документ PDF").set_input_files(
        {"name": "кузов.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    )
    thumbnail = page.get_by_role("link", name="кузов.jpg")
    thumbnail.wait_for()
    assert CustomerFile.objects.count() == 1
    thumbnail.press("Enter")
    page.get_by_role("dialog").get_by_role("img", name="кузов.jpg").wait_for()
    assert browser.check_here(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
