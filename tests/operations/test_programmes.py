from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from tests import people

from vernost.accounts.models import AuditRecord
from vernost.contacts.rules import MessageClass, OutboundChannel
from vernost.core.actor import system
from vernost.invitations import operations
from vernost.invitations.models import Programme
from vernost.invitations.operations import ProgrammeEntry
from vernost.invitations.rules.params import ParamRefused

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
MANAGER = system("test")
ENTRY = ProgrammeEntry(
    title="Следующее ТО",
    params={},
    lead_days=14,
    grace_days=90,
    message_class=MessageClass.SERVICE,
    channels=[OutboundChannel.CALL],
    attempt_delays=[120, 1440, 1440, 2880],
    attempts_max=5,
    attempts_min_days=3,
    hours_from=time(9),
    hours_to=time(20),
    weekend_from=time(10),
    weekend_to=time(18),
    script="# Приветствие",
    offer="",
    control_share=500,
    daily_limit=None,
    rank=30,
    branch_ids=frozenset(),
    segment_id=None,
    owner_id=None,
    starts_on=None,
    ends_on=None,
)


@pytest.fixture(autouse=True)
def standing():
    operations.ensure_standing_programmes()


def save(code, **changes):
    programme = Programme.objects.get(code=code)
    operations.save_programme(
        programme_id=programme.pk, entry=replace(ENTRY, rank=programme.rank, **changes), actor=MANAGER, now=NOW
    )
    programme.refresh_from_db()
    return programme


def test_nine_programmes_stand_from_the_first_day_in_their_order():
    rows = Programme.objects.values_list("code", "active", "lead_days", "grace_days", "message_class", "control_share")
    assert list(rows) == [
        ("recall", True, 0, 0, "recall", 0),
        ("warranty_end", True, 60, 0, "service", 500),
        ("next_service", True, 14, 90, "service", 500),
        ("first_service", True, 7, 60, "service", 500),
        ("deferred_work", True, 0, 60, "service", 500),
        ("repurchase", True, 60, 60, "advertising", 500),
        ("lost", True, 0, 730, "advertising", 500),
        ("courtesy", True, 0, 14, "service", 500),
        ("seasonal", True, 0, 0, "advertising", 500),
    ]


def test_each_has_the_plan_of_attempts_and_a_script():
    programme = Programme.objects.get(code="next_service")
    plan = (programme.attempt_delays, programme.attempts_max, programme.attempts_min_days, programme.channels)
    hours = (programme.hours_from, programme.hours_to, programme.weekend_from, programme.weekend_to)
    assert (plan, hours) == (
        ([120, 1440, 1440, 2880], 5, 3, ["call"]),
        (time(9), time(20), time(10), time(18)),
    )
    assert all(script.startswith("# ") for script in Programme.objects.values_list("script", flat=True))


def test_making_them_again_changes_nothing_that_a_manager_has_changed():
    Programme.objects.filter(code="lost").update(title="Возврат", active=False, grace_days=100)
    Programme.objects.filter(code="seasonal").delete()
    operations.ensure_standing_programmes()
    lost = Programme.objects.get(code="lost")
    assert (lost.title, lost.active, lost.grace_days, Programme.objects.count()) == ("Возврат", False, 100, 9)


def test_a_change_is_saved_and_stands_in_the_journal():
    ids = frozenset({people.branch().pk})
    programme = save(
        "first_service", params={"days_after_sale": 45}, lead_days=10, branch_ids=ids, title="Первый визит"
    )
    assert (programme.params, programme.lead_days, programme.title) == ({"days_after_sale": 45}, 10, "Первый визит")
    change = AuditRecord.objects.get(subject="programme")
    assert (change.subject_id, change.action) == (str(programme.pk), "changed")
    assert change.fields["lead_days"] == [7, 10]
    save("first_service", params={"days_after_sale": 45}, lead_days=10, branch_ids=ids, title="Первый визит")
    assert AuditRecord.objects.count() == 1


def test_an_offer_makes_the_message_advertising():
    assert save("next_service", offer="Скидка 10 %").message_class == "advertising"
    assert save("next_service", offer=" ").message_class == "service"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"title": " "}, operations.NoTitle),
        ({"channels": []}, operations.NoChannel),
        ({"hours_from": time(20), "hours_to": time(9)}, operations.HoursDoNotFit),
        ({"weekend_from": time(18)}, operations.HoursDoNotFit),
        ({"control_share": 5001}, operations.ShareDoesNotFit),
        ({"attempts_max": 0}, operations.AttemptsDoNotFit),
        ({"attempt_delays": [0]}, operations.AttemptsDoNotFit),
        ({"starts_on": date(2026, 12, 2), "ends_on": date(2026, 12, 1)}, operations.DaysDoNotFit),
        ({"params": {"days_after_sale": 0}}, ParamRefused),
        ({"params": {"days_after_sale": "soon"}}, ParamRefused),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_nothing_is_saved(change, refusal):
    with pytest.raises(refusal):
        save("first_service", **change)
    assert Programme.objects.get(code="first_service").lead_days == 7


def test_a_programme_is_switched_off_and_on():
    programme = Programme.objects.get(code="lost")
    operations.deactivate_programme(programme_id=programme.pk, actor=MANAGER, now=NOW)
    operations.deactivate_programme(programme_id=programme.pk, actor=MANAGER, now=NOW)
    programme.refresh_from_db()
    assert programme.active is False
    operations.activate_programme(programme_id=programme.pk, actor=MANAGER, now=NOW)
    assert list(AuditRecord.objects.order_by("pk").values_list("action", flat=True)) == ["deactivated", "activated"]
