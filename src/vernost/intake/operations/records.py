"""Records of another system, handed over as rows: the rules, the keys and the quarantine of an import's files."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from vernost.core.actor import Actor
from vernost.core.events import publish
from vernost.intake.events import IntakeFinished
from vernost.intake.models import ImportedFile, ImportRun, ImportState, QuarantinedRow, QuarantineState
from vernost.intake.operations import reading, retrying, runs, scratch
from vernost.intake.operations.context import Import
from vernost.intake.operations.failures import ImportIsRunning
from vernost.intake.operations.taking import Outcome, Taking
from vernost.intake.queries import LOCK, file_kinds
from vernost.intake.rules.file_kind import FileKind
from vernost.workshop import operations as workshop

# So long a call waits for an import that is running.
_PATIENCE: Final = "10s"

# Cells by column, as a file would have them; a column that is not named is left alone.
Record = Mapping[str, str | None]


@dataclass(slots=True)
class Result:
    """What became of a record: new, changed, same or quarantined, then with the cell and the reason."""

    verdict: str = "same"
    column: str = ""
    value: str = ""
    reason: str = ""
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """`results` by kind, in the order of the records. `run_id` None: nothing was written, so nothing is kept of it.

    `removed`: lines that their orders have no more.
    """

    run_id: int | None
    results: Mapping[str, Sequence[Result]]
    waited: int
    removed: int


@transaction.atomic
def take_records(
    *,
    source: str,
    records: Mapping[str, Sequence[Record]],
    lines: Mapping[str, Collection[int]],
    name: str,
    actor: Actor,
    now: datetime,
) -> Taken:
    """Take records by kind as an import takes files, all of them or, where it fails, none.

    Kinds go in the import's order. A refused record stays in quarantine, and older ones that waited for
    these are taken too. One import at a time: the lock is held until the transaction ends. `lines` are the numbers of
    all lines of an order, by its id: what it has beside them is removed.
    """
    _wait_for_others()
    run = runs.start_import(path=runs.intake_folder() / name, source=source, actor=actor, now=now)
    folder = runs.intake_folder() / "work"
    results: dict[str, list[Result]] = {}
    kinds = set()
    with scratch.open_in(folder) as workbench, runs.importing(run, workbench, folder, now) as job:
        has_waiting = _has_waiting(run)
        waited = 0
        for kind in file_kinds():
            freed = retrying.take_waiting(job, kind) if has_waiting else 0
            waited += freed
            if rows := records.get(kind.code):
                results[kind.code] = told = _take_kind(job, run, kind, rows)
                has_waiting = has_waiting or any(result.verdict == "quarantined" for result in told)
            if freed or any(result.verdict in {"new", "changed"} for result in results.get(kind.code, ())):
                kinds.add(kind.code)
        if removed := _keep_only(run, records.get("orders", ()), results.get("orders", ()), lines):
            kinds.add("order_lines")
    return Taken(_finish(run, results, sorted(kinds), waited, now), results, waited, removed)


def _keep_only(
    run: ImportRun, orders: Sequence[Record], told: Sequence[Result], lines: Mapping[str, Collection[int]]
) -> int:
    """Remove the lines that orders have no more; one that could not be taken keeps what it had."""
    refused = {
        order.get("id") or "" for order, result in zip(orders, told, strict=True) if result.verdict == "quarantined"
    }
    numbers = {key: said for key, said in lines.items() if key not in refused}
    return workshop.keep_only_lines(source_id=run.source_id, numbers=numbers) if numbers else 0


def _wait_for_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise ImportIsRunning from error
            raise
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _has_waiting(run: ImportRun) -> bool:
    return QuarantinedRow.objects.filter(source_id=run.source_id, state=QuarantineState.OPEN).exists()


def _finish(
    run: ImportRun, results: Mapping[str, Sequence[Result]], kinds: Sequence[str], waited: int, now: datetime
) -> int | None:
    verdicts = {result.verdict for told in results.values() for result in told}
    if not kinds and verdicts <= {"same"}:
        # A feed that has nothing new to say would fill the history.
        run.delete()
        return None
    ImportRun.objects.filter(pk=run.pk).update(state=ImportState.DONE, finished_at=now, path="", taken=waited)
    if kinds:
        publish(IntakeFinished(run_id=run.pk, kinds=tuple(kinds)))
    return run.pk


def _take_kind(job: Import, run: ImportRun, kind: FileKind, rows: Sequence[Record]) -> list[Result]:
    file = ImportedFile.objects.create(run=run, name=f"{run.name}/{kind.code}", kind=kind.code, position=kind.position)
    told = [Result() for _row in rows]
    counts: Counter[str] = Counter()
    warnings: dict[str, dict[str, Any]] = {}
    for cells, numbers in _groups(kind, rows):
        outcome = _take_group(job, kind, cells, [(n, rows[n]) for n in numbers], file.pk, told)
        counts += outcome.counts
        warnings |= outcome.warnings
    for verdict in ("new", "changed", "same", "quarantined"):
        setattr(file, verdict, counts[verdict])
    file.warnings = [*warnings.values()]
    file.state, file.progress = ImportState.DONE, 1
    file.save()
    return told


def _groups(kind: FileKind, rows: Sequence[Record]) -> Iterator[tuple[tuple[str, ...], list[int]]]:
    """Yield the records by the columns that they name; where keys repeat, in runs, so that the last one wins."""
    required = [column.name for column in kind.columns if column.required]
    order = {column.name: place for place, column in enumerate(kind.columns)}
    named = [tuple(sorted({*row, *required}, key=order.__getitem__)) for row in rows]
    keys = [tuple(row.get(part) for part in kind.key) for row in rows]
    if len(set(keys)) == len(keys):
        groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, cells in enumerate(named):
            groups[cells].append(number)
        yield from groups.items()
        return
    start = 0
    for number in range(1, len(rows) + 1):
        if number == len(rows) or named[number] != named[start]:
            yield named[start], list(range(start, number))
            start = number


def _take_group(
    job: Import,
    kind: FileKind,
    cells: tuple[str, ...],
    rows: Sequence[tuple[int, Record]],
    file_id: int,
    told: list[Result],
) -> Outcome:
    taking = Taking(job, kind, cells, file_id=file_id)

    def hear(verdicts: Sequence[tuple[int, str]], refused: Sequence[tuple[Any, ...]]) -> None:
        for n, verdict in verdicts:
            told[n - 1].verdict = verdict
        for n, column, value, reason, waits_kind, waits_key in refused:
            told[n - 1] = Result("quarantined", column, value, reason, f"{waits_kind} {waits_key}".strip())

    taking.hear = hear
    columns = [[row.get(cell) or None for _n, row in rows] for cell in cells]
    batch = reading.rows_of([(n + 1, n + 1) for n, _row in rows], columns)
    taking.take_all([batch], lambda _batch: None)
    return taking.finish()
