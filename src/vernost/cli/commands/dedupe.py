"""Find the rows of any file that are of one and the same customer."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vernost.cli import spoken
from vernost.cli.failures import UnreadableInputError
from vernost.cli.output import emit, emit_report, json_option, wants_json
from vernost.cli.words import translated
from vernost.core.i18n import _

if TYPE_CHECKING:
    import duckdb

NO_COLUMN = _("%(file)s has no column %(column)s. Its header: %(header)s")
SAME_ID = _("%(file)s has the id “%(value)s” in several rows")
NO_ID = _("%(file)s has rows without an id: %(count)s")
NO_COLUMNS = _("Name at least one column to compare")
NO_TABLE = _("%(file)s is no table of text: %(error)s")
_MEMORY = "4GB"
_THREADS = 2


@spoken.command()
@spoken.argument("csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@spoken.option("--id", "key", required=True, help=_("The column that tells the rows apart."))
@spoken.option("--columns", required=True, help=_("The columns to compare, with commas between them."))
@spoken.option(
    "--least", type=click.FloatRange(0, 1), default=0.5, show_default=True, help=_("The least probability of a pair.")
)
@json_option
def command(csv: Path, key: str, columns: str, least: float) -> None:
    """Find the rows of any file that are of one and the same customer.

    The score of a pair is the probability that the two are one. Nothing is told beforehand: what the columns hold,
    how often they agree by chance and how often for one customer is learnt from the file itself.
    """
    from vernost.customers.rules.duplicates import any_file  # noqa: PLC0415 - engines are slow to load

    # A column that is named twice is no second evidence.
    asked = list(dict.fromkeys(name.strip().lower() for name in columns.split(",") if name.strip()))
    if not asked:
        raise click.BadParameter(translated(NO_COLUMNS), param_hint="--columns")
    began = time.monotonic()
    with _table(csv, key, asked) as (con, names):
        found = any_file.find(con, "cells", "id", names)
        rows = _pairs(con, found, least) if found else []
    if wants_json():
        emit({"pairs": rows, "seconds": round(time.monotonic() - began, 3)})
    else:
        emit_report(None, rows)


@contextmanager
def _table(csv: Path, key: str, columns: Sequence[str]) -> "Iterator[tuple[duckdb.DuckDBPyConnection, list[str]]]":
    """Open the file as the table `cells`: id and c0, c1, … for the columns; return their names too."""
    import tempfile  # noqa: PLC0415 - as above

    import duckdb  # noqa: PLC0415 - as above

    from vernost.cli.purchases import as_utf8, encoding_of  # noqa: PLC0415 - as above
    from vernost.intake.rules.types import quoted  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="vernost-") as folder:
        file = as_utf8(csv, encoding_of(csv), Path(folder))
        settings: dict[str, Any] = {"threads": _THREADS, "memory_limit": _MEMORY, "temp_directory": folder}
        with duckdb.connect(config=settings) as con:
            source = f"read_csv({quoted(str(file))}, all_varchar = true, header = true, null_padding = true)"
            try:
                header = [row[0] for row in con.execute(f"DESCRIBE FROM {source}").fetchall()]
                asked = _named(csv, header, (key, *columns))
                cells = ", ".join(f"{name} AS c{place}" for place, name in enumerate(asked[1:]))
                con.execute(f"CREATE TEMP TABLE cells AS SELECT trim({asked[0]}) AS id, {cells} FROM {source}")  # noqa: S608 - quoted
            except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
                words = translated(NO_TABLE, file=csv.name, error=str(error).partition("\n")[0])
                raise UnreadableInputError(words) from error
            _check_ids(con, csv)
            # What the names say of the columns is part of the evidence.
            renamed = ", ".join(f'c{place} AS "{_plain(name)}"' for place, name in enumerate(columns))
            con.execute(f"CREATE OR REPLACE TEMP TABLE cells AS SELECT id, {renamed} FROM cells")  # noqa: S608 - as above
            yield con, [_plain(name) for name in columns]


def _named(csv: Path, header: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the columns of the file, quoted; case and outer blanks do not count."""
    known = {name.strip().strip("\ufeff").lower(): '"' + name.replace('"', '""') + '"' for name in header}
    for name in names:
        if name.lower() not in known:
            words = translated(NO_COLUMN, file=csv.name, column=name, header=", ".join(map(str.strip, header)))
            raise UnreadableInputError(words)
    return [known[name.lower()] for name in names]


def _plain(name: str) -> str:
    return name.replace('"', "").lower()


def _check_ids(con: "duckdb.DuckDBPyConnection", csv: Path) -> None:
    nameless = con.execute("SELECT count(*) FROM cells WHERE coalesce(id, '') = ''").fetchall()[0][0]
    if nameless:
        raise UnreadableInputError(translated(NO_ID, file=csv.name, count=nameless))
    repeated = con.execute("SELECT id FROM cells GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT 1").fetchall()
    if repeated:
        raise UnreadableInputError(translated(SAME_ID, file=csv.name, value=repeated[0][0]))


def _pairs(con: "duckdb.DuckDBPyConnection", table: str, least: float) -> list[dict[str, Any]]:
    rows = con.execute(
        f"SELECT a, b, score FROM {table} WHERE score >= ? ORDER BY score DESC, a, b",  # noqa: S608 - our own name
        [least],
    )
    return [{"a": a, "b": b, "score": round(score, 6)} for a, b, score in rows.fetchall()]
