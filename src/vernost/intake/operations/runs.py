"""An import from its files to its counts: a transaction a file, so that a killed one is simply run again."""

import json
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import duckdb
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from vernost.accounts.models import Source
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.events import publish
from vernost.intake.events import ImportAsked, IntakeFinished
from vernost.intake.models import HeaderMapping, ImportedFile, ImportRun, ImportState
from vernost.intake.operations import bulk, cutting, opening, reading, recognising, retrying, scratch
from vernost.intake.operations.ahead import Ahead
from vernost.intake.operations.context import Import
from vernost.intake.operations.failures import (
    FileHasChanged,
    ImportBrokenOff,
    ImportStopped,
    MayNotBeRead,
    RowsTooLarge,
    RunIsOver,
)
from vernost.intake.operations.keys import KeyStore
from vernost.intake.operations.monitor import Monitor, Progress, watching
from vernost.intake.operations.opening import Limits
from vernost.intake.operations.pump import Pump
from vernost.intake.operations.reading import Batch
from vernost.intake.operations.recognising import Recognised, Table
from vernost.intake.operations.sources import DEFAULT_SOURCE, begin_using, source_named
from vernost.intake.operations.taking import Outcome, Taking
from vernost.intake.operations.writing import KeysComeAgain
from vernost.intake.queries import file_kinds
from vernost.intake.rules.file_names import plain_name
from vernost.intake.rules.reasons import Warning  # noqa: A004 - a file's warning


def intake_folder() -> Path:
    return Path(settings.DATA_DIR) / "intake"


def start_import(
    *, path: Path, source: str = DEFAULT_SOURCE, dry_run: bool = False, actor: Actor, now: datetime
) -> ImportRun:
    """Write an import down, to be run by `run_import`."""
    return ImportRun.objects.create(
        source=source_named(source),
        name=path.name or str(path),
        path=str(path.absolute()),
        dry_run=dry_run,
        actor=actor.code,
        user_id=actor.user_id,
        started_at=now,
    )


@transaction.atomic
def upload_import(
    *, files: Iterable[tuple[str, IO[bytes]]], source: str, dry_run: bool, actor: Actor, now: datetime
) -> ImportRun:
    """Keep uploaded files and let a job import them; names lead nowhere out of our folder."""
    folder = intake_folder() / "uploads" / uuid.uuid4().hex
    folder.mkdir(parents=True, mode=0o700)
    names: list[str] = []
    for name, content in files:
        names.append(plain_name(name, names))
        with (folder / names[-1]).open("xb") as copy:
            shutil.copyfileobj(content, copy)
    path = folder / names[0] if len(names) == 1 else folder
    run = start_import(path=path, source=source, dry_run=dry_run, actor=actor, now=now)
    run.name = ", ".join(names)
    run.save(update_fields=["name"])
    publish(ImportAsked(run_id=run.pk))
    return run


def stop_import(*, run_id: int) -> None:
    """Ask a running import to stop, cancel one that waits. Files that are done stay."""
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        if run.state == ImportState.WAITING:
            run.state = ImportState.STOPPED
        elif run.state != ImportState.RUNNING:
            raise RunIsOver
        run.stop_asked = True
        run.save(update_fields=["state", "stop_asked"])


def run_import(
    *, run_id: int, now: datetime, progress: Progress | None = None, limits: Limits | None = None
) -> ImportRun:
    """Import the files of a run. Killed at any moment and run again, it ends as one clean run does."""
    with watching(run_id, progress) as monitor:
        began = time.monotonic()
        run = ImportRun.objects.select_related("source").get(pk=run_id)
        # One that is running without the lock was killed: its job has come back to go on.
        if run.state not in {ImportState.WAITING, ImportState.RUNNING}:
            _forget_upload(run)
            raise RunIsOver
        _end_stale_runs(run, now)
        _set(run, state=ImportState.RUNNING, started_at=now)
        try:
            kinds = _take_all(run, monitor, now, limits or Limits())
            with transaction.atomic():
                _set(run, state=ImportState.DONE, finished_at=_later(now, began))
                if kinds and not run.dry_run:
                    publish(IntakeFinished(run_id=run.pk, kinds=tuple(kinds)))
        except (Exception, KeyboardInterrupt) as failure:
            if not _server_is_gone(failure):
                _end(run, failure, finished_at=_later(now, began))
                _forget_upload(run)
            raise
        _forget_upload(run)
    return run


