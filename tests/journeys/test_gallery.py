"""The living page: every component in both themes, on a desk and on a phone, by mouse and by keys."""

import pytest
from tests import browser, people

from vernost.core.actor import Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gallery(page):
    browser.sign_in(page, people.user(Role.MANAGER))
    page.emulate_media(reduced_motion="reduce")
    browser.open_page(page, "/ui/")
    return page


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim()")


def test_nothing_stands_in_anyones_way(gallery):
    assert browser.check_page(gallery, "/ui/") == []


def test_keys_work_in_the_russian_layout_and_not_while_typing(gallery):
    # The Russian layout types «о» with the key of the Latin J.
    gallery.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyJ', key: 'о', bubbles: true}))")
    assert focused(gallery) == "Иванов Сергей Петрович"
    gallery.keyboard.press("j")
    gallery.keyboard.press("Space")
    assert focused(gallery) == "ООО «Вектор-Логистик»"
    assert gallery.locator(".bulk").inner_text().split("\n")[0] == "Выбрано: 1"
    gallery.keyboard.press("/")
    gallery.keyboard.type("jk?")
    assert gallery.input_value("[name=q][type=search]") == "jk?"
    assert gallery.locator("dialog[open]").count() == 0


def test_single_letters_can_be_switched_off(gallery):
    gallery.locator("[popovertarget=user-menu]:visible").click()
    gallery.locator("input[name=keys]").uncheck()
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("j")
    assert "Иванов" not in focused(gallery)
    browser.open_page(gallery, "/ui/")
    gallery.keyboard.press("Shift+Slash")
    assert gallery.locator("dialog[open]").count() == 0
    gallery.keyboard.press("Control+k")
    assert gallery.locator("dialog#search[open]").count() == 1


def test_the_sheet_lists_the_keys_of_the_page(gallery):
    gallery.keyboard.press("Shift+Slash")
    assert gallery.locator("#keys [data-hotkeys-target=list] dt").all_inner_texts() == [
        "К фильтру",
        "Следующая строка",
        "Предыдущая строка",
    ]
    gallery.keyboard.press("Escape")
    assert gallery.locator("dialog[open]").count() == 0


def test_search_walks_by_arrows_and_opens_by_enter(gallery):
    gallery.keyboard.press("Control+k")
    gallery.keyboard.type("настро")
    chosen = gallery.locator("#search [role=option][aria-selected=true]")
    assert chosen.inner_text().strip() == "Настройки"
    gallery.keyboard.press("Escape")
    assert focused(gallery).startswith("Поиск:")


def test_the_theme_is_there_before_the_first_paint_and_is_kept(gallery):
    gallery.get_by_role("button", name="Сменить тему").click()
    assert gallery.evaluate("document.documentElement.dataset.theme") == "dark"
    gallery.goto("/ui/", wait_until="commit")
    gallery.wait_for_selector("html", state="attached")
    assert gallery.evaluate("document.documentElement.dataset.theme") == "dark"


def test_what_cannot_be_undone_is_typed(gallery):
    gallery.get_by_role("button", name="Окно").click()
    send = gallery.locator("#sample-dialog [type=submit]")
    assert send.is_disabled()
    gallery.keyboard.press("Tab")
    gallery.locator("#count-confirm").fill("1 240")
    assert send.is_enabled()


def test_a_menu_opens_beside_its_button_and_gives_the_focus_back(gallery):
    button = gallery.get_by_role("button", name="Действия", exact=True)
    button.click()
    assert focused(gallery) == "Передать коллеге"
    gallery.keyboard.press("ArrowDown")
    assert focused(gallery) == "Отложить"
    # It rises into its place.
    opened = gallery.locator("#sample-menu")
    opened.evaluate("menu => Promise.all(menu.getAnimations().map(each => each.finished)).then(() => true)")
    menu, beside = opened.bounding_box(), button.bounding_box()
    assert (menu["x"], round(menu["y"] - beside["y"] - beside["height"])) == (beside["x"], 6)
    gallery.keyboard.press("Escape")
    assert focused(gallery) == "Действия"


def test_an_order_changes_without_dragging(gallery):
    gallery.get_by_role("button", name="Ниже: recall").click()
    order = gallery.eval_on_selector_all("[data-sortable-target=order]", "fields => fields.map(f => [f.name, f.value])")
    assert order == [["order-warranty_end", "1"], ["order-recall", "2"], ["order-next_service", "3"]]


def test_the_lost_connection_is_said(gallery):
    strip = gallery.locator("#connection")
    assert strip.is_hidden()
    gallery.context.set_offline(True)
    strip.wait_for(state="visible")
    assert strip.inner_text().startswith("Нет связи, переподключаемся")
    gallery.context.set_offline(False)
    strip.wait_for(state="hidden")
