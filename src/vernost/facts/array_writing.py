"""Writing a version's arrays: whole, or the changed customers' rows put among those of the version before."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vernost.facts import array_kernels, arrays
from vernost.facts import mirror as mirrors
from vernost.facts.array_kernels import NO_CODE, NO_DAY, UNKNOWN
from vernost.facts.arrays import DTYPES, ArrayTable, Column, Standing
from vernost.facts.mirror import Mirror

MEMORY_LIMIT = "1GB"
THREADS = 2
_BATCH = 250_000

_SQL = {
    "day": f"coalesce({{}} - DATE '1970-01-01', {NO_DAY})::INTEGER",
    "int64": "coalesce({}, 0)::BIGINT",
    "int32": "coalesce({}, 0)::INTEGER",
    "flag": f"coalesce(({{}})::TINYINT, {UNKNOWN})::TINYINT",
    "code": f"coalesce({{}}.code, {NO_CODE})::SMALLINT",
}


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the writing of one version needs."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    mirror: Mirror
    customers: NDArray[np.int64]
    codes: dict[str, list[Any]]

    def rows(self, table: ArrayTable, select: str) -> Mapping[str, NDArray[Any]]:
        """Read `customer` and the columns of a table, as its shape orders them."""
        return _columns(self.con, self._ordered(table, select), {"customer": np.int32, **_types(table)})

    def lay(self, table: ArrayTable, select: str) -> NDArray[Any]:
        """Write the table's columns, a batch at a time; return the one that its rows lie by."""
        by = table.by or "customer"
        stored, laid = arrays.stored_columns(table), []
        with ExitStack() as files, self.con.sql(self._ordered(table, select)).to_arrow_reader(_BATCH) as reader:
            written = {
                name: files.enter_context(_growing(self.folder / f"{table.name}.{name}.npy", dtype))
                for name, dtype in stored.items()
            }
            for batch in reader:
                for name, write in written.items():
                    write(batch.column(name).to_numpy())
                laid.append(batch.column(by).to_numpy())
        return _joined(laid, {"customer": np.int32, **_types(table)}[by])

    def _ordered(self, table: ArrayTable, select: str) -> str:
        joins, columns = [], []
        for name, column in table.columns.items():
            source = f'rows."{column.source}"'
            if column.kind == "code":
                joins.append(f"LEFT JOIN codes_{column.domain} AS {name}_codes ON {source} = {name}_codes.value")
                source = f"{name}_codes"
            columns.append(f"{_SQL[column.kind].format(source)} AS {name}")
        by = [f"{table.by}_codes.code"] if table.by else []
        order = ", ".join([*by, *(f'rows."{column}"' for column in ("customer_id", *table.order_by))])
        known = f"AND {by[0]} IS NOT NULL" if by else ""
        return (
            f"SELECT numbers.number AS customer, {', '.join(columns)}"  # noqa: S608 - declared names
            f" FROM ({select}) AS rows JOIN numbers ON numbers.id = rows.customer_id {' '.join(joins)}"
            f" WHERE ({table.where}) {known} ORDER BY {order}"
        )

    def note_codes(self, table: ArrayTable, select: str) -> None:
        """Number the values of a table's coded columns; those that have a number keep it."""
        for column in table.columns.values():
            if column.kind != "code":
                continue
            values = f'SELECT DISTINCT "{column.source}" AS value FROM ({select})'  # noqa: S608 - declared names
            found = self.con.execute(f"SELECT value FROM ({values}) WHERE value IS NOT NULL ORDER BY value").fetchall()  # noqa: S608 - as above
            known = self.codes.setdefault(column.domain, [])
            known += [value for (value,) in found if value not in set(known)]
            self._show_codes(column)

    def _show_codes(self, column: Column) -> None:
        values = self.codes[column.domain]
        kind = pa.int64() if column.source.endswith("_id") else pa.string()
        numbered = pa.table({"value": pa.array(values, kind), "code": pa.array(range(len(values)), pa.int16())})
        self.con.register(f"codes_{column.domain}", numbered)

    def save(self, name: str, values: NDArray[Any]) -> None:
        np.save(self.folder / f"{name}.npy", values, allow_pickle=False)

    def new(self, name: str, dtype: Any, length: int) -> NDArray[Any]:  # noqa: ANN401 - a type of numpy
        """Return an array to be filled in its file."""
        if not length:
            self.save(name, np.zeros(0, dtype))
            return np.zeros(0, dtype)
        return np.lib.format.open_memmap(self.folder / f"{name}.npy", mode="w+", dtype=dtype, shape=(length,))