@contextmanager
def importing(run: ImportRun, workbench: duckdb.DuckDBPyConnection, folder: Path, now: datetime) -> Iterator[Import]:
    """Give what the parts of an import share."""
    if not run.dry_run:
        begin_using(run.source)
    zone, today = settings.TIME_ZONE, now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    pump, lookups = Pump(workbench, folder), Pump(workbench, folder, connection.copy())
    keys = KeyStore(workbench, run.source_id, zone, run.dry_run, pump)
    keys.prepare()
    is_first = not ImportRun.objects.filter(source=run.source_id, state=ImportState.DONE, dry_run=False).exists()
    ahead = Ahead(workbench)
    ahead_lookups = Pump(ahead.cursor, folder, connection.copy())
    try:
        yield Import(
            run_id=run.pk,
            source_id=run.source_id,
            dry_run=run.dry_run,
            now=now,
            today=today,
            zone=zone,
            known_on=None if is_first else today,
            scratch=workbench,
            keys=keys,
            pump=pump,
            lookups=lookups,
            ahead=ahead,
            ahead_lookups=ahead_lookups,
            folder=folder,
        )
    finally:
        for one in (ahead, ahead_lookups, lookups, pump):
            one.close()


def _take_all(run: ImportRun, monitor: Monitor, now: datetime, limits: Limits) -> list[str]:
    """Take the files of a run; return the kinds of which rows have come."""
    folder = intake_folder() / "work"
    with scratch.open_in(folder) as workbench, _refusals_of_the_disk():
        found = opening.found_at(Path(run.path), folder=folder / "unpacked", limits=limits)
        stamps = {file.path: _stamp(file.path) for file in found}
        recognised = recognising.recognise(found, _own_columns(run.source), name=run.name)
        files = _note_files(run, recognised)
        with importing(run, workbench, folder, now) as job:
            return _take_kinds(job, run, recognised, files, _Course(monitor, stamps))


@contextmanager
def _refusals_of_the_disk() -> Iterator[None]:
    """Let files that may not be read, or are gone, be told as what they are."""
    try:
        yield
    except PermissionError as error:
        raise MayNotBeRead(name=error.filename) from error
    except duckdb.OutOfMemoryException as error:
        raise RowsTooLarge from error
    except FileNotFoundError as error:
        raise FileHasChanged(name=Path(str(error.filename)).name) from error


def _stamp(path: Path) -> tuple[int, int]:
    """Return what changes when somebody writes into a file."""
    state = path.stat()
    return state.st_size, state.st_mtime_ns


@dataclass(frozen=True, slots=True)
class _Course:
    """How an import goes on: who watches it, and what its files were like when they were looked at."""

    monitor: Monitor
    stamps: Mapping[Path, tuple[int, int]]

    def check(self, table: Table) -> None:
        """Refuse rows of a file into which somebody has written since: half of it could be missing."""
        if _stamp(table.path) != self.stamps[table.path]:
            raise FileHasChanged(name=table.name)


def _take_kinds(
    job: Import, run: ImportRun, recognised: Recognised, files: dict[str, ImportedFile], course: _Course
) -> list[str]:
    """Take the files kind by kind; before each kind, what waited for the kinds before it."""
    kinds = []
    for kind in file_kinds():
        if not job.dry_run:
            taken = retrying.take_waiting(job, kind)
            if taken:
                kinds.append(kind.code)
                _set(run, taken=run.taken + taken)
        for table in recognised.tables:
            if table.kind.code == kind.code:
                file = files[table.name]
                if file.state != ImportState.DONE:
                    _take_file(job, table, file, course)
                if file.new or file.changed:
                    kinds.append(kind.code)
    return sorted(set(kinds))


def _take_file(job: Import, table: Table, file: ImportedFile, course: _Course) -> None:
    file.state = ImportState.RUNNING
    file.save(update_fields=["state"])
    notes = reading.Notes()
    is_quick, may_be_bulk = table.sheet is None, True
    while True:
        rows = reading.quick(table, job.folder) if is_quick else reading.patient(table, notes)
        try:
            with transaction.atomic():
                outcome = _take_rows(job, table, rows, file, course.monitor, may_be_bulk=may_be_bulk)
                course.check(table)
                if notes.lines_in_other_encoding:
                    outcome.warnings[Warning.MIXED_ENCODING] = {
                        "code": Warning.MIXED_ENCODING,
                        "count": notes.lines_in_other_encoding,
                        "lines": [],
                    }
                _finish_file(file, table, outcome)
        except cutting.NeedsPatience:
            is_quick = False
            job.keys.prepare()
        except KeysComeAgain:
            may_be_bulk = False
            job.keys.prepare()
        else:
            return


