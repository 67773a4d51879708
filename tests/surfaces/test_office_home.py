from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import factories, people

from vernost.accounts.models import Source
from vernost.automation.models import NightRun
from vernost.core.actor import Role
from vernost.intake.models import ImportRun

pytestmark = pytest.mark.django_db


def words(client):
    return [task.words for task in client.get(reverse("office:home")).context["tasks"]]


def test_empty_installation_says_what_is_missing(client):
    people.signed_in(client)
    assert words(client) == [
        "Фоновая служба молчит: загрузки, ночной отбор и обновление цифр стоят",
        "Ночного отбора ещё не было: никто не приглашён",
        "Данные ещё не загружали",
    ]


def test_silence_of_a_day_is_an_alarm(client):
    people.signed_in(client)
    source = Source.objects.create(code="dms")
    now = timezone.now()
    run = ImportRun.objects.create(
        source=source, name="x", actor="test", state="done", started_at=now, finished_at=now - timedelta(hours=23)
    )
    assert not any("Новых данных нет" in each for each in words(client))
    run.finished_at = now - timedelta(hours=25)
    run.save()
    assert sum("Новых данных нет" in each for each in words(client)) == 1


def test_checks_do_not_count_as_data(client):
    people.signed_in(client)
    now = timezone.now()
    source = Source.objects.create(code="dms")
    ImportRun.objects.create(
        source=source, name="x", actor="t", state="done", dry_run=True, started_at=now, finished_at=now
    )
    assert "Данные ещё не загружали" in words(client)


def test_overdue_call_back_goes_before_what_can_wait(client):
    people.signed_in(client)
    programme = factories.programme()
    factories.invitation(
        programme=programme, is_callback=True, next_try_at=datetime(2026, 1, 1, tzinfo=UTC), state="queued"
    )
    found = words(client)
    assert "Просрочен 1 обещанный перезвон" in found[:2]


def test_numbers_are_of_the_last_night_and_of_the_actors_branches(client):
    kazan, samara = factories.branch(), factories.branch(name="Samara")
    programme = factories.programme(code="next_service")
    night = datetime(2026, 11, 23, 1, tzinfo=UTC)
    result = {"programmes": [{"programme": "next_service", "candidates": 9, "invited": 2, "suppressed": {}}]}
    NightRun.objects.create(
        as_of="2026-11-23", started_at=night, finished_at=night, actor="system:night", result=result
    )
    for branch in (kazan, samara):
        factories.invitation(programme=programme, branch=branch)
    people.signed_in(client)
    assert client.get(reverse("office:home")).context["invited"] == 2
    people.signed_in(client, Role.MANAGER, kazan)
    page = client.get(reverse("office:home"))
    assert page.context["invited"] == 1
    assert [each.load.name for each in page.context["loads"]] == ["Kazan"]


def test_an_appointment_of_unknown_hours_fills_one(client):
    people.signed_in(client)
    branch, today = factories.branch(bays=2), timezone.localdate()
    factories.appointment(branch=branch, starts_at=factories.at(9, day=today))
    factories.appointment(branch=branch, starts_at=factories.at(11, day=today), labour_hours=Decimal("1.5"))
    (each,) = client.get(reverse("office:home")).context["loads"]
    assert (each.load.appointments, each.load.booked_hours) == (2, Decimal("2.5"))


def test_page_asks_the_same_for_one_branch_and_for_three(client, django_assert_max_num_queries):
    people.signed_in(client, Role.ADMINISTRATOR)
    for number in range(3):
        factories.branch(name=f"Branch {number}", bays=2)
        factories.programme(code=f"programme-{number}")
        with django_assert_max_num_queries(20):
            page = client.get(reverse("office:home"))
    assert len(page.context["loads"]) == len(page.context["programmes"]) == 3


def test_health_is_for_administrators(client, tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "none"
    people.signed_in(client, Role.MANAGER)
    assert client.get(reverse("office:home")).context["health"] == []
    people.signed_in(client, Role.ADMINISTRATOR)
    lines = client.get(reverse("office:home")).context["health"]
    assert [(line.title, line.level) for line in lines] == [
        ("База данных", "ok"),
        ("Фоновая служба", "bad"),
        ("Ночной отбор", "warn"),
        ("Витрина для цифр", "warn"),
        ("Данные", "warn"),
        ("Пользователи", "warn"),
    ]
