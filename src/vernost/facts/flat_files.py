"""Columns of the mirror's tables as arrays: what the compiled night runs over, shared by all processes.

A column is made once of the table's base file, which never changes, and lies as a file of numpy in the version's
folder; a version with the same base links it. What has changed since the base (`gone`, `delta`) is read at each
opening and laid over it, so nothing here can drift from the mirror. Small tables are read as they are.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table
from numpy.typing import NDArray

from vernost.facts import mirror as mirrors
from vernost.facts.flat import Flat, Layers, NotSingleError, Wanted, laid_over, locked, runs_of
from vernost.facts.flat_text import Text, read_text, write_text
from vernost.facts.mirror import Mirror, Stored

FOLDER: Final = "flat"
FEW: Final = 100_000
"""A table with fewer rows is read faster than its files would be opened."""
_MEMORY_LIMIT: Final = "1GB"
_BATCH: Final = 250_000


def layers(con: Backend, wanted: Wanted) -> Layers:
    """Return a table's rows of the version that the connection shows, or of its tables in memory."""
    nobody = np.zeros(0, np.int64)
    mirror: Mirror | None = getattr(con, "mirror", None)
    if mirror is None:
        return ((_read(con.con, wanted, f'FROM "{wanted.table}"'), nobody),)
    stored = mirror.tables[wanted.table]
    base = _base(con.con, mirror, wanted)
    if stored.gone is None or stored.delta is None:
        return ((base, nobody),)
    gone = f"SELECT {wanted.key} AS key FROM ({mirrors.file_rows(mirror.folder / stored.gone)})"  # noqa: S608 - declared names
    delta = _read(con.con, wanted, mirrors.file_rows(mirror.folder / stored.delta))
    return (base, keys_of(con, gone)), (delta, nobody)


def keys_of(con: Backend, select: str) -> NDArray[np.int64]:
    """Return the different keys (the column `key`) of a SELECT of DuckDB, in their order."""
    keys = con.con.sql(f"SELECT DISTINCT key FROM ({select}) ORDER BY key").to_arrow_table()["key"]  # noqa: S608 - of our own
    return np.asarray(keys.to_numpy(), np.int64)


def single(con: Backend, wanted: Wanted) -> Flat:
    """Return the one row of each key, by key. Raises `NotSingleError`."""
    first, *more = layers(con, wanted)
    found = _single(first[0], wanted)
    for part, _gone in more:
        found = laid_over(found, first[1], _single(part, wanted))
    return found


def of_rows(con: Backend, wanted: Wanted, rows: Table) -> Flat:
    """Return the same columns of rows that an expression makes; they have the columns of the wanted table."""
    con.con.register("flat_rows", con.to_pyarrow(rows))
    found = _read(con.con, wanted, "FROM flat_rows")
    con.con.unregister("flat_rows")
    return found


def _single(part: Flat, wanted: Wanted) -> Flat:
    if len(part) != len(part.keys):
        raise NotSingleError(wanted.table)
    return part


def _read(con: duckdb.DuckDBPyConnection, wanted: Wanted, rows: str) -> Flat:
    """Run the SELECT into arrays, a batch at a time."""
    parts: dict[str, list[Any]] = {"key": [], **{name: [] for name in wanted.columns}}
    with con.sql(wanted.select(rows)).to_arrow_reader(_BATCH) as reader:
        for batch in reader:
            for name, some in parts.items():
                some.append(batch.column(name))
        schema = reader.schema
    columns, texts, words = {}, {}, {}
    for name, (_source, kind) in wanted.columns.items():
        chunks = pa.chunked_array(parts.pop(name), schema.field(name).type)
        if kind == "text":
            texts[name] = Text.of(chunks)
        elif kind == "word":
            coded = chunks.combine_chunks().dictionary_encode()
            columns[name] = locked(np.array(coded.indices.fill_null(-1), np.int32))
            words[name] = tuple(coded.dictionary.to_pylist())
        else:
            columns[name] = locked(np.array(chunks))
    keys, starts = runs_of(np.array(pa.chunked_array(parts["key"], pa.int64())))
    return Flat(keys, starts, columns, texts, words)


def _base(con: duckdb.DuckDBPyConnection, mirror: Mirror, wanted: Wanted) -> Flat:
    stored = mirror.tables[wanted.table]
    if stored.rows < FEW:
        return _read(con, wanted, mirrors.file_rows(mirror.folder / stored.base))
    _make(mirror, wanted)
    return _opened(mirror.folder / FOLDER, wanted)


