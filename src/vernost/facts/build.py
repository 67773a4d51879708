"""Writing a version of the mirror: tables as Parquet, whole or only the changed keys.

Works in a DuckDB of its own in the version's folder. A refresh never rewrites a big table: it adds
the keys that no longer hold (`gone`) and their new rows (`delta`), until they are worth a new base.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import pyarrow as pa

from vernost.core.fact_table import FactGroup, FactTable, Pull
from vernost.facts import mirror as mirrors
from vernost.facts.facts import DUE_RANGES
from vernost.facts.mirror import Mirror, Stored
from vernost.facts.threads import Threads

MEMORY_LIMIT = "900MB"
THREADS = 2
# A base is rewritten when its changes pass this share of it, and are not few anyway.
_WORTH_REWRITING = 0.15
FEW = 50_000

# What DuckDB writes and reads quickest (docs/explanation/performance.md): numbers as differences, dictionaries of
# few values only, as longer ones are tried in vain; nobody looks a single value up.
_PARQUET = "FORMAT parquet, COMPRESSION lz4, DICTIONARY_SIZE_LIMIT 4096, WRITE_BLOOM_FILTER false"
_PAGES = "PARQUET_VERSION v2"
# In pages of version 2 fractions lie as DuckDB and Arrow read them and Spark 4 does not.
_PAGES_WITH_FRACTIONS = "PARQUET_VERSION v1"

# A text is one of few values where each comes so often.
_FEW_VALUES = 20

_TYPES = {
    "int64": "BIGINT",
    "int32": "INTEGER",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
}
# Outer blanks as people type them, the no-break space among them.
_FOLD = "CREATE MACRO fold(x) AS lower(trim(x, ' ' || chr(9) || chr(10) || chr(13) || chr(160)))"


@dataclass(frozen=True, slots=True)
class Kept:
    """A pull in a file of Arrow, which the engine may read any number of times, a batch at a time.

    Laying it out as Parquet would cost as much as receiving it.
    """

    path: Path

    def __arrow_c_schema__(self) -> object:
        with pa.OSFile(str(self.path)) as file:
            return pa.ipc.open_stream(file).schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return pa.ipc.open_stream(pa.OSFile(str(self.path))).__arrow_c_stream__(requested_schema)


def _with_dictionaries(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Give texts of few values as dictionaries, which halves the file; the first batch tells which they are."""
    first = next(iter(reader), None)
    if first is None:
        yield pa.RecordBatch.from_pylist([], schema=reader.schema)
        return
    texts = [place for place, kind in enumerate(reader.schema.types) if pa.types.is_string(kind)]
    few = [place for place in texts if len(first.column(place).unique()) * _FEW_VALUES <= len(first)]
    for batch in chain((first,), reader):
        columns = batch.columns
        for place in few:
            columns[place] = columns[place].dictionary_encode()
        yield pa.RecordBatch.from_arrays(columns, names=reader.schema.names)


