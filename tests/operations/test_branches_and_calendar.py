from datetime import UTC, date, datetime, time

import pytest
from tests import people

from vernost.accounts import operations, queries
from vernost.accounts.models import Branch, BranchDay, CalendarDay, DayKind, Setting
from vernost.accounts.operations import BranchEntry
from vernost.accounts.rules import RuleSettings, SettingRefused
from vernost.core.actor import Role, system
from vernost.workshop.models import Appointment, Bay, OrderKind
from vernost.workshop.operations import BayEntry, BayIsBooked, set_bays
from vernost.workshop.queries import BayRow, bays

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ROOT = system("test")
KAZAN = BranchEntry(
    name="Kazan",
    timezone="Europe/Moscow",
    brands="Haval",
    address="",
    phone="",
    open_at=time(8),
    close_at=time(20),
    vat=True,
    daily_limit=None,
)

pytestmark = pytest.mark.django_db


def test_branch_is_added_and_changed():
    branch_id = operations.save_branch(branch_id=None, entry=KAZAN, actor=ROOT, now=NOW)
    same = operations.save_branch(branch_id=branch_id, entry=KAZAN, actor=ROOT, now=NOW)
    assert [row.name for row in queries.branches(ROOT)] == ["Kazan"]
    assert [(change.action) for change in queries.changes(subject="branch", subject_id=same)] == ["added"]


def test_foreign_branch_is_not_there():
    kazan, samara = people.branch(), people.branch("Samara")
    local = people.user(Role.MANAGER, kazan).as_actor()
    assert [row.name for row in queries.branches(local)] == ["Kazan"]
    with pytest.raises(Branch.DoesNotExist):
        operations.save_branch(branch_id=samara.pk, entry=KAZAN, actor=local, now=NOW)
    with pytest.raises(Branch.DoesNotExist):
        operations.set_branch_day(branch_id=samara.pk, on=date(2026, 12, 31), hours=None, actor=local, now=NOW)


def test_special_day_is_set_changed_and_dropped():
    kazan = people.branch()
    day = date(2026, 12, 31)
    for hours in ((time(9), time(15)), None):
        operations.set_branch_day(branch_id=kazan.pk, on=day, hours=hours, actor=ROOT, now=NOW)
    assert [(row.on, row.open_at, row.close_at) for row in BranchDay.objects.all()] == [(day, None, None)]
    operations.drop_branch_day(branch_id=kazan.pk, on=day, actor=ROOT, now=NOW)
    assert not BranchDay.objects.exists()
    fields = [change.fields for change in queries.changes(subject="branch", subject_id=kazan.pk)]
    assert fields == [
        {"2026-12-31": ["closed", None]},
        {"2026-12-31": ["09:00-15:00", "closed"]},
        {"2026-12-31": [None, "09:00-15:00"]},
    ]


def test_bays_are_counted_and_named():
    kazan = people.branch(bays=2)
    entries = {2: BayEntry("Body shop", frozenset({OrderKind.BODY}))}
    set_bays(branch_id=kazan.pk, count=3, entries=entries, actor=ROOT, now=NOW)
    assert bays(kazan.pk) == [BayRow(1, "", ()), BayRow(2, "Body shop", ("body",)), BayRow(3, "", ())]
    set_bays(branch_id=kazan.pk, count=1, entries={}, actor=ROOT, now=NOW)
    assert bays(kazan.pk) == [BayRow(1, "", ())]


def test_bay_with_appointments_ahead_does_not_close():
    kazan = people.branch(bays=2, open_at=time(8), close_at=time(20))
    set_bays(branch_id=kazan.pk, count=2, entries={}, actor=ROOT, now=NOW)
    Appointment.objects.create(
        branch=kazan,
        bay=Bay.objects.get(number=2),
        starts_at=datetime(2026, 11, 25, 9, tzinfo=UTC),
        ends_at=datetime(2026, 11, 25, 10, tzinfo=UTC),
        starts_on=date(2026, 11, 25),
    )
    with pytest.raises(BayIsBooked) as refusal:
        set_bays(branch_id=kazan.pk, count=1, entries={}, actor=ROOT, now=NOW)
    assert refusal.value.values == {"number": 2, "count": 1}
    assert len(bays(kazan.pk)) == 2


def test_year_of_the_decree_has_moved_days_working_saturdays_and_short_eves():
    assert operations.import_year(year=2027, actor=ROOT, now=NOW) == 24
    kinds = {day.on: day.kind for day in queries.calendar_year(2027).values()}
    assert kinds[date(2027, 1, 8)] == DayKind.HOLIDAY
    assert kinds[date(2027, 2, 20)] == DayKind.WORKING
    assert kinds[date(2027, 2, 22)] == DayKind.DAY_OFF
    assert kinds[date(2027, 5, 3)] == DayKind.DAY_OFF
    assert kinds[date(2027, 11, 3)] == DayKind.SHORT
    assert operations.import_year(year=2027, actor=ROOT, now=NOW) == 0


def test_day_set_by_a_person_is_verified_and_survives_the_import():
    day = date(2026, 12, 31)
    operations.set_day(on=day, kind=DayKind.WORKING, title="Stocktaking", actor=ROOT, now=NOW)
    operations.import_year(year=2026, actor=ROOT, now=NOW)
    kept = queries.calendar_year(2026)[day]
    assert (kept.kind, kept.title, kept.verified) == (DayKind.WORKING, "Stocktaking", True)
    operations.set_day(on=day, kind=None, title="", actor=ROOT, now=NOW)
    assert day not in queries.calendar_year(2026)


def test_year_is_verified_as_a_whole():
    operations.import_year(year=2026, actor=ROOT, now=NOW)
    operations.verify_year(year=2026, actor=ROOT, now=NOW)
    assert not CalendarDay.objects.filter(verified=False).exists()


def test_setting_is_stored_only_while_it_differs_from_its_default():
    assert operations.save_settings(values={"contact_quiet_days": 10, "lease_minutes": 15}, actor=ROOT, now=NOW) == 1
    assert queries.rule_settings().contact_quiet_days == 10
    assert operations.save_settings(values={"contact_quiet_days": 14}, actor=ROOT, now=NOW) == 1
    assert queries.rule_settings() == RuleSettings()
    assert not Setting.objects.exists()
    assert [change.fields for change in queries.changes(subject="setting")] == [
        {"contact_quiet_days": [10, 14]},
        {"contact_quiet_days": [14, 10]},
    ]


def test_setting_outside_its_bounds_is_refused_and_nothing_is_kept():
    with pytest.raises(SettingRefused):
        operations.save_settings(values={"lease_minutes": 20, "full_percent": 900}, actor=ROOT, now=NOW)
    assert not Setting.objects.exists()
