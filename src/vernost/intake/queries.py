"""Imports and the quarantine as pages and the command line show them."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from vernost.accounts.models import Source
from vernost.accounts.queries import ChangeRow, changes
from vernost.core.custom_fields import targets
from vernost.core.i18n import Text, _
from vernost.customers.queries import fields
from vernost.customers.rules.fields import Definition
from vernost.intake import formats
from vernost.intake.models import (
    HeaderMapping,
    ImportedFile,
    ImportRun,
    ImportState,
    QuarantinedRow,
    QuarantineState,
)
from vernost.intake.rules.file_kind import FileKind
from vernost.intake.rules.own_fields import with_fields
from vernost.intake.rules.reasons import Warning  # noqa: A004 - a file's warning

DEFAULT_SOURCE = "dms"

# Any number: who holds it in PostgreSQL is the one who imports.
LOCK = 7036874417801
INTERRUPTED = "interrupted"
"""Shown in the place of `running` where the process that imported is gone."""

AT_WORK = frozenset({ImportState.WAITING.value, ImportState.RUNNING.value, INTERRUPTED})
_LOCKED = """
    SELECT EXISTS (
        SELECT FROM pg_locks
         WHERE locktype = 'advisory' AND (classid::bigint << 32) + objid::bigint = %s AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""
COUNTS = ("new", "changed", "same", "quarantined")


@dataclass(frozen=True, slots=True)
class RunRow:
    """An import in the history, with the sums over its files. `by_command`: nobody will go on with it by himself."""

    id: int
    name: str
    source: str
    who: str
    by_command: bool
    dry_run: bool
    state: str
    started_at: datetime
    finished_at: datetime | None
    new: int
    changed: int
    same: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of an import. `sample` shows changes, old beside new; `warnings` are codes with counts."""

    id: int
    name: str
    kind: str
    kind_title: str
    size: int
    state: str
    progress: float
    new: int
    changed: int
    same: int
    quarantined: int
    warnings: Sequence[Any]
    sample: Sequence[Any]
    error: str


@dataclass(frozen=True, slots=True)
class RunPage:
    run: RunRow
    files: tuple[FileRow, ...]
    error: Text | None
    stop_asked: bool
    taken: int
    has_files: bool

    @property
    def at_work(self) -> bool:
        return self.run.state in AT_WORK

    @property
    def may_stop(self) -> bool:
        """Whoever imported by a command has stopped it by ending the command."""
        return self.at_work and not (self.run.state == INTERRUPTED and self.run.by_command)

    @property
    def may_import(self) -> bool:
        """A check whose files are still there can become an import."""
        return self.run.dry_run and self.run.state == ImportState.DONE and self.has_files

    @property
    def seconds(self) -> int | None:
        finished_at = self.run.finished_at
        return round((finished_at - self.run.started_at).total_seconds()) if finished_at else None


def runs(*, before: int | None = None, limit: int) -> list[RunRow]:
    """Return imports and checks, the newest first; `before` is the id of the last row of the page before."""
    found = _runs()
    if before is not None:
        found = found.filter(pk__lt=before)
    alive = _is_importing()
    return [_run_row(run, alive=alive) for run in found.order_by("-pk")[:limit]]


def _is_importing() -> bool:
    """Tell whether a living process imports now: the lock goes with it."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, [LOCK])
        return bool(cursor.fetchone()[0])


def run_page(run_id: int) -> RunPage:
    alive = _is_importing()
    run = _runs().get(pk=run_id)
    files = ImportedFile.objects.filter(run_id=run_id).order_by("position", "pk")
    return RunPage(
        run=_run_row(run, alive=alive),
        files=tuple(_file_row(file, alive=alive) for file in files),
        error=_failure(run.error),
        stop_asked=run.stop_asked,
        taken=run.taken,
        has_files=bool(run.path),
    )


def _failure(stored: str) -> Text | None:
    """Read why a run failed, as the import has written it down; a fault of ours has no words."""
    if not stored:
        return None
    words: dict[str, Any] = json.loads(stored)
    return Text(words["text"] or _("The import failed by a fault of the program: see the log"), words["values"])


def _runs() -> "QuerySet[Any]":
    sums = {f"{name}_rows": Coalesce(Sum(f"files__{name}"), 0) for name in COUNTS}
    return ImportRun.objects.select_related("source", "user").annotate(**sums)


def _run_row(run: Any, *, alive: bool) -> RunRow:  # noqa: ANN401 - an ImportRun with its sums
    return RunRow(
        id=run.pk,
        name=run.name,
        source=run.source.code,
        who=run.user.display_name if run.user else run.actor,
        by_command=run.user_id is None,
        dry_run=run.dry_run,
        state=_shown_state(run.state, alive=alive),
        started_at=run.started_at,
        finished_at=run.finished_at,
        **{name: getattr(run, f"{name}_rows") for name in COUNTS},
    )


def _shown_state(state: str, *, alive: bool) -> str:
    return INTERRUPTED if state == ImportState.RUNNING and not alive else state


def _file_row(file: ImportedFile, *, alive: bool) -> FileRow:
    titles = kind_titles()
    return FileRow(
        id=file.pk,
        name=file.name,
        kind=file.kind,
        kind_title=titles.get(file.kind, ""),
        size=file.size,
        state=_shown_state(file.state, alive=alive),
        progress=file.progress,
        new=file.new,
        changed=file.changed,
        same=file.same,
        quarantined=file.quarantined,
        warnings=tuple(file.warnings),
        sample=tuple(file.sample),
        error=file.error,
    )


def file_kinds() -> list[FileKind]:
    """Return the kinds in the order in which files are taken, each with the columns of administrators' fields."""
    own: dict[str, list[Definition]] = {}
    for one in fields.definitions():
        own.setdefault(one.target, []).append(one)
    of_kind = {target.file_kind: target for target in targets}
    return [
        with_fields(kind, of_kind[kind.code], own.get(of_kind[kind.code].code, ())) if kind.code in of_kind else kind
        for kind in formats.in_order()
    ]


def file_kind(code: str) -> FileKind:
    return next(kind for kind in file_kinds() if kind.code == code)


def kind_titles() -> Mapping[str, str]:
    """Return the marked title of every kind of file, in the order of taking them."""
    return {kind.code: kind.title for kind in formats.in_order()}


def last_import_at() -> datetime | None:
    """Return when an import last brought data; checks that write nothing do not count."""
    done = ImportRun.objects.filter(dry_run=False, state=ImportState.DONE)
    last: datetime | None = done.aggregate(last=Max("finished_at"))["last"]
    return last


def sources() -> list[str]:
    return list(Source.objects.order_by("code").values_list("code", flat=True))


def usual_source() -> str:
    """Return the source of the last import, which most often is that of the next."""
    last = ImportRun.objects.order_by("-pk").values_list("source__code", flat=True).first()
    return last or DEFAULT_SOURCE


def unknown_columns(source: str, kind: str) -> list[str]:
    """Return the columns that the last file of this kind had and nobody knows."""
    files = ImportedFile.objects.filter(run__source__code=source, kind=kind, state=ImportState.DONE)
    warnings = files.order_by("-pk").values_list("warnings", flat=True).first() or []
    return [name for each in warnings if each["code"] == Warning.UNKNOWN_COLUMNS for name in each.get("names", ())]


def mapping_changes(source: str, kind: str) -> list[ChangeRow]:
    return changes(subject="mapping", subject_id=f"{source}/{kind}")


def open_rows() -> int:
    return QuarantinedRow.objects.filter(state=QuarantineState.OPEN).count()


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """What of the quarantine is asked for; empty parts ask for everything. `row`: one row by its id."""

    reason: str = ""
    kind: str = ""
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A row that was not taken: where it stood, what is wrong with it, the whole of it by column."""

    id: int
    file: str
    run_id: int
    kind: str
    kind_title: str
    key: str
    line: int
    column: str
    value: str
    reason: str
    seen_at: datetime
    waits_for: str
    row: Mapping[str, Any]


def quarantine(*, wanted: QuarantineFilter, after: int = 0, limit: int) -> list[QuarantineRow]:
    """Return open rows in the order of their coming; `after` is the id of the last row of the page before."""
    found = _wanted(wanted).filter(pk__gt=after).select_related("file").order_by("pk")[:limit]
    return [_quarantine_row(row) for row in found]


def quarantined_row(row_id: int) -> QuarantineRow:
    """Return one open row; `QuarantinedRow.DoesNotExist` for a settled one."""
    return _quarantine_row(_wanted(QuarantineFilter()).select_related("file").get(pk=row_id))


def quarantine_ids(wanted: QuarantineFilter, *, limit: int) -> list[int]:
    return list(_wanted(wanted).order_by("pk").values_list("pk", flat=True)[:limit])


def quarantine_counts(wanted: QuarantineFilter) -> tuple[Counter[str], Counter[str]]:
    """Return how many rows each reason and each kind has, each counted with the other parts of the filter."""
    by_reason = _wanted(QuarantineFilter(kind=wanted.kind, run_id=wanted.run_id))
    by_kind = _wanted(QuarantineFilter(reason=wanted.reason, run_id=wanted.run_id))
    return _counted(by_reason, "reason"), _counted(by_kind, "kind")


def _counted(rows: QuerySet[QuarantinedRow], column: str) -> Counter[str]:
    return Counter(dict(rows.order_by().values_list(column).annotate(number=Count("pk"))))


def _wanted(wanted: QuarantineFilter) -> QuerySet[QuarantinedRow]:
    parts = Q(state=QuarantineState.OPEN)
    if wanted.reason:
        parts &= Q(reason=wanted.reason)
    if wanted.kind:
        parts &= Q(kind=wanted.kind)
    if wanted.run_id is not None:
        parts &= Q(file__run_id=wanted.run_id)
    return QuarantinedRow.objects.filter(parts)


def _quarantine_row(row: QuarantinedRow) -> QuarantineRow:
    return QuarantineRow(
        id=row.pk,
        file=row.file.name,
        run_id=row.file.run_id,
        kind=row.kind,
        kind_title=kind_titles().get(row.kind, ""),
        key=row.key,
        line=row.line,
        column=row.column,
        value=row.value,
        reason=row.reason,
        seen_at=row.seen_at,
        waits_for=f"{row.waits_for_kind} {row.waits_for_key}".strip(),
        row=row.row,
    )


@dataclass(frozen=True, slots=True)
class MappingRow:
    """A dealer's own names of columns for a kind of file: his name to ours."""

    source: str
    kind: str
    kind_title: str
    columns: Mapping[str, str]


def mappings() -> list[MappingRow]:
    titles = kind_titles()
    found = HeaderMapping.objects.select_related("source").order_by("source__code", "kind")
    return [MappingRow(row.source.code, row.kind, titles.get(row.kind, ""), row.columns) for row in found]