def _with_keys(
    con: duckdb.DuckDBPyConnection, batches: Iterator[pa.RecordBatch], folded: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Add the folded texts of some columns. Those of a dictionary are folded once each: folding is dear."""
    for batch in batches:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for name in folded:
            told = columns[name]
            if isinstance(told, pa.DictionaryArray):
                keys = pa.DictionaryArray.from_arrays(told.indices, _folded(con, told.dictionary))
            else:
                keys = _folded(con, told)
            columns[f"{name}_key"] = keys
        yield pa.RecordBatch.from_pydict(columns)


def _folded(con: duckdb.DuckDBPyConnection, texts: pa.Array) -> pa.Array:
    con.register("texts", pa.table({"text": texts}))
    return con.sql("SELECT fold(text) AS key FROM texts").to_arrow_table()["key"].combine_chunks()


@dataclass(frozen=True, slots=True)
class Workbench:
    """A version being written."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    keyed: set[str] = field(default_factory=set)
    """Codes of the groups whose changed keys are kept as `keys_<code>`."""
    remade: set[str] = field(default_factory=set)
    """Names of the tables of which `fresh_<name>` has all rows of the touched cars."""
    parts: set[str] = field(default_factory=set)
    """Names of the tables in which `facts.states` keeps the rows of the touched cars and customers."""
    making: dict[str, Lock] = field(default_factory=dict)
    """For each of them: who comes while it is made waits."""
    aside: Threads = field(default_factory=lambda: Threads(1))
    """For what needs no engine, while this waits for PostgreSQL or the engine."""
    taken: dict[str, Future[pa.Table]] = field(default_factory=dict)
    """Rows of the touched, by table, that are being taken from their shelves."""
    cursors: list[duckdb.DuckDBPyConnection] = field(default_factory=list)
    """Those that other threads have."""

    def is_keyed(self, code: str) -> bool:
        return code in self.keyed

    def file(self, name: str) -> Path:
        return self.folder / name

    def write(self, select: str, name: str, *, table: FactTable | None = None, as_it_comes: bool = False) -> int:
        """Write a SELECT as a Parquet file, in the order of its table; return the number of rows."""
        columns = ", ".join(f'"{column}"' for column in table.order_by) if table and not as_it_comes else ""
        ordered = f"{select} ORDER BY {columns}" if columns else select
        pages = _PAGES_WITH_FRACTIONS if table and "float64" in table.columns.values() else _PAGES
        copied = f"COPY ({ordered}) TO '{_quoted(self.file(name))}' ({_PARQUET}, {pages})"
        return int(self.con.execute(copied).fetchall()[0][0])

    def read(self, name: str) -> str:
        return f"read_parquet('{_quoted(self.file(name))}')"

    def keep(self, pull: Pull, reader: pa.RecordBatchReader) -> Kept:
        """Stream a pull into a file of its own: it is read more than once. Any thread may do this."""
        path = self.file(f"pull-{pull.name}.arrows")
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with self.con.cursor() as con, pa.OSFile(str(path), "wb") as file:
            batches = _with_keys(con, _with_dictionaries(reader), pull.folded)
            first = next(batches)
            with pa.ipc.new_stream(file, first.schema, options=options) as writer:
                for batch in chain((first,), batches):
                    writer.write_batch(batch)
        return Kept(path)

    def show(self, name: str, select: str) -> None:
        self.con.execute(f'CREATE OR REPLACE VIEW "{name}" AS {select}')

    @contextmanager
    def beside(self) -> Iterator["Workbench"]:
        """Give another thread the same bench."""
        with self.con.cursor() as con:
            self.cursors.append(con)
            try:
                yield replace(self, con=con)
            finally:
                self.cursors.remove(con)

    def interrupt(self) -> None:
        """Let fail what other threads ask of the engine."""
        for con in list(self.cursors):
            con.interrupt()

    def drop_pulls(self, group: FactGroup) -> None:
        for pull in group.pulls:
            self.con.unregister(pull.name)
            self.file(f"pull-{pull.name}.arrows").unlink()

    def link(self, old: Mirror, name: str) -> None:
        os.link(old.folder / name, self.file(name))

    def unlink(self, stored: Stored) -> None:
        """Take files of the version before out again: what is written in their place must not be written into them."""
        for name in stored.files:
            self.file(name).unlink()


@contextmanager
def workbench(folder: Path, memory_limit: str = MEMORY_LIMIT) -> Iterator[Workbench]:
    folder.mkdir(mode=0o700, parents=True)
    settings: dict[str, Any] = {
        "threads": THREADS,
        "memory_limit": memory_limit,
        "temp_directory": str(folder / "spill"),
    }
    with duckdb.connect(config=settings) as con:
        con.execute(_FOLD)
        bench = Workbench(con, folder)
        with bench.aside:
            yield bench


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def typed(table: FactTable, select: str) -> str:
    """Return the SELECT with exactly the declared columns and types, in their order."""
    columns = ", ".join(f'CAST("{column}" AS {_TYPES[kind]}) AS "{column}"' for column, kind in table.columns.items())
    return f"SELECT {columns} FROM ({select})"  # noqa: S608 - declared names


def whole_table(bench: Workbench, table: FactTable, key: str, select: str, *, is_sorted: bool = False) -> Stored:
    """Write all rows of a table and show them to the tables after it; `is_sorted`: they come in its order."""
    name = f"{table.name}.parquet"
    rows = bench.write(select, name, table=table, as_it_comes=is_sorted)
    bench.show(table.name, f"SELECT * FROM {bench.read(name)}")  # noqa: S608 - a path of ours
    return Stored(key=key, columns=tuple(table.columns.items()), base=name, rows=rows)


def due_ranges(bench: Workbench, learned: pa.Table) -> Stored:
    """Write what `calibration` has learned."""
    bench.con.register("learned", learned)
    return whole_table(bench, DUE_RANGES, "stage", typed(DUE_RANGES, "SELECT * FROM learned"))


def whole_group(bench: Workbench, group: FactGroup, pulled: Mapping[str, Kept]) -> dict[str, Stored]:
    """Write every row of a group's tables, whose pulls have been kept."""
    for pull in group.pulls:
        bench.con.register(pull.name, pulled[pull.name])
    stored = {table.name: whole_table(bench, table, group.key, typed(table, table.sql)) for table in group.tables}
    bench.drop_pulls(group)
    return stored


def changed_group(
    bench: Workbench, group: FactGroup, pulled: Mapping[str, Kept], keys: pa.Table, old: Mirror
) -> dict[str, Stored]:
    """Replace the rows of the changed keys (the column `key`) in a group's tables."""
    set_keys(bench, group.code, keys)
    for pull in group.pulls:
        bench.con.register(pull.name, pulled[pull.name])
    for table in group.tables:
        _make_fresh(bench, table, typed(table, table.sql))
    with Threads(THREADS, "tables", bench.interrupt) as pool:
        changed = list(pool.map(lambda table: _replaced(bench, table, group.code, old), group.tables))
    bench.drop_pulls(group)
    pairs = zip(group.tables, changed, strict=True)
    return {table.name: _rewritten_where_worth(bench, table, *written) for table, written in pairs}


def set_keys(bench: Workbench, code: str, keys: pa.Table) -> None:
    bench.con.register("stream", keys)
    keep_keys(bench, code, "SELECT key FROM stream")
    bench.con.unregister("stream")


def keep_keys(bench: Workbench, code: str, select: str) -> None:
    """Keep the changed keys of a group (the column `key` of the SELECT) as the table `keys_<code>`."""
    # No temporary table: those are the connection's own.
    bench.con.execute(f"CREATE TABLE keys_{code} AS {select}")
    bench.keyed.add(code)


def changed_table(bench: Workbench, table: FactTable, select: str, code: str, old: Mirror) -> Stored:
    """Put the rows of `select` in the place of those whose key is in `keys_<code>`."""
    _make_fresh(bench, table, select)
    return _rewritten_where_worth(bench, table, *_replaced(bench, table, code, old))


def _make_fresh(bench: Workbench, table: FactTable, select: str) -> None:
    """Keep a table's new rows; its name shows them, as the next tables of the group are made of them."""
    bench.con.execute(f"CREATE TABLE fresh_{table.name} AS {select}")
    bench.show(table.name, f"FROM fresh_{table.name}")


def _replaced(bench: Workbench, table: FactTable, code: str, old: Mirror) -> tuple[Stored, int]:
    """Write the keys that no longer hold and the new rows; tell how many both are. Any thread may do this."""
    before = old.tables[table.name]
    gone, delta = f"{table.name}.gone.parquet", f"{table.name}.delta.parquet"
    no_longer = f"SELECT key FROM keys_{code}"  # noqa: S608 - a declared code
    rows = f"FROM fresh_{table.name}"
    if before.gone is not None:
        earlier = f"read_parquet('{_quoted(old.folder / before.gone)}')"
        no_longer += f" UNION SELECT {before.key} FROM {earlier}"  # noqa: S608 - a path of ours
    if before.delta is not None:
        earlier = f"SELECT * FROM read_parquet('{_quoted(old.folder / before.delta)}')"  # noqa: S608 - a path of ours
        rows = f"{earlier} ANTI JOIN keys_{code} ON {before.key} = key UNION ALL {rows}"
    with bench.beside() as own:
        gone_rows = own.write(f"SELECT key AS {before.key} FROM ({no_longer})", gone)  # noqa: S608 - as above
        delta_rows = own.write(rows, delta, table=table, as_it_comes=True)
    for name in (before.base, *before.shelf_files):
        bench.link(old, name)
    return replace(before, gone=gone, delta=delta, delta_rows=delta_rows), gone_rows + delta_rows


def _rewritten_where_worth(bench: Workbench, table: FactTable, stored: Stored, changes: int) -> Stored:
    if changes <= max(FEW, _WORTH_REWRITING * stored.rows):
        return stored
    return _rewritten(bench, table, stored)


def _rewritten(bench: Workbench, table: FactTable, stored: Stored) -> Stored:
    """Make one base of a base and its changes."""
    merged = f"{table.name}.merged.parquet"
    rows = bench.write(mirrors.select(bench.folder, stored), merged, table=table)
    for name in stored.files:
        bench.file(name).unlink()
    bench.file(merged).rename(bench.file(stored.base))
    # The next full build makes it a new shelf.
    return replace(stored, rows=rows, gone=None, delta=None, delta_rows=0, shelf=None)


def linked(bench: Workbench, stored: Stored, old: Mirror) -> Stored:
    """Take a table over as it is."""
    for name in stored.files:
        bench.link(old, name)
    return stored


def sweep(bench: Workbench, stored: dict[str, Stored]) -> None:
    """Remove what only the writing needed."""
    wanted = {name for one in stored.values() for name in one.files} | {mirrors.MANIFEST}
    for path in bench.folder.iterdir():
        if path.is_file() and path.name not in wanted:
            path.unlink()


def finished(bench: Workbench, stored: dict[str, Stored], now: datetime) -> Mirror:
    sweep(bench, stored)
    mirror = mirrors.draft(bench.folder, stored, now)
    mirrors.write_manifest(mirror)
    return mirror