def follow(mirror: Mirror) -> None:
    """Make the files of a version for those tables of which an earlier version has some, as somebody uses them."""
    for folder in others(mirror):
        for name in {path.stem for path in (folder / FOLDER).glob("*.json")}:
            wanted = _Content.read(folder / FOLDER, name)
            if wanted is not None and mirror.tables[wanted.table].rows >= FEW:
                _make(mirror, wanted)


def others(mirror: Mirror) -> list[Path]:
    """Return the folders of the versions before, the newest first."""
    versions = sorted((path for path in mirror.folder.parent.iterdir() if path.is_dir()), reverse=True)
    return [path for path in versions if path.name < mirror.version]


class _Content:
    """What the files of a name were made of, beside them."""

    @staticmethod
    def write(folder: Path, wanted: Wanted) -> None:
        told = {"table": wanted.table, "key": wanted.key, "columns": dict(wanted.columns), "where": wanted.where}
        draft = folder / f"{wanted.name}.draft"
        draft.write_text(json.dumps(told), encoding="utf-8")
        draft.rename(folder / f"{wanted.name}.json")

    @staticmethod
    def read(folder: Path, name: str) -> Wanted | None:
        try:
            told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        columns = {column: (source, kind) for column, (source, kind) in told["columns"].items()}
        return Wanted(name, told["table"], told["key"], columns, told["where"])


def _make(mirror: Mirror, wanted: Wanted) -> None:
    """Link the files of an earlier version with the same base, or write them."""
    folder = mirror.folder / FOLDER
    if _Content.read(folder, wanted.name) == wanted:
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    with alone(folder):
        if _Content.read(folder, wanted.name) == wanted:
            return
        for rubbish in folder.glob(f"{wanted.name}.*"):
            rubbish.unlink()
        if not any(_linked(other, mirror, wanted) for other in others(mirror)):
            _write(folder, mirror, wanted)
        # No fsync: what a power cut spoils of them is made again with the next base.
        _Content.write(folder, wanted)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _linked(other: Path, mirror: Mirror, wanted: Wanted) -> bool:
    """Link another version's files where its base is the same file; nobody may be removing it meanwhile."""
    stored: Stored = mirror.tables[wanted.table]
    try:
        if not (other / stored.base).samefile(mirror.folder / stored.base):
            return False
        if _Content.read(other / FOLDER, wanted.name) != wanted:
            return False
        for path in (other / FOLDER).glob(f"{wanted.name}.*.npy"):
            os.link(path, mirror.folder / FOLDER / path.name)
        # Whoever removes a version begins with its manifest: the files were all there.
        return (other / mirrors.MANIFEST).exists()
    except FileNotFoundError:
        return False


def _write(folder: Path, mirror: Mirror, wanted: Wanted) -> None:
    for half in folder.glob(f"{wanted.name}.*"):
        half.unlink()
    config: dict[str, Any] = {"threads": 2, "memory_limit": _MEMORY_LIMIT, "temp_directory": str(folder / "spill")}
    with duckdb.connect(config=config) as con:
        found = _read(con, wanted, mirrors.file_rows(mirror.folder / mirror.tables[wanted.table].base))
    arrays = {"keys": found.keys, "starts": found.starts, **found.columns}
    for name, values in arrays.items():
        np.save(folder / f"{wanted.name}.{name}.npy", values, allow_pickle=False)
    for name, text in found.texts.items():
        write_text(folder / f"{wanted.name}.{name}", text)
    for name, words in found.words.items():
        write_text(folder / f"{wanted.name}.{name}.words", Text.of(pa.chunked_array([pa.array(words, pa.string())])))


def _opened(folder: Path, wanted: Wanted) -> Flat:
    def mapped(name: str) -> NDArray[Any]:
        return np.asarray(np.load(folder / f"{wanted.name}.{name}.npy", mmap_mode="r"))

    kinds = {name: kind for name, (_source, kind) in wanted.columns.items()}
    texts = {name: read_text(folder / f"{wanted.name}.{name}") for name, kind in kinds.items() if kind == "text"}
    words = {
        name: tuple(read_text(folder / f"{wanted.name}.{name}.words").all().to_pylist())
        for name, kind in kinds.items()
        if kind == "word"
    }
    columns = {name: mapped(name) for name, kind in kinds.items() if kind != "text"}
    return Flat(mapped("keys"), mapped("starts"), columns, texts, words)
