"""Writes to the dealer group's own data: people who sign in, branches, the production calendar."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import holidays
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model

from vernost.accounts import queries
from vernost.accounts.audit import record_change as record_change  # noqa: PLC0414 - other subjects take it here
from vernost.accounts.models import Branch, BranchDay, CalendarDay, DayKind, Setting, User
from vernost.accounts.roles import check_may_give
from vernost.accounts.rules import RuleSettings, check_setting
from vernost.core.actor import Actor, Role
from vernost.core.errors import DomainError
from vernost.core.i18n import _

# Without look-alikes (0 O, 1 l I): the password is read aloud or copied from paper.
_READABLE = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
TEMPORARY_PASSWORD_LENGTH = 14


class UsernameTaken(DomainError):
    code = "username_taken"
    text = _("The login %(username)s is taken")


class EmailTaken(DomainError):
    code = "email_taken"
    text = _("Another user has the e-mail %(email)s")


class LastAdministrator(DomainError):
    code = "last_administrator"
    text = _("This is the only active administrator of the whole group: appoint another one first")


class OwnAccount(DomainError):
    code = "own_account"
    text = _("You cannot do this to your own account: ask another administrator")


class BeyondScope(DomainError):
    code = "beyond_scope"
    text = _("You can give access only to the branches that you see yourself")


@dataclass(frozen=True, slots=True)
class UserEntry:
    """What an administrator says of a user. `all_branches` makes `branch_ids` meaningless.

    `access_role` is a role of the administrator's own, of the kind `role`; None: the standard one.
    """

    username: str
    first_name: str
    last_name: str
    email: str
    role: Role
    all_branches: bool
    branch_ids: frozenset[int]
    employee_id: int | None = None
    access_role: str | None = None


@dataclass(frozen=True, slots=True)
class AddedUser:
    """A new user and the password that is shown once and stored nowhere."""

    user_id: int
    password: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a user decides for himself."""

    first_name: str
    last_name: str
    language: str
    density: str
    single_key_shortcuts: bool


def temporary_password() -> str:
    return "".join(secrets.choice(_READABLE) for _i in range(TEMPORARY_PASSWORD_LENGTH))


@transaction.atomic
def add_user(*, entry: UserEntry, actor: Actor, now: datetime) -> AddedUser:
    _check_entry(entry, None, actor)
    user = User(password_temporary=True)
    password = temporary_password()
    user.set_password(password)
    fields = _apply(user, _columns(entry))
    fields["branches"] = [[], _set_branches(user, entry)]
    record_change(subject="user", subject_id=user.pk, action="added", fields=fields, actor=actor, now=now)
    return AddedUser(user_id=user.pk, password=password)


@transaction.atomic
def ensure_administrator(*, username: str, password: str | None, actor: Actor, now: datetime) -> str | None:
    """Add the first administrator; return the password (temporary if none was given), None if there is one."""
    if _lock_administrators():
        return None
    entry = UserEntry(
        username=username,
        first_name="",
        last_name="",
        email="",
        role=Role.ADMINISTRATOR,
        all_branches=True,
        branch_ids=frozenset(),
    )
    added = add_user(entry=entry, actor=actor, now=now)
    if password is None:
        return added.password
    user = User.objects.get(pk=added.user_id)
    user.set_password(password)
    user.password_temporary = False
    user.save(update_fields=["password", "password_temporary"])
    return password


@transaction.atomic
def change_user(*, user_id: int, entry: UserEntry, actor: Actor, now: datetime) -> None:
    administrators = _lock_administrators()
    user = queries.users_visible_to(actor).select_for_update(of=("self",)).get(pk=user_id)
    _check_entry(entry, user_id, actor)
    if entry.role != Role.ADMINISTRATOR or not entry.all_branches:
        _check_not_last(user_id, administrators)
    before = list(user.branches.values_list("name", flat=True))
    fields = _apply(user, _columns(entry))
    after = _set_branches(user, entry)
    if before != after:
        fields["branches"] = [before, after]
    if fields:
        record_change(subject="user", subject_id=user_id, action="changed", fields=fields, actor=actor, now=now)


@transaction.atomic
def deactivate_user(*, user_id: int, actor: Actor, now: datetime) -> None:
    """Close the door at once: no new sign-in, and every session ends."""
    if user_id == actor.user_id:
        raise OwnAccount
    _check_not_last(user_id, _lock_administrators())
    user = queries.users_visible_to(actor).get(pk=user_id)
    if _apply(user, {"is_active": False}):
        _end_sessions(user_id, now)
        record_change(subject="user", subject_id=user_id, action="deactivated", fields={}, actor=actor, now=now)


@transaction.atomic
def activate_user(*, user_id: int, actor: Actor, now: datetime) -> None:
    user = queries.users_visible_to(actor).get(pk=user_id)
    if _apply(user, {"is_active": True}):
        record_change(subject="user", subject_id=user_id, action="activated", fields={}, actor=actor, now=now)


