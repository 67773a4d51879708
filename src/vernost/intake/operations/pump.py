"""From the workbench to PostgreSQL and back, in COPY's text: DuckDB writes while the server reads."""

import fcntl
import os
import threading
from pathlib import Path
from typing import Final

import duckdb
from django.db.backends.utils import CursorWrapper

_BLOCK: Final = 1024 * 1024
_PIPE: Final = 1024 * 1024


def copy_in(cursor: CursorWrapper, scratch: duckdb.DuckDBPyConnection, target: str, sql: str) -> None:
    """Send the rows of a query of the workbench to `target`, a table with its columns in brackets."""
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, _PIPE)
    failures: list[BaseException] = []

    def write() -> None:
        try:
            scratch.execute(f"COPY ({sql}) TO '/dev/fd/{writing}' (FORMAT csv, HEADER false)")
        except BaseException as failure:  # noqa: BLE001 - told to the thread that reads
            failures.append(failure)
        finally:
            os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with cursor.copy(f"COPY {target} FROM STDIN (FORMAT csv)") as copy:
            while block := os.read(reading, _BLOCK):
                copy.write(block)
            writer.join()
            if failures:
                raise failures[0]
    finally:
        # Whoever still writes is told by a broken pipe that nobody listens.
        os.close(reading)
        writer.join()


def copy_out(cursor: CursorWrapper, scratch: duckdb.DuckDBPyConnection, sql: str, target: str, file: Path) -> None:
    """Append the rows of a query of PostgreSQL to a table of the workbench, column by column."""
    with file.open("wb") as stream, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            stream.write(block)
    columns = scratch.sql(f"SELECT * FROM {target} LIMIT 0")
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in zip(columns.columns, columns.types, strict=True))
    if file.stat().st_size:
        scratch.execute(
            f"""INSERT INTO {target} SELECT * FROM read_csv('{file}', auto_detect = false, header = false, delim = ',',
                quote = '"', escape = '"', new_line = '\\n', columns = {{{types}}})"""
        )
    file.unlink()
