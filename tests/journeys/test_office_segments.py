"""A manager builds a segment by the keyboard alone, looks at its people and hands them to a campaign."""

import pytest
from django.utils import timezone
from tests import browser, factories, people

from vernost.accounts.models import Source
from vernost.facts import operations as mirror
from vernost.segments import operations
from vernost.segments.models import Segment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def base():
    branch, source, today = factories.branch(), Source.objects.create(code="dms"), timezone.localdate()
    for number, name in enumerate(("Иванов", "Петров", "Орлов"), 1):
        person = factories.customer(name=name, source=source, external_id=f"C-{number}")
        factories.vehicle(owner=person, make="Haval" if number < 3 else "Kia", plate=str(number))
        factories.order(customer=person, branch=branch, opened_on=today, amount=1000 * number)
    mirror.refresh(now=timezone.now())


@pytest.mark.usefixtures("base")
def test_a_segment_by_the_keyboard_alone(page):
    user = people.user()
    browser.sign_in(page, user)
    browser.open_page(page, "/office/segments/")
    browser.tab_to(page, page.get_by_role("link", name="Новый сегмент"))
    page.keyboard.press("Enter")
    page.locator("#outcome b", has_text="3").wait_for()
    browser.tab_to(page, page.get_by_label("Название сегмента"))
    page.keyboard.type("Владельцы Haval")
    browser.tab_to(page, page.get_by_role("button", name="Условие", exact=True))
    page.keyboard.press("Enter")
    # The new condition has the focus; its field is searched by a word.
    new = page.locator(".rule-line__field").nth(1)
    new.wait_for()
    browser.tab_to(page, new)
    page.keyboard.press("Enter")
    page.keyboard.type("марка")
    page.keyboard.press("Enter")
    page.locator(".rule-line__field", has_text="Марка автомобиля").wait_for()
    browser.tab_to(page, page.locator(".rule-line").nth(1).locator("summary"))
    page.keyboard.press("Enter")
    browser.tab_to(page, page.get_by_role("checkbox", name="Haval"))
    page.keyboard.press("Space")
    page.locator("#outcome b", has_text="2").wait_for()
    assert page.locator(".segment-words").inner_text() == (
        "Клиенты, у которых визиты (дни) — не меньше 1, и марка автомобиля — Haval."
    )
    assert page.locator("#outcome ol").inner_text().split("\n") == ["Петров", "Иванов"]
    assert browser.check_here(page) == []
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Владельцы Haval").wait_for()
    segment = Segment.objects.get()
    operations.count_segment(segment_id=segment.pk, as_of=timezone.localdate())
    browser.open_page(page, f"/office/segments/{segment.pk}/")
    assert page.locator("#people tr").count() == 2
    browser.tab_to(page, page.get_by_role("link", name="Кампания обзвона"))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Новая кампания").wait_for()
    assert page.locator("textarea[name=entries]").input_value() == "C-1\nC-2"


@pytest.mark.usefixtures("base")
def test_pages_of_segments_have_no_fault(page):
    user = people.user()
    segment = operations.save_segment(
        segment_id=None,
        title="Были",
        rule={"all": [{"attribute": "visits", "operator": "at_least", "value": 1}]},
        actor=user.as_actor(),
        now=timezone.now(),
    )
    operations.count_segment(segment_id=segment.pk, as_of=timezone.localdate())
    browser.sign_in(page, user)
    addresses = ("", "new/?start=loyal_reachable", f"{segment.pk}/", f"{segment.pk}/rule/")
    assert browser.check_pages(page, [f"/office/segments/{address}" for address in addresses]) == {}


@pytest.mark.usefixtures("base")
def test_the_dialog_of_fields_has_no_fault(page):
    browser.sign_in(page, people.user())
    browser.open_page(page, "/office/segments/new/")
    page.locator(".rule-line__field").click()
    page.locator("dialog.fields[open]").wait_for()
    assert browser.check_here(page) == []