@transaction.atomic
def reset_password(*, user_id: int, actor: Actor, now: datetime) -> str:
    """Return a new temporary password; the sessions opened with the old one end."""
    if user_id == actor.user_id:
        raise OwnAccount
    user = queries.users_visible_to(actor).get(pk=user_id)
    password = temporary_password()
    user.set_password(password)
    user.password_temporary = True
    user.save(update_fields=["password", "password_temporary"])
    _end_sessions(user_id, now)
    record_change(subject="user", subject_id=user_id, action="password_reset", fields={}, actor=actor, now=now)
    return password


@transaction.atomic
def reset_totp(*, user_id: int, actor: Actor, now: datetime) -> None:
    """Let a user who lost the telephone sign in by the password alone; recovery codes go too."""
    user = queries.users_visible_to(actor).get(pk=user_id)
    Authenticator.objects.filter(user=user).delete()
    _end_sessions(user_id, now)
    record_change(subject="user", subject_id=user_id, action="totp_reset", fields={}, actor=actor, now=now)


@transaction.atomic
def save_preferences(*, user_id: int, preferences: Preferences, actor: Actor, now: datetime) -> None:
    user = User.objects.select_for_update().get(pk=user_id)
    fields = _apply(
        user,
        {
            "first_name": preferences.first_name,
            "last_name": preferences.last_name,
            "language": preferences.language,
            "density": preferences.density,
            "single_key_shortcuts": preferences.single_key_shortcuts,
        },
    )
    if fields:
        record_change(subject="user", subject_id=user.pk, action="changed", fields=fields, actor=actor, now=now)


def _columns(entry: UserEntry) -> dict[str, Any]:
    return {
        "username": entry.username,
        "first_name": entry.first_name,
        "last_name": entry.last_name,
        "email": entry.email,
        "role": entry.role,
        "all_branches": entry.all_branches,
        "employee_id": entry.employee_id,
        "access_role_id": entry.access_role,
    }


def _set_branches(user: User, entry: UserEntry) -> list[str]:
    """Return their names: the journal is read when a branch may be long gone."""
    user.branches.set([] if entry.all_branches else entry.branch_ids)
    return list(user.branches.values_list("name", flat=True))


def _check_entry(entry: UserEntry, user_id: int | None, actor: Actor) -> None:
    others = User.objects.all() if user_id is None else User.objects.exclude(pk=user_id)
    if others.filter(username__iexact=entry.username).exists():
        raise UsernameTaken(username=entry.username)
    if entry.email and others.filter(email__iexact=entry.email).exists():
        raise EmailTaken(email=entry.email)
    if entry.all_branches and actor.branch_ids is not None:
        raise BeyondScope
    if not entry.all_branches and not all(actor.sees_branch(branch_id) for branch_id in entry.branch_ids):
        raise BeyondScope
    check_may_give(kind=entry.role, access_role=entry.access_role, actor=actor)


def _lock_administrators() -> set[int]:
    """Lock the administrators, so that two of them cannot remove each other at the same moment."""
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, all_branches=True, is_active=True)
    return set(administrators.order_by("pk").select_for_update().values_list("pk", flat=True))


def _check_not_last(user_id: int, administrators: set[int]) -> None:
    if administrators == {user_id}:
        raise LastAdministrator


def _end_sessions(user_id: int, now: datetime) -> None:
    ended = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=now).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user_id)
    ]
    Session.objects.filter(pk__in=ended).delete()


@dataclass(frozen=True, slots=True)
class BranchEntry:
    """A branch as its page shows it. Hours both given or both empty (unknown)."""

    name: str
    timezone: str
    brands: str
    address: str
    phone: str
    open_at: time | None
    close_at: time | None
    vat: bool
    daily_limit: int | None


@transaction.atomic
def save_branch(*, branch_id: int | None, entry: BranchEntry, actor: Actor, now: datetime) -> int:
    """Add a branch (`branch_id` None) or change one; return its id."""
    branch = Branch() if branch_id is None else queries.branches_visible_to(actor).select_for_update().get(pk=branch_id)
    fields = _apply(branch, {name: getattr(entry, name) for name in BranchEntry.__slots__})
    if fields:
        action = "added" if branch_id is None else "changed"
        record_change(subject="branch", subject_id=branch.pk, action=action, fields=fields, actor=actor, now=now)
    return branch.pk


@transaction.atomic
def set_branch_day(*, branch_id: int, on: date, hours: tuple[time, time] | None, actor: Actor, now: datetime) -> None:
    """Give a branch its own hours on one date; None: closed all day."""
    branch = queries.branches_visible_to(actor).get(pk=branch_id)
    open_at, close_at = hours or (None, None)
    day, made = BranchDay.objects.get_or_create(
        branch=branch, on=on, defaults={"open_at": open_at, "close_at": close_at}
    )
    before = None if made else _span(day.open_at, day.close_at)
    _apply(day, {"open_at": open_at, "close_at": close_at})
    after = _span(open_at, close_at)
    if before != after:
        fields = {on.isoformat(): [before, after]}
        record_change(subject="branch", subject_id=branch_id, action="day_set", fields=fields, actor=actor, now=now)


