"""From the columnar pass to PostgreSQL, in COPY's text: DuckDB writes while the server reads."""

import os
import threading
from typing import Final

import duckdb
from django.db.backends.utils import CursorWrapper

_BLOCK: Final = 1024 * 1024


def stage(cursor: CursorWrapper, con: duckdb.DuckDBPyConnection, *, table: str, columns: str, select: str) -> None:
    """Make a temporary table of the transaction and fill it with the rows of a query of DuckDB."""
    cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP")
    reading, writing = os.pipe()
    failures: list[BaseException] = []

    def write() -> None:
        try:
            con.execute(f"COPY ({select}) TO '/dev/fd/{writing}' (FORMAT csv, HEADER false, NULLSTR '\\N')")
        except BaseException as failure:  # noqa: BLE001 - told to the thread that reads
            failures.append(failure)
        finally:
            os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv, NULL '\\N')") as copy:
            while block := os.read(reading, _BLOCK):
                copy.write(block)
            writer.join()
            if failures:
                raise failures[0]
    finally:
        # Whoever still writes is told by a broken pipe that nobody listens.
        os.close(reading)
        writer.join()
    cursor.execute(f"ANALYZE {table}")