def _take_rows(
    job: Import, table: Table, batches: Iterable[Batch], file: ImportedFile, monitor: Monitor, *, may_be_bulk: bool
) -> Outcome:
    taking = Taking(job, table.kind, table.cells, file_id=file.pk)
    bulk_tables = table.kind.bulk if may_be_bulk and not job.dry_run else ()
    with connection.cursor() as cursor:
        taking.writer.bulk = bool(bulk_tables) and bulk.is_first_load(
            cursor, table.kind.table, int(table.size / reading.row_size(table))
        )
        done = 0

        def tell(batch: Batch) -> None:
            nonlocal done
            done += batch.size
            monitor.tell(file.pk, table.name, min(done / table.size, 0.99))

        with ExitStack() as stack:
            anew = frozenset[str]()
            if taking.writer.bulk:
                anew = stack.enter_context(bulk.standing_aside(cursor, bulk_tables))
            else:
                ask = stack.enter_context(job.keys.looking_aside(job.lookups, job.ahead_lookups))
                stack.enter_context(job.ahead.asking(ask))
            stack.enter_context(job.pump.loading(anew))
            monitor.tell(file.pk, table.name, 0)
            try:
                taking.take_all(batches, tell)
                taking.finish_load()
            except BaseException:
                job.pump.abandon()
                raise
    return taking.finish()


def _finish_file(file: ImportedFile, table: Table, outcome: Outcome) -> None:
    file.new = outcome.counts["new"]
    file.changed = outcome.counts["changed"]
    file.same = outcome.counts["same"]
    file.quarantined = outcome.counts["quarantined"]
    unknown = table.header.unknown
    if unknown:
        outcome.warnings[Warning.UNKNOWN_COLUMNS] = {
            "code": Warning.UNKNOWN_COLUMNS,
            "count": len(unknown),
            "names": list(unknown[:20]),
        }
    file.warnings = [*outcome.warnings.values()]
    file.sample = outcome.sample
    file.state = ImportState.DONE
    file.progress = 1
    file.save()


def _note_files(run: ImportRun, recognised: Recognised) -> dict[str, ImportedFile]:
    """Write the files down; of a run that was killed those that are done stay, and are not taken again."""
    run.files.exclude(state=ImportState.DONE, run__dry_run=False).delete()
    run.files.filter(kind="").delete()
    done = {file.name: file for file in run.files.all()}
    files = [
        ImportedFile(run=run, name=table.name, kind=table.kind.code, position=position, size=table.size)
        for position, table in enumerate(recognised.tables)
        if table.name not in done
    ]
    for names, warning in ((recognised.empty, Warning.EMPTY_FILE), (recognised.left_out, Warning.NOT_RECOGNISED)):
        files += [
            ImportedFile(
                run=run,
                name=name,
                kind="",
                position=len(files),
                state=ImportState.DONE,
                progress=1,
                warnings=[{"code": warning, "count": 1}],
            )
            for name in names
        ]
    ImportedFile.objects.bulk_create(files)
    return done | {file.name: file for file in files}


def _own_columns(source: Source) -> dict[str, dict[str, str]]:
    return {mapping.kind: mapping.columns for mapping in HeaderMapping.objects.filter(source=source)}


def _end_stale_runs(run: ImportRun, now: datetime) -> None:
    """Whoever was running without the lock has been killed."""
    stale = ImportRun.objects.filter(state=ImportState.RUNNING).exclude(pk=run.pk)
    ImportedFile.objects.filter(run__in=stale, state=ImportState.RUNNING).update(state=ImportState.FAILED)
    stale.update(state=ImportState.FAILED, finished_at=now, error=_stored(ImportBrokenOff()))


def _server_is_gone(failure: BaseException) -> bool:
    """Tell a lost database from what it refused: the run then stays as it is, for the next one to go on with."""
    return isinstance(failure, OperationalError | InterfaceError) and not connection.is_usable()


def _is_a_signal(failure: BaseException) -> bool:
    """Tell what DuckDB makes of Ctrl+C and its like in the middle of a query."""
    return isinstance(failure, RuntimeError) and str(failure) == "Query interrupted"


def _later(now: datetime, began: float) -> datetime:
    return now + timedelta(seconds=time.monotonic() - began)


def _end(run: ImportRun, failure: BaseException, *, finished_at: datetime) -> None:
    stopped = isinstance(failure, ImportStopped | KeyboardInterrupt) or _is_a_signal(failure)
    state = ImportState.STOPPED if stopped else ImportState.FAILED
    ImportedFile.objects.filter(run=run, state=ImportState.RUNNING).update(state=state)
    _set(run, state=state, finished_at=finished_at, error="" if stopped else _stored(failure))


def _stored(failure: BaseException) -> str:
    """Return why a run failed, as its page reads it."""
    words = (
        {"text": failure.text, "values": failure.values}
        if isinstance(failure, DomainError)
        else {"text": "", "values": {}}
    )
    return json.dumps(words, default=str)


def _set(run: ImportRun, **values: object) -> None:
    for name, value in values.items():
        setattr(run, name, value)
    run.save(update_fields=list(values))


def _forget_upload(run: ImportRun) -> None:
    """Remove uploaded files; those of a check wait for the person who asked for it (`checks.import_checked`)."""
    if run.dry_run:
        return
    uploads = intake_folder() / "uploads"
    path = Path(run.path)
    if uploads in path.parents:
        shutil.rmtree(uploads / path.relative_to(uploads).parts[0], ignore_errors=True)