@transaction.atomic
def drop_branch_day(*, branch_id: int, on: date, actor: Actor, now: datetime) -> None:
    branch = queries.branches_visible_to(actor).get(pk=branch_id)
    for day in BranchDay.objects.filter(branch=branch, on=on):
        fields = {on.isoformat(): [_span(day.open_at, day.close_at), None]}
        day.delete()
        record_change(subject="branch", subject_id=branch_id, action="day_dropped", fields=fields, actor=actor, now=now)


def _span(open_at: time | None, close_at: time | None) -> str:
    return f"{open_at:%H:%M}-{close_at:%H:%M}" if open_at and close_at else "closed"


def ensure_calendar() -> None:
    """Put the known years of the production calendar in, once; what a person has changed stays."""
    for year in range(2020, queries.last_decreed_year() + 1):
        _import_year(year)


@transaction.atomic
def import_year(*, year: int, actor: Actor, now: datetime) -> int:
    """Put in the days of a year that the calendar library knows; return how many were new."""
    added = _import_year(year)
    if added:
        fields = {"days": [None, added]}
        record_change(subject="calendar", subject_id=year, action="imported", fields=fields, actor=actor, now=now)
    return added


def _import_year(year: int) -> int:
    days = _year_days(year)
    known = set(CalendarDay.objects.filter(on__year=year).values_list("on", flat=True))
    CalendarDay.objects.bulk_create([day for day in days if day.on not in known], ignore_conflicts=True)
    return sum(day.on not in known for day in days)


def _year_days(year: int) -> list[CalendarDay]:
    """Return what differs from the weekday: holidays, moved days off, working Saturdays, short eves."""
    titles = holidays.country_holidays("RU", years=year, language="ru")
    english = holidays.country_holidays("RU", years=year, language="en_US", observed=False)
    # A day off that stands in for another one is not a public holiday: weekend hours hold on it.
    public = {on for on, title in english.items() if not title.startswith("Day off")}
    days = {on: CalendarDay(on=on, kind=DayKind.WORKING) for on in titles.weekend_workdays}
    for on, title in titles.items():
        days[on] = CalendarDay(on=on, kind=DayKind.HOLIDAY if on in public else DayKind.DAY_OFF, title=title)
    for on in public | {date(year + 1, 1, 1)}:
        eve = on - timedelta(days=1)
        worked = eve in titles.weekend_workdays or (eve.weekday() < 5 and eve not in titles)  # noqa: PLR2004 - Saturday
        if worked and eve.year == year:
            days[eve] = CalendarDay(on=eve, kind=DayKind.SHORT)
    return [days[on] for on in sorted(days)]


@transaction.atomic
def set_day(*, on: date, kind: DayKind | None, title: str, actor: Actor, now: datetime) -> None:
    """Say what a day is; None: as its weekday says. A day that a person set counts as verified."""
    day = CalendarDay.objects.filter(on=on).first()
    before = day.kind if day else None
    if kind is None:
        CalendarDay.objects.filter(on=on).delete()
    else:
        CalendarDay.objects.update_or_create(on=on, defaults={"kind": kind, "title": title, "verified": True})
    if before != kind:
        fields = {on.isoformat(): [before, kind]}
        record_change(subject="calendar", subject_id=on.year, action="changed", fields=fields, actor=actor, now=now)


@transaction.atomic
def verify_year(*, year: int, actor: Actor, now: datetime) -> None:
    """Record that a person has compared the year with the government's decree."""
    if CalendarDay.objects.filter(on__year=year, verified=False).update(verified=True):
        record_change(subject="calendar", subject_id=year, action="verified", fields={}, actor=actor, now=now)


@transaction.atomic
def save_settings(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> int:
    """Keep the rules' numbers that a manager has changed; return how many were. A default is not stored."""
    checked = {name: check_setting(name, value) for name, value in values.items()}
    before, defaults = queries.rule_settings(), RuleSettings()
    changed = {name: value for name, value in checked.items() if value != getattr(before, name)}
    for name, value in changed.items():
        Setting.objects.filter(code=name).delete()
        if value != getattr(defaults, name):
            Setting.objects.create(code=name, value=value)
        fields = {name: [_plain(getattr(before, name)), _plain(value)]}
        record_change(subject="setting", subject_id=name, action="changed", fields=fields, actor=actor, now=now)
    return len(changed)


def _apply(row: Model, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Set and save what differs (a new row in any case); return `{field: [before, after]}` for the journal."""
    fresh = row._state.adding  # noqa: SLF001 - Django's documented way to ask
    fields = {
        name: [None if fresh else _plain(getattr(row, name)), _plain(value)]
        for name, value in values.items()
        if fresh or getattr(row, name) != value
    }
    for name in fields:
        setattr(row, name, values[name])
    if fresh or fields:
        row.save()
    return fields


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value if value is None or isinstance(value, bool | int) else str(value)
