from datetime import date, time

import pytest
from django.urls import reverse
from tests import people

from vernost.accounts.models import Branch, BranchDay, CalendarDay, Setting
from vernost.accounts.roles import SECOND_STEP
from vernost.core.actor import Role
from vernost.workshop.queries import BayRow, bays

pytestmark = pytest.mark.django_db

FORM = {"name": "Казань", "timezone": "Europe/Moscow", "open_at": "08:00", "close_at": "20:00", "vat": "on"}


def test_list_shows_only_the_branches_of_the_actor(client, django_assert_num_queries):
    kazan = people.branch("Казань")
    people.branch("Самара")
    people.signed_in(client, Role.MANAGER, kazan)
    with django_assert_num_queries(4):
        page = client.get(reverse("office:branches")).content.decode()
    assert "Казань" in page
    assert "Самара" not in page
    assert client.get(reverse("office:branch", args=[Branch.objects.get(name="Самара").pk])).status_code == 404


def test_list_asks_the_same_for_one_branch_and_for_three(client, django_assert_num_queries):
    people.signed_in(client)
    for _each in range(3):
        people.branch()
        with django_assert_num_queries(4):
            client.get(reverse("office:branches"))


def test_branch_is_added_by_who_sees_the_group(client):
    people.signed_in(client)
    client.post(reverse("office:branch-add"), FORM)
    added = Branch.objects.get()
    assert (added.name, added.open_at, added.vat, added.daily_limit) == ("Казань", time(8), True, None)
    people.signed_in(client, Role.MANAGER, added)
    assert client.get(reverse("office:branch-add")).status_code == 403


def test_hours_that_make_no_sense_are_said_at_the_field(client):
    people.signed_in(client)
    branch = people.branch()
    url = reverse("office:branch", args=[branch.pk])
    answer = client.post(url, {**FORM, "open_at": "20:00", "close_at": "08:00"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["close_at"]
    assert list(client.post(url, {**FORM, "close_at": ""}).context["form"].errors) == ["close_at"]


def test_special_days_and_bays_are_set_on_the_page_of_the_branch(client):
    people.signed_in(client)
    branch = people.branch(bays=1)
    days = reverse("office:branch-day-set", args=[branch.pk])
    assert client.post(days, {"day-on": "2026-12-31"}).status_code == 422
    client.post(days, {"day-on": "2026-12-31", "day-closed": "on"})
    assert [(day.on, day.open_at) for day in BranchDay.objects.all()] == [(date(2026, 12, 31), None)]
    client.post(reverse("office:branch-day-drop", args=[branch.pk, "2026-12-31"]))
    assert not BranchDay.objects.exists()
    address = reverse("office:branch-bays", args=[branch.pk])
    client.post(address, {"bays-count": "2"})
    client.post(address, {"bays-count": "2", "bay2-name": "Кузовной", "bay2-skills": ["body", "repair"]})
    assert bays(branch.pk) == [BayRow(1, "", ()), BayRow(2, "Кузовной", ("body", "repair"))]
    assert client.get(reverse("office:branch", args=[branch.pk])).status_code == 200


def test_calendar_of_a_year_is_imported_changed_and_verified(client, django_assert_max_num_queries):
    people.signed_in(client)
    client.post(reverse("office:calendar-import", args=[2027]))
    client.post(reverse("office:calendar-day"), {"on": "2027-11-05", "kind": "working", "title": "Инвентаризация"})
    with django_assert_max_num_queries(6):
        page = client.get(reverse("office:calendar", args=[2027]), {"day": "2027-11-05"})
    assert page.context["unverified"] == CalendarDay.objects.count() - 1
    assert 'value="Инвентаризация"' in page.content.decode()
    client.post(reverse("office:calendar-verify", args=[2027]))
    assert not CalendarDay.objects.filter(verified=False).exists()
    client.post(reverse("office:calendar-day"), {"on": "2027-11-05", "kind": "", "title": ""})
    assert not CalendarDay.objects.filter(on="2027-11-05").exists()


def test_calendar_and_rules_are_changed_only_by_who_sees_the_group(client):
    people.signed_in(client, Role.MANAGER, people.branch())
    assert client.get(reverse("office:calendar")).status_code == 200
    assert client.post(reverse("office:calendar-import", args=[2027])).status_code == 403
    assert client.get(reverse("office:settings")).status_code == 200
    assert client.post(reverse("office:setting-reset", args=["lease_minutes"])).status_code == 403


def test_rules_are_saved_reset_and_listed_in_the_journal(client, django_assert_max_num_queries):
    people.signed_in(client)
    with django_assert_max_num_queries(5):
        form = client.get(reverse("office:settings")).context["form"]
    values = {name: form[name].value() for name in form.fields if form[name].value() is not False}
    answer = client.post(reverse("office:settings"), {**values, "lease_minutes": "20"}, follow=True)
    assert Setting.objects.exclude(code=SECOND_STEP).get().value == 20
    assert "15 → 20" in answer.content.decode()
    assert client.post(reverse("office:settings"), {**values, "lease_minutes": "0"}).status_code == 422
    client.post(reverse("office:setting-reset", args=["lease_minutes"]))
    assert not Setting.objects.exclude(code=SECOND_STEP).exists()


def test_a_rule_is_written_in_the_unit_of_its_words(client):
    people.signed_in(client)
    form = client.get(reverse("office:settings")).context["form"]
    values = {name: form[name].value() for name in form.fields if form[name].value() is not False}
    assert (values["odometer_default_m_per_day"], values["base_attempts_tenths"]) == ("41", "2")
    changed = {**values, "odometer_default_m_per_day": "41,5", "base_attempts_tenths": "2.5"}
    page = client.post(reverse("office:settings"), changed, follow=True).content.decode()
    assert {row.code: row.value for row in Setting.objects.exclude(code=SECOND_STEP)} == {
        "odometer_default_m_per_day": 41_500,
        "base_attempts_tenths": 25,
    }
    assert "41 → 41,5" in page
    assert "2 → 2,5" in page
    wrong = client.post(reverse("office:settings"), {**values, "odometer_default_m_per_day": "1001"})
    assert wrong.status_code == 422