def write(folder: Path, mirror: Mirror, before: Standing | None) -> dict[str, list[Any]]:
    """Write the files into an empty folder; return the values by code."""
    config: dict[str, Any] = {"threads": THREADS, "memory_limit": MEMORY_LIMIT, "temp_directory": str(folder / "spill")}
    with duckdb.connect(config=config) as con:
        customers = _numbered(con, mirror)
        codes = {} if before is None else {domain: list(values) for domain, values in before.codes.items()}
        desk = _Desk(con, folder, mirror, customers, codes)
        desk.save("customers", customers)
        if before is None:
            for table in arrays.TABLES:
                _whole(desk, table)
        else:
            _follow(desk, before)
        return desk.codes


def _numbered(con: duckdb.DuckDBPyConnection, mirror: Mirror) -> NDArray[np.int64]:
    select = f"SELECT customer_id AS id FROM ({mirror.select('customers')}) ORDER BY id"  # noqa: S608 - a declared name
    customers = _columns(con, select, {"id": np.int64})["id"]
    con.register("numbers", pa.table({"id": customers, "number": np.arange(len(customers), dtype=np.int32)}))
    return customers


def _types(table: ArrayTable) -> dict[str, Any]:
    return {name: DTYPES[column.kind] for name, column in table.columns.items()}


def _columns(con: duckdb.DuckDBPyConnection, statement: str, types: Mapping[str, Any]) -> Mapping[str, NDArray[Any]]:
    """Run a SELECT into arrays, a batch at a time."""
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in types}
    with con.sql(statement).to_arrow_reader(_BATCH) as reader:
        for batch in reader:
            for name in types:
                parts[name].append(batch.column(name).to_numpy())
    return {name: _joined(parts.pop(name), dtype) for name, dtype in types.items()}


