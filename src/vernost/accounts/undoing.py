"""Changes are taken back: which of them, by whom, and how those of settings and roles are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from vernost.accounts import audit, operations
from vernost.accounts.audit import AuditFilter, record_change
from vernost.accounts.models import AccessRole, AuditRecord
from vernost.accounts.roles import save_role
from vernost.accounts.rules import Grants, rights_of
from vernost.core.actor import Actor, Role
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.rights import Sensitive
from vernost.core.undo import Fields, Line, Undo, undos

_FIELD = "field "


class NotUndone(DomainError):
    code = "not_undone"
    text = _("This change cannot be taken back here: what it changed has changed since, or is undone elsewhere")


@dataclass(frozen=True, slots=True)
class Later:
    """What a field has by now in the place of what a change left. `by`: the latest line that says so."""

    field: str
    value: Any
    by: AuditRecord | None


def undo(*, record_id: int, actor: Actor, now: datetime) -> None:
    """Take a change back from the journal, where its subject knows how and nothing has changed the same since."""
    _take_back(audit.found(AuditFilter(), actor).get(pk=record_id), actor, now)


def undo_of(*, subject: str, subject_id: int, record_id: int, actor: Actor, now: datetime) -> None:
    """Take a change back from the card of what it changed: who changes cards need not see the journal."""
    _take_back(AuditRecord.objects.get(pk=record_id, subject=subject, subject_id=str(subject_id)), actor, now)


@transaction.atomic
def _take_back(record: AuditRecord, actor: Actor, now: datetime) -> None:
    if record.subject not in undos:
        raise NotUndone
    way = undos[record.subject]
    if way.lock:
        way.lock(record.subject_id, actor)
    if later([record], actor).get(record.pk, ("unknown",)):
        raise NotUndone
    way.back(record.subject_id, record.fields or {}, actor, now)
    fields = {"of": record.pk}
    record_change(
        subject=record.subject, subject_id=record.subject_id, action=audit.UNDONE, fields=fields, actor=actor, now=now
    )


def later(records: Iterable[AuditRecord], actor: Actor) -> dict[int, Sequence[Later]]:
    """Return what has come after each change that the actor might take back; after nothing, he can.

    A statement for all, and as many for each subject as it asks for.
    """
    candidates = [
        record
        for record in records
        if record.fields
        and record.subject in undos
        and record.action == undos[record.subject].action
        and actor.may(undos[record.subject].right)
    ]
    if not candidates:
        return {}
    latest, standing = _latest(candidates), _standing(candidates)
    return {
        record.pk: tuple(_came_after(record, latest, standing[record.pk]))
        for record in candidates
        if record.pk in standing
    }


_Place = tuple[str, str, str]


def _latest(candidates: Sequence[AuditRecord]) -> dict[_Place, AuditRecord]:
    """Return the latest line by which each field of each thing was changed."""
    about = AuditRecord.objects.filter(
        subject__in={record.subject for record in candidates},
        subject_id__in={record.subject_id for record in candidates},
        action__in={undos[record.subject].action for record in candidates},
        pk__gte=min(record.pk for record in candidates),
    )
    latest: dict[_Place, AuditRecord] = {}
    for line in about.select_related("user").order_by("pk"):
        latest |= dict.fromkeys(_places(line), line)
    return latest


def _places(line: AuditRecord) -> list[_Place]:
    key = undos[line.subject].key
    return [(line.subject, line.subject_id, key(name, both)) for name, both in (line.fields or {}).items()]


def _standing(candidates: Sequence[AuditRecord]) -> dict[int, Mapping[str, Any] | None]:
    """Return what stands in the fields of each line; None where its journal is all that tells."""
    found: dict[int, Mapping[str, Any] | None] = {}
    lines: dict[str, list[Line]] = defaultdict(list)
    for record in candidates:
        lines[record.subject].append(Line(record.pk, record.subject_id, record.fields or {}))
    for subject, some in lines.items():
        read = undos[subject].standing
        found |= read(some) if read else dict.fromkeys((line.id for line in some), None)
    return found


def _came_after(
    record: AuditRecord, latest: Mapping[_Place, AuditRecord], standing: Mapping[str, Any] | None
) -> Iterable[Later]:
    for (name, (_before, after)), place in zip((record.fields or {}).items(), _places(record), strict=True):
        last = latest[place]
        by = last if last.pk != record.pk else None
        now = standing[name] if standing is not None else (last.fields or {}).get(name, (None, None))[1]
        if by or now != after:
            yield Later(name, now, by)


def _setting(_name: str, fields: Fields, actor: Actor, now: datetime) -> None:
    values = {name: before for name, (before, _after) in fields.items()}
    operations.save_settings(values=values, actor=actor, now=now)


def _role(code: str, fields: Fields, actor: Actor, now: datetime) -> None:
    before = {name: both[0] for name, both in fields.items()}
    role = AccessRole.objects.get(pk=code)
    grants = Grants.read(role.grants)
    reaches = {name: reach or "" for name, reach in before.items() if "." in name}
    shown = {name.removeprefix(_FIELD): value for name, value in before.items() if name.startswith(_FIELD)}
    known = set(rights_of(Role(role.kind), grants).fields)
    for name, value in shown.items():
        (known.add if value else known.discard)(Sensitive(name))
    changed = Grants({**grants.reaches, **reaches}, frozenset(known) if shown else grants.fields)
    save_role(code=code, grants=changed, title=str(before.get("title", "")), actor=actor, now=now)


def _standing_rights(lines: Sequence[Line]) -> Mapping[int, Mapping[str, Any]]:
    """Return what each role may by now; of a role that is gone nothing is taken back."""
    stored = AccessRole.objects.in_bulk({line.subject_id for line in lines})
    return {line.id: _said_by(stored[line.subject_id], line.fields) for line in lines if line.subject_id in stored}


def _said_by(role: AccessRole, names: Iterable[str]) -> dict[str, Any]:
    rights = rights_of(Role(role.kind), Grants.read(role.grants))
    shown = {f"{_FIELD}{field}": field in rights.fields for field in Sensitive}
    return {name: role.title if name == "title" else shown.get(name, rights.reach(name)) for name in names}


undos.add(Undo("setting", _setting, right="settings.change", lock=lambda _name, _actor: operations.lock_settings()))
undos.add(
    Undo(
        "role",
        _role,
        right="users.change",
        lock=lambda code, _actor: AccessRole.objects.select_for_update().filter(pk=code).first(),
        standing=_standing_rights,
    )
)
