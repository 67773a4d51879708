"""An administrator's fields: added, changed, put in order, archived; of another type."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from vernost.accounts.operations import record_change
from vernost.core import names
from vernost.core.actor import Actor
from vernost.core.custom_fields import targets
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import CustomField, Directory
from vernost.customers.rules import fields as rules
from vernost.customers.rules.fields import LISTED, Definition, Kind

MOST_FIELDS: Final = 100


class UnknownTarget(DomainError):
    code = "unknown_target"
    text = _("Fields cannot be added to this")


class TitleMissing(DomainError):
    code = "field_title_missing"
    text = _("The field needs a name")


class TitleTaken(DomainError):
    code = "field_title_taken"
    text = _("There is a field “%(title)s” already")


class DirectoryMissing(DomainError):
    code = "field_directory_missing"
    text = _("Choose the directory that the values are of")


class TooManyFields(DomainError):
    code = "too_many_fields"
    text = _("There are %(most)s fields already: archive those that nobody fills in")


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """What an administrator says of a field. `roles`: who sees it; none: everybody."""

    title: str
    kind: Kind
    hint: str = ""
    unit: str = ""
    least: int | None = None
    most: int | None = None
    directory_id: int | None = None
    roles: tuple[str, ...] = ()


_SAID: Final = ("title", "hint", "unit", "least", "most", "roles")


@transaction.atomic
def add_field(*, target: str, entry: FieldEntry, actor: Actor, now: datetime) -> CustomField:
    """Add a field to the records of a target; its code is made of its title and never changes."""
    if target not in targets:
        raise UnknownTarget
    entry = _checked(entry)
    _lock(target)
    standing = list(CustomField.objects.filter(target=target))
    if sum(row.archived_at is None for row in standing) >= MOST_FIELDS:
        raise TooManyFields(most=MOST_FIELDS)
    _check_title(entry.title, standing)
    last = CustomField.objects.filter(target=target).aggregate(last=Max("position"))["last"]
    field = CustomField.objects.create(
        target=target,
        code=rules.code_of(entry.title, [row.code for row in standing]),
        kind=entry.kind,
        directory_id=entry.directory_id,
        position=(last or 0) + 1,
        **_plain(entry),
    )
    _note(
        field,
        "added",
        {name: [None, value] for name, value in (*_plain(entry).items(), ("kind", field.kind))},
        actor,
        now,
    )
    return field


@transaction.atomic
def change_field(*, field_id: int, entry: FieldEntry, actor: Actor, now: datetime) -> CustomField:
    """Change what is said of a field; its type and directory are changed by a conversion alone."""
    field = _locked(field_id)
    entry = _checked(replace(entry, kind=Kind(field.kind), directory_id=field.directory_id))
    _check_title(entry.title, CustomField.objects.filter(target=field.target).exclude(pk=field_id))
    changed = {}
    for name, value in _plain(entry).items():
        if (before := getattr(field, name)) != value:
            changed[name] = [before, value]
            setattr(field, name, value)
    if changed:
        field.save(update_fields=list(changed))
        _note(field, "changed", changed, actor, now)
    return field


@transaction.atomic
def order_fields(*, target: str, field_ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Put the fields of a target into an order; those that are not named come after."""
    _lock(target)
    rows = {row.pk: row for row in CustomField.objects.filter(target=target).order_by("position", "pk")}
    named = [field_id for field_id in dict.fromkeys(field_ids) if field_id in rows]
    before = list(rows)
    after = [*named, *(field_id for field_id in before if field_id not in named)]
    if after == before:
        return
    for position, field_id in enumerate(after, 1):
        rows[field_id].position = position
    CustomField.objects.bulk_update(rows.values(), ["position"])
    titles = {field_id: row.title for field_id, row in rows.items()}
    record_change(
        subject="field",
        subject_id=target,
        action="ordered",
        fields={"order": [[titles[one] for one in before], [titles[one] for one in after]]},
        actor=actor,
        now=now,
    )


@transaction.atomic
def archive_field(*, field_id: int, archived: bool, actor: Actor, now: datetime) -> None:
    """Take a field off every page, or bring it back; its values and their history stay."""
    field = _locked(field_id)
    if (field.archived_at is not None) == archived:
        return
    if not archived:
        _check_title(field.title, CustomField.objects.filter(target=field.target).exclude(pk=field_id))
    field.archived_at = now if archived else None
    field.save(update_fields=["archived_at"])
    _note(field, "archived" if archived else "restored", {}, actor, now)


def _locked(field_id: int) -> CustomField:
    return CustomField.objects.select_for_update().get(pk=field_id)


def _lock(target: str) -> None:
    """One administrator at a time: two would give two fields one code."""
    list(CustomField.objects.select_for_update().filter(target=target).order_by("pk").values_list("pk"))


def _checked(entry: FieldEntry) -> FieldEntry:
    title = " ".join(entry.title.split())[: rules.LONGEST_TEXT]
    if not title:
        raise TitleMissing
    listed = entry.kind in LISTED
    if listed and not Directory.objects.filter(pk=entry.directory_id or 0, archived_at=None).exists():
        raise DirectoryMissing
    numeric = entry.kind in rules.NUMBERS
    return replace(
        entry,
        title=title,
        directory_id=entry.directory_id if listed else None,
        unit=entry.unit.strip() if numeric else "",
        least=entry.least if numeric else None,
        most=entry.most if numeric else None,
    )


def _check_title(title: str, others: Any) -> None:  # noqa: ANN401 - rows of CustomField
    taken = {names.sort_key(row.title) for row in others if row.archived_at is None}
    if names.sort_key(title) in taken:
        raise TitleTaken(title=title)


def _plain(entry: FieldEntry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in _SAID}
    return {**values, "roles": list(entry.roles), "hint": entry.hint.strip()}


def _note(field: CustomField, action: str, changed: dict[str, list[Any]], actor: Actor, now: datetime) -> None:
    record_change(subject="field", subject_id=field.pk, action=action, fields=changed, actor=actor, now=now)


def as_kind(definition: Definition, kind: Kind, directory_id: int | None, choices: Any) -> Definition:  # noqa: ANN401 - choices of the directory
    """Return the field as it would be of another type; bounds and units stay with numbers."""
    numeric = kind in rules.NUMBERS
    return replace(
        definition,
        kind=kind,
        directory_id=directory_id if kind in LISTED else None,
        choices=tuple(choices) if kind in LISTED else (),
        least=definition.least if numeric else None,
        most=definition.most if numeric else None,
        unit=definition.unit if numeric else "",
    )
