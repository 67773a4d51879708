"""People who sign in: added, changed, let in and kept out."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction

from vernost.accounts import queries
from vernost.accounts.audit import record_change
from vernost.accounts.models import User
from vernost.accounts.operations.applying import apply
from vernost.accounts.roles import check_may_give
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
    fields = apply(user, _columns(entry))
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
    fields = apply(user, _columns(entry))
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
    if apply(user, {"is_active": False}):
        _end_sessions(user_id, now)
        record_change(subject="user", subject_id=user_id, action="deactivated", fields={}, actor=actor, now=now)


@transaction.atomic
def activate_user(*, user_id: int, actor: Actor, now: datetime) -> None:
    user = queries.users_visible_to(actor).get(pk=user_id)
    if apply(user, {"is_active": True}):
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
    fields = apply(
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