def _joined(parts: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:  # noqa: ANN401 - a type of numpy
    return np.concatenate(parts, dtype=dtype) if parts else np.zeros(0, dtype)


@contextmanager
def _growing(path: Path, dtype: Any) -> Iterator[Callable[[NDArray[Any]], None]]:  # noqa: ANN401 - a type of numpy
    """Open an array's file for values that come in pieces; its length is written last."""
    length = 0

    def write(values: NDArray[Any]) -> None:
        nonlocal length
        file.write(np.ascontiguousarray(values, dtype).data)
        length += len(values)

    def write_header() -> None:
        described = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": (length,)}
        np.lib.format.write_array_header_1_0(file, described)

    with path.open("wb") as file:
        # numpy leaves room in it for any length.
        write_header()
        yield write
        file.seek(0)
        write_header()


def _whole(desk: _Desk, table: ArrayTable) -> None:
    select = desk.mirror.select(table.source)
    desk.note_codes(table, select)
    laid_by = desk.lay(table, select)
    if table.shape != "customer":
        desk.save(f"{table.name}.starts", _starts(desk, table, laid_by))


def _starts(desk: _Desk, table: ArrayTable, laid_by: NDArray[Any]) -> NDArray[np.int64]:
    """Return where the rows of each customer (or code) begin."""
    count = len(desk.codes[table.columns[table.by].domain]) if table.by else len(desk.customers)
    return array_kernels.starts_of(laid_by, count)


@dataclass(frozen=True, slots=True)
class _Renumbering:
    """`before_of`: the number of before for each customer of now; `now_of` the other way; -1: none."""

    before_of: NDArray[np.int64]
    now_of: NDArray[np.int32]
    same: bool

    def without(self, customers: NDArray[np.int64]) -> "_Renumbering":
        """Return it with these customers of now as new ones."""
        before_of, now_of = self.before_of.copy(), self.now_of.copy()
        known = before_of[customers]
        now_of[known[known >= 0]] = -1
        before_of[customers] = -1
        return _Renumbering(before_of, now_of, self.same)


def _renumbering(before: NDArray[np.int64], now: NDArray[np.int64]) -> _Renumbering:
    numbers = arrays.Arrays("", before, {}, {}).numbers(now)
    now_of = arrays.Arrays("", now, {}, {}).numbers(before).astype(np.int32)
    return _Renumbering(numbers, now_of, len(before) == len(now) and bool(np.array_equal(before, now)))


def _follow(desk: _Desk, before: Standing) -> None:
    """Write the arrays from those of before: linked, spliced or, where much has changed, anew."""
    renumbered = _renumbering(arrays.load(before.folder, "customers"), desk.customers)
    changed = [table for table in arrays.TABLES if not renumbered.same or not _is_unchanged(desk, table, before)]
    spliced = [table for table in changed if table.spliced and _same_base(desk, table, before)]
    if spliced:
        desk.con.execute(f"CREATE TEMP TABLE touched AS {_touched(spliced, before, desk.mirror)}")
        numbers = "SELECT number FROM numbers JOIN touched ON id = customer_id"
        touched = _columns(desk.con, numbers, {"number": np.int64})["number"]
        renumbered = renumbered.without(touched)
    for table in arrays.TABLES:
        if table not in changed:
            _link(desk, table, before)
        elif table in spliced:
            _splice(desk, table, before, renumbered)
        else:
            _whole(desk, table)


def _is_unchanged(desk: _Desk, table: ArrayTable, before: Standing) -> bool:
    old, new = before.sources[table.source], desk.mirror.tables[table.source]
    changes = ((old.gone, new.gone), (old.delta, new.delta))
    same = (_same(before.folder, one, desk.mirror.folder, other) for one, other in changes)
    return _same_base(desk, table, before) and all(same)


def _same_base(desk: _Desk, table: ArrayTable, before: Standing) -> bool:
    return _same(
        before.folder, before.sources[table.source].base, desk.mirror.folder, desk.mirror.tables[table.source].base
    )


def _same(folder: Path, name: str | None, other_folder: Path, other: str | None) -> bool:
    """Tell whether a file of two versions is one: what did not change is a hard link."""
    if name is None or other is None:
        return name is other
    try:
        return (folder / name).samefile(other_folder / other)
    except FileNotFoundError:
        return False


def _link(desk: _Desk, table: ArrayTable, before: Standing) -> None:
    names = ["starts"] if table.shape != "customer" else []
    for name in (*names, *arrays.stored_columns(table)):
        file = f"{table.name}.{name}.npy"
        os.link(before.folder / arrays.FOLDER / file, desk.folder / file)


def _splice(desk: _Desk, table: ArrayTable, before: Standing, renumbered: _Renumbering) -> None:
    """Read the changed customers again and put them among the others' rows of before."""
    desk.con.execute(f"CREATE TEMP TABLE fresh_{table.name} AS {_fresh(table, desk.mirror)}")
    select = f"SELECT * FROM fresh_{table.name}"  # noqa: S608 - a declared name
    desk.note_codes(table, select)
    fresh = desk.rows(table, select)
    # A whole day's customers are half a gigabyte, not to be held beside what follows.
    desk.con.execute(f"DROP TABLE fresh_{table.name}")
    fresh_starts = _starts(desk, table, fresh[table.by or "customer"])
    old_starts = arrays.load(before.folder, f"{table.name}.starts")
    if table.by:
        customers = arrays.load(before.folder, f"{table.name}.customer")
        runs, starts = array_kernels.runs_of_postings(
            old_starts, customers, renumbered.now_of, fresh_starts, fresh["customer"]
        )
    else:
        runs, starts = array_kernels.runs_of_rows(old_starts, renumbered.before_of, fresh_starts)
    desk.save(f"{table.name}.starts", starts)

    def put(column: tuple[str, Any]) -> None:
        name, dtype = column
        # Mapped here, so that its pages are let go with it.
        old = arrays.load(before.folder, f"{table.name}.{name}")
        into = desk.new(f"{table.name}.{name}", dtype, int(starts[-1]))
        if name == "customer":
            array_kernels.copy_numbers(runs, old, renumbered.now_of, fresh[name], into)
        else:
            array_kernels.copy(runs, old, fresh[name], into)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(put, arrays.stored_columns(table).items()))


