"""The workbench of an import: a DuckDB of its own, with the rules as macros, in a folder that is thrown away."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

import duckdb

from vernost.core import email_address, names, numbers, phone, plate, vin
from vernost.intake.operations import keys
from vernost.intake.rules import junk, moments
from vernost.intake.rules.types import quoted

THREADS: Final = 2
# With what Python, its libraries and the reader's buffers take, the process stays under 500 MB.
MEMORY: Final = "220MB"
MACROS: Final = (
    *numbers.MACROS,
    *names.MACROS,
    plate.MACRO,
    *vin.MACROS,
    *phone.MACROS,
    *email_address.MACROS,
    *moments.MACROS,
    *junk.MACROS,
    *keys.MACROS,
)


@contextmanager
def open_in(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a workbench whose large tables lie in `folder`; the folder is gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        with duckdb.connect(config=_settings(folder)) as connection:
            # It dies with the import: nothing in it need outlive a crash, so nothing waits for the disk.
            connection.execute(
                f"ATTACH {quoted(str(folder / 'scratch.duckdb'))} AS bench (RECOVERY_MODE NO_WAL_WRITES)"
            )
            connection.execute("USE bench")
            prepare(connection)
            yield connection
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def beside(workbench: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Return a second connection to a workbench, for a thread of its own."""
    connection = workbench.cursor()
    connection.execute("USE bench")
    prepare(connection)
    return connection


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("SET TimeZone = 'UTC'")
    for macro in MACROS:
        # What is temporary is not written to the disk.
        connection.execute(macro.replace("CREATE OR REPLACE MACRO", "CREATE OR REPLACE TEMP MACRO", 1))
    connection.execute(
        "CREATE TEMP TABLE zone_names AS SELECT unnest($1::VARCHAR[]) AS name", [sorted(available_timezones())]
    )


def _settings(folder: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "threads": THREADS,
        "memory_limit": MEMORY,
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
