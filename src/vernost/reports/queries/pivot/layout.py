"""The star as arrays that the kernels walk: orders customer by customer, the works of each beside them.

A work is all lines of an order that no dimension of lines tells apart: what a pivot counts of lines adds up, so one row
says it. What a dimension's column holds is a code of its dictionary. Everything lies in files that are mapped into
memory, or, for a handful of orders, in memory itself.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table
from numpy.typing import NDArray

from vernost.core.fact_table import Tables
from vernost.reports.rules.pivot import star
from vernost.reports.rules.pivot.dimensions import DIMENSIONS, Key

_OF_THE_STAR = [dimension for dimension in DIMENSIONS.values() if not dimension.of_people]
ORDER_DIMENSIONS = tuple(dict.fromkeys(dimension.column for dimension in _OF_THE_STAR if not dimension.of_lines))
LINE_DIMENSIONS = tuple(dict.fromkeys(dimension.column for dimension in _OF_THE_STAR if dimension.of_lines))
VALUES = ("revenue", "margin", "labour_hundredths")
# What an order has by itself; its hours are those of its lines.
_OF_ORDERS = VALUES[:2]
_ORDER_BY = ("customer_id", "visit_id", "order_id")
_MOST_CODES = 2**16
_ROWS_AT_ONCE = 500_000
_DICTIONARIES = "dictionaries.json"

Dictionaries = Mapping[str, list[Key]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Arrays over n orders and m works, with the ids that dense numbers stand for.

    `customer_ids` and `vehicle_ids` are sorted; the number after the last one stands for nobody. Cars are
    numbered as they first appear: `vehicle_numbers` has the number of each of `vehicle_ids`. `only_car` has the number
    of the car that a customer's orders are all of, where nobody else brings it, else -1; `by_vehicle` are the
    places of the orders of the other cars, car by car. `work_dims[d, work]` is the code in column d of a work's own.
    """

    dictionaries: Dictionaries
    order_ids: NDArray[np.int64]
    customer_ids: NDArray[np.int64]
    vehicle_ids: NDArray[np.int64]
    vehicle_numbers: NDArray[np.int32]
    customer: NDArray[np.int32]
    vehicle: NDArray[np.int32]
    visit: NDArray[np.int32]
    only_car: NDArray[np.int32]
    by_vehicle: NDArray[np.int32]
    dims: NDArray[np.uint16]
    values: NDArray[np.int64]
    starts: NDArray[np.int64]
    work: NDArray[np.uint16]
    work_dims: NDArray[np.uint16]
    work_values: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.order_ids)


_ARRAYS = tuple(name for name in Layout.__slots__ if name != "dictionaries")


