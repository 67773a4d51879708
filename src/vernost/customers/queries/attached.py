"""Photos and documents on the cards of customers, cars and orders."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps

from vernost.core.actor import Actor
from vernost.core.custom_fields import FieldTarget
from vernost.customers.models import AttachedFile
from vernost.customers.queries.fields import visible_records


def files_model(target: FieldTarget) -> Any:  # noqa: ANN401 - an AttachedFile with a record of its own
    return apps.get_model(target.files)


def attached(target: FieldTarget, record_id: int) -> Sequence[AttachedFile]:
    """Return the files of a record that its reader is known to see, the latest first."""
    rows = files_model(target).objects.filter(**{target.column: record_id}).select_related("file")
    return list(rows.order_by("-at", "-pk"))


def attached_file(target: FieldTarget, record_id: int, attached_id: int, *, actor: Actor) -> AttachedFile:
    """Return one file with its row; DoesNotExist where the actor does not see the record."""
    visible_records(target, actor).values_list("pk").get(pk=record_id)
    return file_of(target, record_id, attached_id)


def file_of(target: FieldTarget, record_id: int, attached_id: int) -> AttachedFile:
    """Return one file of a record that its reader is known to see."""
    rows = files_model(target).objects.select_related("file")
    row: AttachedFile = rows.get(pk=attached_id, **{target.column: record_id})
    return row
