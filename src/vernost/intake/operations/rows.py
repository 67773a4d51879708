"""What a person does with a row in quarantine: mend it, try it again, drop it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from vernost.core.actor import Actor
from vernost.core.events import publish
from vernost.core.wall import whole_group_rows
from vernost.intake.events import IntakeFinished
from vernost.intake.models import ImportRun, QuarantinedRow, QuarantineState
from vernost.intake.operations import retrying, runs, scratch
from vernost.intake.operations.context import Import
from vernost.intake.operations.failures import RowIsSettled
from vernost.intake.operations.monitor import watching
from vernost.intake.operations.retrying import Waiting
from vernost.intake.queries import file_kinds


# A source knows no branches: its records are found wherever they belong.
@whole_group_rows()
def mend_row(*, row_id: int, values: Mapping[str, str], actor: Actor, now: datetime) -> QuarantinedRow:
    """Put new values into a row and try it. It is kept as mended, whether it is taken or still refused."""
    with transaction.atomic():
        row = QuarantinedRow.objects.select_for_update().get(pk=row_id)
        if row.state != QuarantineState.OPEN:
            raise RowIsSettled
        row.row = {**row.row, **{name: value.replace("\0", "") or None for name, value in values.items()}}
        row.save(update_fields=["row"])
    retry_rows(row_ids=[row_id], actor=actor, now=now)
    row.refresh_from_db()
    return row


@whole_group_rows()
def retry_rows(*, row_ids: Sequence[int], actor: Actor, now: datetime) -> int:
    """Try open rows as they are now, and whatever waited for those that are taken; return how many were taken."""
    rows = list(QuarantinedRow.objects.filter(pk__in=row_ids, state=QuarantineState.OPEN).order_by("source_id", "id"))
    taken = 0
    for source_id in sorted({row.source_id for row in rows}):
        with _at_work(source_id, now) as job:
            changed = []
            for kind in file_kinds():
                mine = [
                    Waiting(row.pk, row.line, row.row)
                    for row in rows
                    if row.source_id == source_id and row.kind == kind.code
                ]
                count = retrying.take_again(job, kind, mine, settled_by=actor.user_id) if mine else 0
                count += retrying.take_waiting(job, kind)
                if count:
                    changed.append(kind.code)
                taken += count
            if changed:
                with transaction.atomic():
                    publish(IntakeFinished(run_id=None, kinds=tuple(changed)))
    return taken


def drop_row(*, row_id: int, actor: Actor, now: datetime) -> None:
    """Leave a row out for good; it is kept to be looked up."""
    changed = QuarantinedRow.objects.filter(pk=row_id, state=QuarantineState.OPEN).update(
        state=QuarantineState.DROPPED, settled_at=now, settled_by_id=actor.user_id
    )
    if not changed:
        raise RowIsSettled


@contextmanager
def _at_work(source_id: int, now: datetime) -> Iterator[Import]:
    folder = runs.intake_folder() / "work"
    with watching(), scratch.open_in(folder) as workbench:
        # Rows of any run may be settled by these, so they belong to none.
        nobody = ImportRun(pk=0, source_id=source_id)
        with runs.importing(nobody, workbench, folder, now) as job:
            yield job