class _Room:
    """Where arrays lie while they are written: files of a folder, or memory."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def array(self, name: str, shape: tuple[int, ...], kind: Any) -> NDArray[Any]:  # noqa: ANN401 - a type of numpy
        if self.folder is None or 0 in shape:
            made = np.zeros(shape, kind)
            if self.folder is not None:
                np.save(self.folder / f"{name}.npy", made)
            return made
        return np.lib.format.open_memmap(self.folder / f"{name}.npy", "w+", dtype=kind, shape=shape)


def open_layout(folder: Path) -> Layout:
    """Map what `write` has written, read-only."""
    stored = json.loads((folder / _DICTIONARIES).read_text(encoding="utf-8"))
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
    return Layout(dictionaries={name: _keys(name, keys) for name, keys in stored.items()}, **arrays)


def _keys(column: str, keys: list[Any]) -> list[Key]:
    return [None if key is None else date.fromisoformat(key) for key in keys] if column == "on" else keys


def lay_out(con: Backend, tables: Tables, folder: Path | None = None) -> Layout:
    """Write the star of some tables into a folder (or memory). The orders of `lines` are those of `visits`."""
    room = _Room(folder)
    with _sorted(con, star.described(tables), "pivot_orders", folder):
        layout = _written(con, tables, room)
    if folder is not None:
        dictionaries = {
            name: [key.isoformat() if isinstance(key, date) else key for key in keys]
            for name, keys in layout.dictionaries.items()
        }
        (folder / _DICTIONARIES).write_text(json.dumps(dictionaries, ensure_ascii=False), encoding="utf-8")
    return layout


@contextmanager
def _sorted(con: Backend, rows: Table, name: str, folder: Path | None) -> Iterator[None]:
    """Show the rows of a star in the order of the arrays: from a file, where there are many, else from memory."""
    select = con.compile(rows.order_by([rows[column].asc(nulls_first=False) for column in _ORDER_BY]))
    if folder is None:
        con.con.execute(f"CREATE TEMP TABLE {name} AS {select}")
        yield
        con.con.execute(f"DROP TABLE {name}")
        return
    file = folder / f"{name}.parquet"
    quoted = str(file).replace("'", "''")
    con.con.execute(f"COPY ({select}) TO '{quoted}' (FORMAT parquet, COMPRESSION lz4)")
    con.con.execute(f"CREATE TEMP VIEW {name} AS FROM read_parquet('{quoted}')")
    yield
    con.con.execute(f"DROP VIEW {name}")
    file.unlink()


def _written(con: Backend, tables: Tables, room: _Room) -> Layout:
    # A temporary table keeps its rows in the order they were written in.
    count = _one(con, "SELECT count(*) FROM pivot_orders")
    dictionaries = {name: _distinct(con, "pivot_orders", name) for name in ORDER_DIMENSIONS}
    ids = {name: _ids(con, name) for name in ("customer_id", "vehicle_id")}
    arrays: dict[str, NDArray[Any]] = {
        "order_ids": room.array("order_ids", (count,), np.int64),
        "customer": room.array("customer", (count,), np.int32),
        "vehicle": room.array("vehicle", (count,), np.int32),
        "visit": room.array("visit", (count,), np.int32),
        "dims": room.array("dims", (len(ORDER_DIMENSIONS), count), np.uint16),
        "values": room.array("values", (len(VALUES), count), np.int64),
    }
    visits = np.empty(count, np.int64)
    at = 0
    for batch in _batches(con, "SELECT * FROM pivot_orders"):
        upto = at + len(batch)
        arrays["order_ids"][at:upto] = _plain(batch["order_id"])
        arrays["customer"][at:upto] = _numbers(batch["customer_id"], ids["customer_id"])
        arrays["vehicle"][at:upto] = _numbers(batch["vehicle_id"], ids["vehicle_id"])
        visits[at:upto] = _plain(batch["visit_id"])
        for number, name in enumerate(ORDER_DIMENSIONS):
            arrays["dims"][number, at:upto] = _codes(batch[name], dictionaries[name])
        for number, name in enumerate(_OF_ORDERS):
            arrays["values"][number, at:upto] = _plain(batch[name])
        at = upto
    arrays["visit"][:] = _changes(arrays["customer"], visits)
    numbers, by_vehicle = _in_order_of_appearance(arrays["vehicle"], len(ids["vehicle_id"]))
    only_car, apart = _only_cars(arrays["customer"], arrays["vehicle"], by_vehicle, len(ids["customer_id"]))
    arrays["only_car"] = _kept(room, "only_car", only_car)
    arrays["by_vehicle"] = _kept(room, "by_vehicle", by_vehicle[apart].astype(np.int32))
    arrays["vehicle_numbers"] = _kept(room, "vehicle_numbers", numbers)
    arrays["customer_ids"] = _kept(room, "customer_ids", ids["customer_id"])
    arrays["vehicle_ids"] = _kept(room, "vehicle_ids", ids["vehicle_id"])
    dictionaries |= _write_works(con, tables, room, arrays)
    for array in arrays.values():
        # The kernels are compiled for arrays that nobody changes, as mapped ones are.
        array.flags.writeable = False
    return Layout(dictionaries=dictionaries, **arrays)


def _write_works(con: Backend, tables: Tables, room: _Room, arrays: dict[str, NDArray[Any]]) -> Dictionaries:
    """Lay the works beside their orders, as `star.lines` has them: what it says by joins is said here by places."""
    lines, dictionaries = _read_lines(con, tables, arrays["order_ids"])
    place, values, count = lines["place"], lines["values"], len(arrays["order_ids"])
    of_order = np.bincount(place, minlength=count)
    revenue, margin, labour = (_summed(place, row, count) for row in values)
    beyond = arrays["values"][0] - revenue, arrays["values"][1] - margin
    arrays["values"][2] = labour
    rounded = (beyond[0] == 0) & (np.abs(beyond[1]) <= star.ROUNDING * of_order) & (of_order > 0)
    first = np.full(count, np.iinfo(np.int32).max, np.int32)
    np.minimum.at(first, place, lines["line_no"])
    firsts = np.flatnonzero((lines["line_no"] == first[place]) & rounded[place])
    values[1, firsts] += beyond[1][place[firsts]]
    # What an order has beyond its lines is a work of no category and no kind, which are the last codes.
    apart = np.flatnonzero(~rounded)
    sizes = [len(dictionaries[column]) for column in LINE_DIMENSIONS]
    code = np.full(len(place) + len(apart), prod(sizes) - 1, np.int64)
    code[: len(place)] = np.ravel_multi_index(tuple(lines.pop("dims").astype(np.int64)), sizes)
    known, code = _coded(code, prod(sizes))
    added = [*(row[apart] for row in beyond), np.zeros(len(apart), np.int64)]
    keys = np.append(place, apart).astype(np.int64) * len(known) + code
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    keys = keys[begins]
    arrays["starts"] = _kept(room, "starts", np.searchsorted(keys, np.arange(count + 1) * len(known)))
    arrays["work"] = _kept(room, "work", (keys % max(1, len(known))).astype(np.uint16))
    arrays["work_dims"] = _kept(room, "work_dims", np.array(np.unravel_index(known, sizes), np.uint16))
    arrays["work_values"] = room.array("work_values", (len(VALUES), len(keys)), np.int64)
    for number, row in enumerate(values):
        whole = np.append(row, added[number])[order]
        arrays["work_values"][number] = np.add.reduceat(whole, begins) if len(begins) else whole
    return dictionaries


def _coded(codes: NDArray[np.int64], most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the codes that occur, and the place of each among them."""
    known = np.flatnonzero(np.bincount(codes, minlength=most))
    assert len(known) <= _MOST_CODES, "works"  # noqa: S101 - codes have 16 bits
    places = np.zeros(most, np.int64)
    places[known] = np.arange(len(known))
    return known, places[codes]


