"""A second copy of what is read by car or customer, laid out for taking few rows from anywhere.

Parquet is decoded page by page, so that the rows of some thousand cars, which lie everywhere, cost as much as
those of all. A shelf has the needed columns of a table's base, sorted by their owner, as plain Arrow that is
mapped into memory: only the touched pages of the file are read. A table without one is scanned.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vernost.facts.mirror import SHELF_SUFFIXES

# The owner's column of each table that is large and read by it at every refresh.
OWNER_OF = {
    "orders": "vehicle_id",
    "visits": "customer_id",
    "vehicle_visits": "vehicle_id",
    "readings": "vehicle_id",
    "lines": "vehicle_id",
}
# By what else the rows of an owner lie in order, where somebody wants them so (`facts.readings`).
WITHIN = {"orders": ("opened_on", "mileage_km")}
_ROWS, _OWNERS = SHELF_SUFFIXES
_BATCH = 122_880
# More texts than these are no words that come again.
_MANY_WORDS = 200_000


def write(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    name: str,
    rows: str,
    owner: str,
    words: Sequence[str],
    order: Sequence[str],
) -> None:
    """Write the rows of a SELECT; its columns `words` are texts that come again and again.

    `order` begins with the owner; empty: the rows come in such an order.
    """
    known = [word for word in words if _keep_words(con, word, rows)]
    as_words = ", ".join(f'"{word}"::words_{word} AS "{word}"' for word in known)
    replaced = f" REPLACE ({as_words})" if known else ""
    columns = ", ".join(f'"{column}"' for column in order)
    owned = f'FROM ({rows}) WHERE "{owner}" IS NOT NULL'
    statement = f"SELECT *{replaced} {owned} {f'ORDER BY {columns}' if order else ''}"
    count = con.sql(f"SELECT count(*) {owned}").fetchall()[0][0]
    layout = {"descr": np.dtype(np.int64).str, "fortran_order": False, "shape": (count,)}
    with (
        con.sql(statement).to_arrow_reader(_BATCH) as reader,
        pa.OSFile(str(folder / f"{name}.{_ROWS}"), "wb") as file,
        pa.ipc.new_file(file, reader.schema) as writer,
        (folder / f"{name}.{_OWNERS}").open("wb") as owners,
    ):
        np.lib.format.write_array_header_1_0(owners, layout)
        for batch in reader:
            writer.write_batch(batch)
            owners.write(batch.column(owner).to_numpy().data)
    for word in known:
        con.execute(f"DROP TYPE words_{word}")


def _keep_words(con: duckdb.DuckDBPyConnection, word: str, rows: str) -> bool:
    """Make a type of a column's texts; tell whether they are few enough."""
    texts = f'SELECT DISTINCT "{word}" AS text FROM ({rows}) WHERE "{word}" IS NOT NULL'  # noqa: S608 - declared names
    found = con.sql(f"{texts} LIMIT {_MANY_WORDS + 1}").to_arrow_table()
    if not 0 < found.num_rows <= _MANY_WORDS:
        return False
    con.register("words", found)
    con.execute(f"CREATE TYPE words_{word} AS ENUM (SELECT text FROM words ORDER BY text)")  # noqa: S608 - declared names
    con.unregister("words")
    return True


def batches(folder: Path, name: str) -> Iterator[pa.RecordBatch]:
    """Give all rows of a shelf in their order; what has been read is not kept in memory, as pages of a map are."""
    with pa.OSFile(str(folder / f"{name}.{_ROWS}")) as file:
        rows = pa.ipc.open_file(file)
        for number in range(rows.num_record_batches):
            yield rows.get_batch(number)


def take(folder: Path, name: str, owners: NDArray[np.int64]) -> pa.Table:
    """Return the rows of some owners, given in ascending order and once each."""
    there = np.load(folder / f"{name}.{_OWNERS}", mmap_mode="r")
    starts, ends = np.searchsorted(there, owners), np.searchsorted(there, owners, side="right")
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    places = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
    with pa.memory_map(str(folder / f"{name}.{_ROWS}")) as file:
        rows = pa.ipc.open_file(file)
        taken = pa.Table.from_batches(_taken(rows, places), rows.schema)
    texts = [pa.field(each.name, pa.string()) if pa.types.is_dictionary(each.type) else each for each in taken.schema]
    return taken.cast(pa.schema(texts))


def _taken(rows: pa.RecordBatchFileReader, places: NDArray[np.int64]) -> Iterator[pa.RecordBatch]:
    first = 0
    for number in range(rows.num_record_batches):
        batch = rows.get_batch(number)
        start, end = np.searchsorted(places, (first, first + len(batch)))
        if start < end:
            yield batch.take(pa.array(places[start:end] - first))
        first += len(batch)
