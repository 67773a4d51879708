"""Cells become values in a thread of its own: a batch is read, staged and looked up while that before it is written."""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from itertools import count
from typing import Final, NamedTuple

import duckdb

from vernost.intake.operations import scratch
from vernost.intake.operations.reading import Batch, Piece
from vernost.intake.rules.file_kind import FileKind
from vernost.intake.rules.staging import ODD, Staging

# Tables of a connection are seen by it alone, those of a database in memory by all of its process.
_SHARED: Final = "ahead"
# Above this share of odd rows a file is not written as usual: staging its rows once takes less than twice.
_ODD_SHARE: Final = 0.2


class _Staged(NamedTuple):
    batch: Batch
    table: str


class Ahead:
    """One import's batches on their way to `staged`, never more than one ahead."""

    def __init__(self, workbench: duckdb.DuckDBPyConnection) -> None:
        self._workbench = workbench
        # What `staged` shows at the moment.
        self.table = ""
        self._is_usual = True
        self._workbench.execute(f"ATTACH ':memory:' AS {_SHARED}")
        self.cursor = scratch.beside(workbench)
        self._ask: Callable[[FileKind, str], None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._numbers = count()

    def staged(self, staging: Staging, batches: Iterable[Batch]) -> Generator[Batch]:
        """Give the batches in order; the workbench has the rows of each as `staged` until the next is asked for.

        Raises NeedsPatience where the rows of a batch cannot be right. Close it to stop in the middle.
        """
        source = iter(batches)
        self._is_usual = True
        following = self._submit(staging, source)
        try:
            while (found := following.result()) is not None:
                following = self._submit(staging, source)
                self.table = found.table
                self._workbench.execute(f"CREATE OR REPLACE TEMP VIEW staged AS FROM {found.table}")
                try:
                    yield found.batch
                finally:
                    self._forget(found)
        finally:
            self._abandon(following)

    @contextmanager
    def asking(self, ask: Callable[[FileKind, str], None]) -> Iterator[None]:
        """Let `ask` know of a kind and its staged rows, in the thread, for the length of a block."""
        self._ask = ask
        try:
            yield
        finally:
            self._ask = None

    def close(self) -> None:
        self._thread.shutdown()
        self.cursor.close()

    def _submit(self, staging: Staging, source: Iterator[Batch]) -> "Future[_Staged | None]":
        return self._thread.submit(copy_context().run, self._next, staging, source)

    def _next(self, staging: Staging, source: Iterator[Batch]) -> _Staged | None:
        batch = next(source, None)
        if batch is None:
            return None
        table = f"{_SHARED}.staged_{next(self._numbers)}"
        try:
            with batch.offered(self.cursor):
                self._read_contacts(staging)
                # What was read row by row is few, or odd from the beginning.
                piece = batch if self._is_usual and isinstance(batch, Piece) else None
                self.cursor.execute(f"CREATE TABLE {table} AS {staging.stage(usual=piece is not None)}")
            [(rows,)] = self.cursor.execute(f"SELECT count(*) FROM {table}").fetchall()
            batch.check(rows)
            if piece is not None:
                odd = self._stage_odd(staging, piece, table)
                self._is_usual = odd <= rows * _ODD_SHARE
            if self._ask is not None:
                self._ask(staging.kind, table)
        except BaseException:
            self.cursor.execute(f"DROP TABLE IF EXISTS {table}")
            batch.forget()
            raise
        return _Staged(batch, table)

    def _stage_odd(self, staging: Staging, piece: Piece, table: str) -> int:
        """Stage the rows again that are not written as usual; return how many there were."""
        places = self.cursor.execute(f"SELECT n FROM {table} WHERE fault = {ODD} ORDER BY n").fetchall()
        if places:
            with piece.some_offered(self.cursor, [n for (n,) in places]):
                self.cursor.execute(f"DELETE FROM {table} WHERE fault = {ODD}")
                self.cursor.execute(f"INSERT INTO {table} {staging.stage()}")
        return len(places)

    def _read_contacts(self, staging: Staging) -> None:
        """Read the cells of telephones and addresses: the usual ones as a set, the others one by one."""
        for column, kind in staging.contact_columns:
            self.cursor.execute(staging.plain_contacts(column, kind))
            cells = self.cursor.execute(f"SELECT DISTINCT cell FROM plain_{column.name} WHERE found IS NULL").fetchall()
            unusual = [cell for (cell,) in cells]
            read = [kind.read(cell) for cell in unusual]
            # Lists as parameters: handed an Arrow table, DuckDB would load pandas, which is large.
            self.cursor.execute(
                f"""CREATE OR REPLACE TEMP TABLE read_{column.name} AS
                    SELECT unnest($1::VARCHAR[]) AS cell, unnest($2::{kind.duck}[]) AS found,
                           unnest($3::VARCHAR[][]) AS rest""",
                [
                    unusual,
                    [[{"value": one.value, "note": one.note} for one in contacts.found] for contacts in read],
                    [list(contacts.rest) for contacts in read],
                ],
            )

    def _forget(self, staged: _Staged) -> None:
        self._workbench.execute("DROP VIEW IF EXISTS staged")
        # Kept until the end, they would fill the memory.
        self._workbench.execute(f"DROP TABLE {staged.table}")
        staged.batch.forget()

    def _abandon(self, following: "Future[_Staged | None]") -> None:
        """Throw away what was prepared for somebody who has stopped."""
        wait([following])
        if following.exception() is None and (staged := following.result()) is not None:
            self._forget(staged)