def _read_lines(
    con: Backend, tables: Tables, order_ids: NDArray[np.int64]
) -> tuple[dict[str, NDArray[Any]], Dictionaries]:
    """Return the lines as they come: the place of their order, their number in it, codes and values; none is last."""
    columns = ("order_id", "line_no", *LINE_DIMENSIONS, *VALUES)
    select = con.compile(star.line_money(tables).select(*columns))
    count = _one(con, f"SELECT count(*) FROM ({select})")  # noqa: S608 - made by us
    dictionaries: dict[str, list[Key]] = {}
    for name in LINE_DIMENSIONS:
        known = _distinct(con, f"({select})", name)
        dictionaries[name] = [*(key for key in known if key is not None), None]
    found: dict[str, NDArray[Any]] = {
        "place": np.empty(count, np.int32),
        "line_no": np.empty(count, np.int32),
        "dims": np.empty((len(LINE_DIMENSIONS), count), np.uint16),
        "values": np.empty((len(VALUES), count), np.int64),
    }
    by_id = np.argsort(order_ids, kind="stable")
    sorted_ids = order_ids[by_id]
    at = 0
    for batch in _batches(con, select):
        upto = at + len(batch)
        found["place"][at:upto] = by_id[np.searchsorted(sorted_ids, _plain(batch["order_id"]))]
        found["line_no"][at:upto] = _plain(batch["line_no"])
        for number, name in enumerate(LINE_DIMENSIONS):
            found["dims"][number, at:upto] = _codes(batch[name], dictionaries[name])
        for number, name in enumerate(VALUES):
            found["values"][number, at:upto] = _plain(batch[name])
        at = upto
    return found, dictionaries


