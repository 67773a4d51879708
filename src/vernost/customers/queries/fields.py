"""Fields that an administrator has added, and what they hold."""

import importlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.db.models import Count, Model, QuerySet

from vernost.core.actor import Actor
from vernost.core.custom_fields import FieldTarget, targets
from vernost.customers.models import CardLayout, CustomField, Directory, DirectoryValue
from vernost.customers.rules.fields import Choice, Definition, Kind
from vernost.files import queries as files
from vernost.files.models import StoredFile

Values = Mapping[str, tuple[str, ...]]
"""Values of one record by the code of the field."""


def values_model(target: FieldTarget) -> Any:  # noqa: ANN401 - a FieldValue with a record of its own
    return apps.get_model(target.model)


def visible_records(target: FieldTarget, actor: Actor) -> "QuerySet[Any]":
    """Return the records of a target that the actor sees."""
    module, _colon, name = target.visible_to.partition(":")
    visible_to: Callable[[Actor], QuerySet[Any]] = getattr(importlib.import_module(module), name)
    return visible_to(actor)


def record_model(target: FieldTarget) -> type[Model]:
    return apps.get_model(target.records)


def definitions(
    target: str = "", *, archived: bool = False, role: str | None = None, with_choices: bool = True
) -> list[Definition]:
    """Return fields in their order, of one target or of all; `role`: those that people of it see."""
    rows = CustomField.objects.order_by("position", "pk")
    if target:
        rows = rows.filter(target=target)
    if not archived:
        rows = rows.filter(archived_at=None)
    found = list(rows)
    choices = choices_of({row.directory_id for row in found if row.directory_id}) if with_choices else {}
    order = {one.code: place for place, one in enumerate(targets)}
    defined = [_definition(row, choices.get(row.directory_id or 0, ())) for row in found]
    return sorted((one for one in defined if one.seen_by(role)), key=lambda one: order.get(one.target, len(order)))


def definition(field_id: int) -> Definition:
    row = CustomField.objects.get(pk=field_id)
    return _definition(row, choices_of({row.directory_id} - {None}).get(row.directory_id or 0, ()))


def _definition(row: CustomField, choices: Sequence[Choice]) -> Definition:
    return Definition(
        id=row.pk,
        target=row.target,
        code=row.code,
        title=row.title,
        kind=Kind(row.kind),
        hint=row.hint,
        unit=row.unit,
        least=row.least,
        most=row.most,
        directory_id=row.directory_id,
        archived=row.archived_at is not None,
        roles=tuple(row.roles),
        choices=tuple(choices),
    )


def choices_of(directory_ids: Collection[int | None]) -> dict[int, list[Choice]]:
    """Return the values of directories in their order, archived and merged ones too."""
    found: dict[int, list[Choice]] = defaultdict(list)
    if directory_ids:
        known = [pk for pk in directory_ids if pk]
        rows = DirectoryValue.objects.filter(directory_id__in=known).select_related("merged_into")
        for row in rows.order_by("position", "pk"):
            heir = row.merged_into.code if row.merged_into else ""
            found[row.directory_id].append(Choice(row.code, row.title, row.archived_at is not None, heir))
    return found


def values_of(target: FieldTarget, record_ids: Collection[int], known: Sequence[Definition]) -> dict[int, Values]:
    """Return what the fields hold of each record; one without values is not among them."""
    codes = {one.id: one.code for one in known}
    found: dict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    if codes and record_ids:
        rows = values_model(target).objects.filter(
            **{f"{target.column}__in": list(record_ids)}, field_id__in=list(codes)
        )
        listed = rows.order_by(target.column, "field_id", "place").values_list(target.column, "field_id", "value")
        for record_id, field_id, value in listed:
            of_record = found[record_id]
            of_record[codes[field_id]] = (*of_record.get(codes[field_id], ()), value)
    return dict(found)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field in the list of settings; `used` counts the records that have a value, a glance at most `MOST_COUNTED`."""

    definition: Definition
    directory: str
    used: int


MOST_COUNTED: Final = 10_000
_USED: Final = """
    SELECT f.id, (SELECT count(*) FROM (SELECT FROM {table} v WHERE v.field_id = f.id AND v.place = 0 LIMIT %s) held)
      FROM customers_customfield f WHERE f.target = %s
"""


def field_rows(target: FieldTarget) -> list[FieldRow]:
    """Return the fields of a target, archived ones last."""
    known = definitions(target.code, archived=True)
    titles = dict(Directory.objects.values_list("pk", "title"))
    with connection.cursor() as cursor:
        cursor.execute(_USED.format(table=values_model(target)._meta.db_table), [MOST_COUNTED, target.code])  # noqa: SLF001 - as above
        used = dict(cursor.fetchall())
    return [
        FieldRow(one, titles.get(one.directory_id or 0, ""), used[one.id])
        for one in sorted(known, key=lambda each: each.archived)
    ]


@dataclass(frozen=True, slots=True)
class DirectoryRow:
    id: int
    code: str
    title: str
    values: int
    fields: tuple[str, ...]
    archived_at: datetime | None


def directories() -> list[DirectoryRow]:
    fields: dict[int, list[str]] = defaultdict(list)
    for directory_id, title in CustomField.objects.exclude(directory=None).values_list("directory_id", "title"):
        fields[directory_id or 0].append(title)
    rows = Directory.objects.annotate(count=Count("values")).order_by("archived_at", "title", "pk")
    return [
        DirectoryRow(row.pk, row.code, row.title, row.count, tuple(fields[row.pk]), row.archived_at) for row in rows
    ]


def layout(target: str, role: str) -> CardLayout | None:
    return CardLayout.objects.filter(target=target, role=role).first()


def file_names(file_ids: Collection[str]) -> dict[str, str]:
    """Return the names of files by the text of their ids."""
    return {file_id: file.name for file_id, file in files.files(file_ids).items()} if file_ids else {}


def stored_files(file_ids: Collection[str]) -> dict[str, StoredFile]:
    """Return files by the text of their ids."""
    return files.files(file_ids) if file_ids else {}