def _needed(table: ArrayTable, mirror: Mirror) -> str:
    key = mirror.tables[table.source].key
    names = (key, "customer_id", *(column.source for column in table.columns.values()), *table.order_by)
    return ", ".join(f'"{name}"' for name in dict.fromkeys(names))


def _fresh(table: ArrayTable, mirror: Mirror) -> str:
    """SELECT of the touched customers' rows. They are few, so they are found before what is gone is left out."""
    stored, columns = mirror.tables[table.source], _needed(table, mirror)
    base, delta = (_file(mirror.folder, name, columns, stored.base) for name in (stored.base, stored.delta))
    gone = _file(mirror.folder, stored.gone, stored.key, stored.base)
    return f"""
        WITH standing AS MATERIALIZED (FROM ({base}) SEMI JOIN touched USING (customer_id))
        FROM standing ANTI JOIN ({gone}) AS gone USING ({stored.key})
        UNION ALL FROM ({delta}) SEMI JOIN touched USING (customer_id)
    """


def _touched(tables: list[ArrayTable], before: Standing, mirror: Mirror) -> str:
    """SELECT of the customers whose rows of these tables, which have one key, differ between two versions.

    An order's lines have its customer: the first table of a changed table's group tells them all.
    """
    selects = [_changed_keys(table, before, mirror) for table in tables]
    first = tables[0].source
    stored = mirror.tables[first]
    owners = [_file(mirror.folder, stored.base, f"{stored.key}, customer_id", stored.base)]
    for table in tables:
        old, new = before.sources[table.source], mirror.tables[table.source]
        columns = f"{new.key}, customer_id"
        owners.append(_file(before.folder, old.delta, columns, new.base, mirror.folder))
        owners.append(_file(mirror.folder, new.delta, columns, new.base))
    return f"""
        SELECT DISTINCT customer_id FROM ({" UNION ALL ".join(owners)})
          SEMI JOIN ({" UNION ".join(selects)}) AS changed USING ({stored.key}) WHERE customer_id IS NOT NULL
    """  # noqa: S608 - declared names


def _changed_keys(table: ArrayTable, before: Standing, mirror: Mirror) -> str:
    """SELECT of the keys whose rows differ between two versions of one base."""
    old, new = before.sources[table.source], mirror.tables[table.source]
    columns = _needed(table, mirror)
    was, now = (
        _file(before.folder, old.delta, columns, new.base, mirror.folder),
        _file(mirror.folder, new.delta, columns, new.base),
    )
    gone = _file(before.folder, old.gone, new.key, new.base, mirror.folder)
    return f"""
        ({_file(mirror.folder, new.gone, new.key, new.base)} EXCEPT {gone})
        UNION SELECT {new.key} FROM ({was} EXCEPT {now}) UNION SELECT {new.key} FROM ({now} EXCEPT {was})
    """  # noqa: S608 - declared names


def _file(folder: Path, name: str | None, columns: str, base: str, folder_of_base: Path | None = None) -> str:
    """SELECT of a file's columns; of none of the base's rows where a version has no such file."""
    if name is None:
        empty = mirrors.file_rows((folder_of_base or folder) / base)
        return f"SELECT {columns} FROM ({empty}) WHERE false"  # noqa: S608 - declared names
    return f"SELECT {columns} FROM ({mirrors.file_rows(folder / name)})"  # noqa: S608 - as above
