"""A dealer's own names of columns."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from vernost.accounts.models import Source
from vernost.accounts.operations import record_change
from vernost.core.actor import Actor
from vernost.intake.models import HeaderMapping
from vernost.intake.queries import file_kinds


@transaction.atomic
def save_mapping(*, source: str, kind: str, columns: Mapping[str, str], actor: Actor, now: datetime) -> None:
    """Let the dealer's names (keys) mean our columns (values) in a kind of file; no names end the mapping."""
    known = {column.name for each in file_kinds() if each.code == kind for column in each.columns}
    own = {name.strip(): column for name, column in columns.items() if name.strip() and column in known}
    found = Source.objects.get(code=source)
    before = HeaderMapping.objects.select_for_update().filter(source=found, kind=kind).first()
    was = dict(before.columns) if before else {}
    if was == own:
        return
    HeaderMapping.objects.filter(source=found, kind=kind).delete()
    if own:
        HeaderMapping.objects.create(source=found, kind=kind, columns=own)
    record_change(
        subject="mapping",
        subject_id=f"{source}/{kind}",
        action="changed",
        fields={"columns": [was, own]},
        actor=actor,
        now=now,
    )
