"""From the workbench to PostgreSQL and back, in COPY's text.

Rows for PostgreSQL are laid down in a file, and a thread brings them: DuckDB prepares the next ones meanwhile.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Final

import duckdb
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from vernost.intake.rules.types import quoted

_BLOCK: Final = 1024 * 1024
# So many loads may wait for PostgreSQL; more would fill the disk.
_AHEAD: Final = 4


class Pump:
    """The way of one import's rows into the open transaction, or, with a `server` of its own, beside it.

    A connection has one command at a time: whoever asks PostgreSQL anything does it by `cursor`, which waits
    for the rows that are on their way.
    """

    # Of all pumps: their files lie in one folder.
    _numbers: ClassVar[Iterator[int]] = count()

    def __init__(
        self, scratch: duckdb.DuckDBPyConnection, folder: Path, server: BaseDatabaseWrapper | None = None
    ) -> None:
        self.scratch, self._folder, self._own_server = scratch, folder, server
        if server is not None:
            # It may be asked in a thread that prepares what comes next.
            server.inc_thread_sharing()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pump")
        self._under_way: deque[Future[None]] = deque()
        self._anew: frozenset[str] = frozenset()

    @contextmanager
    def loading(self, tables: frozenset[str]) -> Iterator[None]:
        """Freeze the rows of tables that the open transaction has made anew: nobody needs to touch them again."""
        self._anew = tables
        try:
            yield
        finally:
            self._anew = frozenset()

    @contextmanager
    def cursor(self) -> Iterator[CursorWrapper]:
        self.wait()
        with self._server.cursor() as cursor:
            yield cursor

    def send(self, target: str, sql: str, *, onward: Sequence[str] = ()) -> None:
        """Let the rows of a query of the workbench go to `target`, a table with its columns in brackets.

        They are there after `wait`; so are the failures of earlier ones raised. `onward` are statements that take
        them on from there.
        """
        file = self._next_file()
        self.scratch.execute(f"COPY ({sql}) TO {quoted(str(file))} (FORMAT csv, HEADER false)")
        while len(self._under_way) >= _AHEAD:
            self._under_way.popleft().result()
        self._server.ensure_connection()
        form = "csv, FREEZE" if target.partition(" ")[0] in self._anew else "csv"
        self._under_way.append(self._thread.submit(_bring, self._server.connection, target, file, form, onward))

    def fetch(self, sql: str, target: str, columns: Mapping[str, str], values: str = "*") -> None:
        """Append the rows of a query of PostgreSQL to a table of the workbench.

        `columns` are their names and types in DuckDB, `values` is SQL over them.
        """
        file = self._next_file()
        with (
            self.cursor() as cursor,
            self._server.wrap_database_errors,
            file.open("wb") as stream,
            cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy,
        ):
            for block in copy:
                stream.write(block)
        if file.stat().st_size:
            types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
            self.scratch.execute(
                f"""INSERT INTO {target} SELECT {values}
                      FROM read_csv({quoted(str(file))}, auto_detect = false, header = false,
                                    delim = ',', quote = '"', escape = '"', new_line = '\\n', columns = {{{types}}})"""
            )
        file.unlink()

    def wait(self) -> None:
        """Return when all rows have come to PostgreSQL."""
        while self._under_way:
            self._under_way.popleft().result()

    def abandon(self) -> None:
        """Forget what is on its way: the transaction is over."""
        for parcel in self._under_way:
            parcel.cancel()
        for parcel in self._under_way:
            if not parcel.cancelled():
                parcel.exception()
        self._under_way.clear()

    def close(self) -> None:
        self.abandon()
        self._thread.shutdown()
        if self._own_server is not None:
            self._own_server.close()

    @property
    def _server(self) -> BaseDatabaseWrapper:
        return self._own_server or connections[DEFAULT_DB_ALIAS]

    def _next_file(self) -> Path:
        return self._folder / f"rows-{next(self._numbers)}.csv"


def _bring(
    server: Any,  # noqa: ANN401 - psycopg's connection, by Django's word
    target: str,
    file: Path,
    form: str,
    onward: Sequence[str],
) -> None:
    try:
        with (
            file.open("rb") as stream,
            server.cursor() as cursor,
            cursor.copy(f"COPY {target} FROM STDIN (FORMAT {form})") as copy,
        ):
            while block := stream.read(_BLOCK):
                copy.write(block)
        for statement in onward:
            server.execute(statement)
    finally:
        file.unlink()
