"""Roles: what each may do and is shown, changed and copied by administrators of the whole group."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Q
from django.utils.text import slugify

from vernost.accounts.audit import record_change
from vernost.accounts.models import AccessRole, Setting, User
from vernost.accounts.rules import Grants, checked, rights_of
from vernost.core.actor import ROLE_TITLES, Actor, Role
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.rights import Reach, Rights, Sensitive
from vernost.core.things import actions

SECOND_STEP: Final = "second_step_for_exporters"
_LONGEST: Final = 30


class OnlyTheGroup(DomainError):
    code = "only_the_group"
    text = _("Roles hold for every branch: only who sees the whole group changes them")


class BeyondRights(DomainError):
    code = "beyond_rights"
    text = _("You can give only the rights that you have yourself")


class OwnRole(DomainError):
    code = "own_role"
    text = _("You would take the management of users from yourself: let another administrator do it")


class RoleInUse(DomainError):
    code = "role_in_use"
    text = _("The role is somebody's: give these users another one first")


class StandardRole(DomainError):
    code = "standard_role"
    text = _("A standard role cannot be removed, only set back")


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role as lists show it. `title` of a standard role is a marked text; `changed`: not as it came."""

    code: str
    kind: Role
    title: str
    standard: bool
    changed: bool
    users: int
    rights: Rights


def roles() -> list[RoleRow]:
    """Return the standard roles, then those of the administrator by name."""
    stored = {role.code: role for role in AccessRole.objects.order_by("title", "code")}
    own = User.objects.filter(is_active=True, access_role=None).values_list("role").annotate(users=Count("pk"))
    counts = dict(own.order_by())
    given = AccessRole.objects.annotate(count=Count("users", filter=Q(users__is_active=True)))
    counts |= {code: count for code, count in given.values_list("code", "count") if code not in set(Role)}
    standard = [_row(stored.get(kind) or AccessRole(code=kind, kind=kind), counts) for kind in Role]
    return standard + [_row(role, counts) for code, role in stored.items() if code not in set(Role)]


def role(code: str) -> RoleRow:
    """Return one role; `AccessRole.DoesNotExist` where there is none."""
    found = next((row for row in roles() if row.code == code), None)
    if found is None:
        raise AccessRole.DoesNotExist
    return found


def _row(role: AccessRole, counts: dict[str, int]) -> RoleRow:
    kind = Role(role.kind)
    grants = Grants.read(role.grants)
    standard = role.code in set(Role)
    title = ROLE_TITLES[kind] if standard else role.title
    changed = rights_of(kind, grants) != rights_of(kind, Grants())
    return RoleRow(role.code, kind, title, standard, changed, counts.get(role.code, 0), rights_of(kind, grants))


@transaction.atomic
def save_role(*, code: str, grants: Grants, title: str = "", actor: Actor, now: datetime) -> None:
    """Change what a role may do; a title is that of a role of the administrator's own."""
    _check(actor)
    row, _made = AccessRole.objects.select_for_update().get_or_create(
        code=role(code).code, defaults={"kind": role(code).kind}
    )
    kind, before = Role(row.kind), rights_of(Role(row.kind), Grants.read(row.grants))
    after = rights_of(kind, checked(grants))
    _check_not_beyond(after, before, actor)
    if _is_of(actor, code) and after.reach("users.change") is None:
        raise OwnRole
    fields = _difference(before, after)
    if title and code not in set(Role) and title != row.title:
        fields["title"] = [row.title, title]
        row.title = title
    row.grants = grants.written()
    row.save()
    if fields:
        record_change(subject="role", subject_id=code, action="changed", fields=fields, actor=actor, now=now)


@transaction.atomic
def copy_role(*, code: str, title: str, actor: Actor, now: datetime) -> str:
    """Make a role of one's own out of another; return its code."""
    _check(actor)
    model = role(code)
    _check_not_beyond(model.rights, Rights(), actor)
    base = slugify(title)[:_LONGEST] or "role"
    taken = {*AccessRole.objects.values_list("code", flat=True), *Role}
    fresh = next(each for each in [base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))] if each not in taken)
    grants = AccessRole.objects.filter(pk=code).values_list("grants", flat=True).first() or {}
    AccessRole.objects.create(code=fresh, kind=model.kind, title=title, grants=grants)
    fields = {"title": [None, title], "copy_of": [None, code]}
    record_change(subject="role", subject_id=fresh, action="added", fields=fields, actor=actor, now=now)
    return fresh


@transaction.atomic
def drop_role(*, code: str, actor: Actor, now: datetime) -> None:
    _check(actor)
    if code in set(Role):
        raise StandardRole
    row = AccessRole.objects.select_for_update().get(pk=code)
    if User.objects.filter(access_role=row).exists():
        raise RoleInUse
    fields = {"title": [row.title, None]}
    row.delete()
    record_change(subject="role", subject_id=code, action="dropped", fields=fields, actor=actor, now=now)


@transaction.atomic
def require_second_step(*, required: bool, actor: Actor, now: datetime) -> None:
    """Say whether who takes data out must have the second step of the sign-in; required unless somebody says no."""
    _check(actor)
    before = second_step_required()
    if before == required:
        return
    Setting.objects.filter(code=SECOND_STEP).delete()
    if not required:
        Setting.objects.create(code=SECOND_STEP, value=False)
    fields = {"required": [before, required]}
    record_change(subject="second_step", subject_id="", action="changed", fields=fields, actor=actor, now=now)


def second_step_required() -> bool:
    return not Setting.objects.filter(code=SECOND_STEP, value=False).exists()


def check_may_give(*, kind: Role, access_role: str | None, actor: Actor) -> None:
    """Raise BeyondRights where the role may more than who gives it."""
    _check_not_beyond(role(access_role or kind).rights, Rights(), actor)


def _check(actor: Actor) -> None:
    if actor.branch_ids is not None:
        raise OnlyTheGroup


def _check_not_beyond(after: Rights, before: Rights, actor: Actor) -> None:
    """Who has not a right gives it to nobody; what the role had already it may keep."""
    added = Rights(after.granted - before.granted, after.fields - before.fields)
    if actor.rights is None:
        return
    own = actor.rights
    if actor.branch_ids is None:
        # His branches are the whole group.
        own = Rights(
            own.granted | {(right, Reach.GROUP) for right, reach in own.granted if reach is Reach.BRANCH}, own.fields
        )
    if not own.covers(added):
        raise BeyondRights


def _is_of(actor: Actor, code: str) -> bool:
    found = User.objects.filter(pk=actor.user_id or 0).values_list("access_role_id", "role").first()
    return found is not None and (found[0] or found[1]) == code


def _difference(before: Rights, after: Rights) -> dict[str, list[Any]]:
    fields = {
        right: [before.reach(right), after.reach(right)]
        for right, _action in actions()
        if before.reach(right) != after.reach(right)
    }
    shown = {
        f"field {each}": [each in before.fields, each in after.fields]
        for each in Sensitive
        if (each in before.fields) != (each in after.fields)
    }
    return {**fields, **shown}
