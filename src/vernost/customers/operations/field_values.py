"""What the fields of a record hold: put in by people and other systems, each change with its history."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from vernost.accounts.operations import record_change
from vernost.core.actor import Actor
from vernost.core.custom_fields import FieldTarget
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.queries import fields as queries
from vernost.customers.rules import field_masks
from vernost.customers.rules import fields as rules
from vernost.customers.rules.fields import Definition, Kind, Refusal
from vernost.files import operations as files

Said = Mapping[str, str | Sequence[str]]

_WRITE = """
    INSERT INTO {table} ({column}, field_id, place, value, key, at, actor)
    SELECT said.record, %(field)s, said.place, said.value, {key}, %(now)s, %(actor)s
      FROM unnest(%(records)s::bigint[], %(places)s::int[], %(values)s::text[]) said(record, place, value)
"""


class UnknownField(DomainError):
    code = "unknown_field"
    text = _("There is no field %(field)s")


@transaction.atomic
def set_values(*, target: FieldTarget, record_id: int, said: Said, actor: Actor, now: datetime) -> bool:
    """Put values, by the codes of fields, into a record that the actor sees; an empty text takes one away.

    Return whether anything has changed. `Misread` names the first value that is none.
    """
    known = {one.code: one for one in queries.definitions(target.code, role=actor.role)}
    for code in said:
        if code not in known or known[code].kind is Kind.FILE:
            raise UnknownField(field=code)
    lock_record(target, record_id, actor)
    named = [known[code] for code in said]
    before = queries.values_of(target, [record_id], named).get(record_id, {})
    changed: dict[str, list[Any]] = {}
    for one in named:
        after = rules.checked(one, said[one.code])
        was = before.get(one.code, ())
        _check_open(one, after, was)
        if after != was:
            write(target, one, [(record_id, after)], actor=actor, now=now)
            changed[one.code] = [[field_masks.told(one.kind, value) for value in each] for each in (was, after)]
    if changed:
        _note(target, record_id, changed, actor, now)
    return bool(changed)


@transaction.atomic
def set_file(
    *, target: FieldTarget, record_id: int, code: str, name: str, content: bytes | None, actor: Actor, now: datetime
) -> None:
    """Put a photo or a document into a field, in the place of the one before; without content, take it away."""
    known = {one.code: one for one in queries.definitions(target.code, role=actor.role)}
    if code not in known or known[code].kind is not Kind.FILE:
        raise UnknownField(field=code)
    lock_record(target, record_id, actor)
    one = known[code]
    was = queries.values_of(target, [record_id], [one]).get(record_id, {}).get(code, ())
    if content is None and not was:
        return
    names = queries.file_names(was)
    after: tuple[str, ...] = ()
    if content is not None:
        file = files.store(name=name, content=content, actor=actor, now=now)
        after = (str(file.pk),)
        names[str(file.pk)] = file.name
    write(target, one, [(record_id, after)], actor=actor, now=now)
    # The other card of a merge may hold the same one.
    held = queries.values_model(target).objects.filter(value__in=was).values_list("value", flat=True)
    files.discard(file_ids=[uuid.UUID(file_id) for file_id in set(was) - set(held)])
    changed = {code: [[names.get(file_id, "") for file_id in each] for each in (was, after)]}
    _note(target, record_id, changed, actor, now)


def write(
    target: FieldTarget,
    definition: Definition,
    rows: Iterable[tuple[int, Sequence[str]]],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Write the values of one field on records, in the place of those they have."""
    records, places, values, touched = [], [], [], []
    for record_id, held in rows:
        touched.append(record_id)
        for place, value in enumerate(held):
            records.append(record_id)
            places.append(place)
            values.append(value)
    queries.values_model(target).objects.filter(field_id=definition.id, **{f"{target.column}__in": touched}).delete()
    if records:
        statement = _WRITE.format(
            table=target.table, column=target.column, key=rules.key_sql(definition.kind, "said.value")
        )
        with connection.cursor() as cursor:
            cursor.execute(
                statement,
                {
                    "field": definition.id,
                    "now": now,
                    "actor": actor.code,
                    "records": records,
                    "places": places,
                    "values": values,
                },
            )


def lock_record(target: FieldTarget, record_id: int, actor: Actor) -> None:
    """Let one person at a time write a record; DoesNotExist where the actor does not see it."""
    queries.visible_records(target, actor).values_list("pk").get(pk=record_id)
    rows = queries.record_model(target)._default_manager.select_for_update()  # noqa: SLF001 - Django's public name for it
    rows.values_list("pk").get(pk=record_id)


def _check_open(definition: Definition, after: Sequence[str], before: Sequence[str]) -> None:
    """A value that is archived stays where it is, but no record gets it anew."""
    closed = {one.code for one in definition.choices if one.archived}
    for value in after:
        if value in closed and value not in before:
            raise rules.Misread(definition, Refusal("choice", {"value": definition.title_of(value)}))


def _note(target: FieldTarget, record_id: int, changed: dict[str, list[Any]], actor: Actor, now: datetime) -> None:
    record_change(subject=target.code, subject_id=record_id, action="fields", fields=changed, actor=actor, now=now)