def _summed(place: NDArray[np.int32], values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    # Kopecks of an order are exact as a number of 53 bits.
    return np.rint(np.bincount(place, weights=values, minlength=count)).astype(np.int64)


def _kept(room: _Room, name: str, values: NDArray[Any]) -> NDArray[Any]:
    array = room.array(name, values.shape, values.dtype)
    array[:] = values
    return array


def _one(con: Backend, statement: str) -> int:
    return int(con.con.execute(statement).fetchall()[0][0])


def _batches(con: Backend, statement: str) -> Iterator[pa.RecordBatch]:
    yield from con.con.sql(statement).to_arrow_reader(_ROWS_AT_ONCE)


def _distinct(con: Backend, table: str, column: str) -> list[Key]:
    found = con.con.execute(f'SELECT DISTINCT "{column}" FROM {table} ORDER BY 1 NULLS LAST').fetchall()  # noqa: S608 - names of ours
    keys = [row[0] for row in found]
    assert len(keys) <= _MOST_CODES, column  # noqa: S101 - codes have 16 bits
    return keys


def _ids(con: Backend, column: str) -> NDArray[np.int64]:
    select = f"SELECT DISTINCT {column} FROM pivot_orders WHERE {column} IS NOT NULL ORDER BY 1"  # noqa: S608 - as above
    found: NDArray[np.int64] = con.con.execute(select).fetchnumpy()[column].astype(np.int64)
    return np.asarray(found)


def _plain(column: pa.Array) -> NDArray[np.int64]:
    assert not column.null_count  # noqa: S101 - keys and money of the star are always there
    values: NDArray[np.int64] = column.to_numpy(zero_copy_only=False)
    return values


def _numbers(column: pa.Array, ids: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the dense number of each id; that of nobody where there is none."""
    known = column.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where(known < 0, len(ids), np.searchsorted(ids, known)).astype(np.int32)


def _codes(column: pa.Array, keys: list[Key]) -> NDArray[np.uint16]:
    found = pc.index_in(column, value_set=pa.array(keys, type=column.type))
    return np.asarray(found.to_numpy(zero_copy_only=False)).astype(np.uint16)


def _changes(*columns: NDArray[Any]) -> NDArray[np.int32]:
    """Number the runs of equal values."""
    if not len(columns[0]):
        return np.zeros(0, np.int32)
    differs = np.zeros(len(columns[0]), bool)
    for column in columns:
        differs[1:] |= column[1:] != column[:-1]
    return np.cumsum(differs, dtype=np.int32)


def _in_order_of_appearance(vehicle: NDArray[np.int32], count: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number cars as they appear, in place; return the number of each, and the orders' places car by car.

    Neighbours of such a list lie near each other among the orders, so that walking it stays in the caches.
    """
    first = np.full(count + 1, len(vehicle), np.int64)
    np.minimum.at(first, vehicle, np.arange(len(vehicle)))
    numbers = np.empty(count + 1, np.int32)
    numbers[np.argsort(first[:count], kind="stable")] = np.arange(count, dtype=np.int32)
    numbers[count] = count
    vehicle[:] = numbers[vehicle]
    by_vehicle = np.argsort(vehicle, kind="stable")
    return numbers[:count], by_vehicle[: np.searchsorted(vehicle[by_vehicle], count)]


def _only_cars(
    customer: NDArray[np.int32], vehicle: NDArray[np.int32], by_vehicle: NDArray[np.int64], customers: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the `only_car` of customers, and of orders car by car whether theirs is of no such customer."""
    brought_by = _same_in_runs(vehicle[by_vehicle], customer[by_vehicle])
    of_customer = _same_in_runs(customer, vehicle)
    only_car = np.full(customers + 1, -1, np.int32)
    only_car[customer] = of_customer
    only_car[customers] = -1
    alone = np.zeros(len(vehicle), bool)
    alone[by_vehicle] = (brought_by >= 0) & (only_car[customer[by_vehicle]] >= 0)
    only_car[customer[~alone]] = -1
    return only_car, ~alone[by_vehicle]


def _same_in_runs(owner: NDArray[np.int32], value: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return for each place the value that all places of its owner's run have; -1: there are several."""
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    if not len(begins):
        return value
    lengths = np.diff(begins, append=len(owner))
    least, most = (np.repeat(each.reduceat(value, begins), lengths) for each in (np.minimum, np.maximum))
    return np.where(least == most, value, np.int32(-1))
