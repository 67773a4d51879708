"""Photos and documents on the cards of customers, cars and orders."""

from datetime import datetime
from typing import Final

from django.db import transaction

from vernost.accounts.operations import record_change
from vernost.core.actor import Actor
from vernost.core.custom_fields import FieldTarget
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.operations.field_values import lock_record
from vernost.customers.queries.attached import file_of, files_model
from vernost.files import operations as files

MOST: Final = 100


class TooManyFiles(DomainError):
    code = "too_many_files"
    text = _("A card keeps at most %(most)s photos and documents: take some away first")


@transaction.atomic
def attach(*, target: FieldTarget, record_id: int, name: str, content: bytes, actor: Actor, now: datetime) -> int:
    """Put a photo or a document on the card of a record that the actor sees; return its number."""
    lock_record(target, record_id, actor)
    rows = files_model(target).objects
    if rows.filter(**{target.column: record_id}).count() >= MOST:
        raise TooManyFiles(most=MOST)
    file = files.store(name=name, content=content, actor=actor, now=now)
    made = rows.create(file=file, at=now, actor=actor.code, **{target.column: record_id})
    _note(target, record_id, "file_added", [None, file.name], actor, now)
    return int(made.pk)


@transaction.atomic
def detach(*, target: FieldTarget, record_id: int, attached_id: int, actor: Actor, now: datetime) -> None:
    """Take a photo or a document away for good; that it was there, the journal knows."""
    lock_record(target, record_id, actor)
    row = file_of(target, record_id, attached_id)
    name, file_id = row.file.name, row.file_id
    row.delete()
    files.discard(file_ids=[file_id])
    _note(target, record_id, "file_removed", [name, None], actor, now)


def _note(
    target: FieldTarget, record_id: int, action: str, both: list[str | None], actor: Actor, now: datetime
) -> None:
    fields = {"file": both}
    record_change(subject=target.subject, subject_id=record_id, action=action, fields=fields, actor=actor, now=now)
