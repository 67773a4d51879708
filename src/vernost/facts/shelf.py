"""A second copy of what is read by car or customer, laid out for taking few rows from anywhere.

Parquet is decoded page by page, so that the rows of some thousand cars, which lie everywhere, cost as much as
those of all. A shelf has the needed columns of a table's base, sorted by their owner, as records of one width: an
owner's rows lie on a page or two, and only these are read. A table without one is scanned.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, Literal

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
    "vehicles": "vehicle_id",
    "readings": "vehicle_id",
    "lines": "vehicle_id",
}
# By what else the rows of an owner lie in order, where somebody wants them so (`facts.readings`).
WITHIN = {"orders": ("opened_on", "mileage_km")}
_ROWS, _TEXT, _WORDS, _OWNERS = SHELF_SUFFIXES
_BATCH = 122_880
# More texts than these are no words that come again.
_MANY_WORDS = 200_000

Kind = Literal["int64", "int32", "date", "boolean", "word", "text"]
# A text is where it begins and how long it is, a word its number.
_RECORDED: Final[Mapping[Kind, Any]] = {
    "int64": np.int64,
    "int32": np.int32,
    "date": np.int32,
    "boolean": np.int8,
    "word": np.int32,
    "text": np.dtype([("start", np.int64), ("length", np.int32)]),
}
Rows = NDArray[Any]
Places = NDArray[np.int64]
Cut = Callable[[Places, Places], bytes]
"""Returns the bytes of texts from so many places to so many."""


@dataclass(frozen=True, slots=True)
class _Layout:
    kinds: Mapping[str, Kind]
    words: Mapping[str, pa.Array]

    @property
    def record(self) -> np.dtype[Any]:
        return np.dtype([(name, _RECORDED[kind]) for name, kind in self.kinds.items()])


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
    known = {word: texts for word in words if (texts := _keep_words(con, word, rows)) is not None}
    as_words = ", ".join(f'"{word}"::words_{word} AS "{word}"' for word in known)
    replaced = f" REPLACE ({as_words})" if known else ""
    columns = ", ".join(f'"{column}"' for column in order)
    owned = f'SELECT *{replaced} FROM ({rows}) WHERE "{owner}" IS NOT NULL'  # noqa: S608 - declared names
    statement = f"{owned} ORDER BY {columns}" if order else owned
    runs = _Runs()
    with (
        con.sql(statement).to_arrow_reader(_BATCH) as reader,
        (folder / f"{name}.{_ROWS}").open("wb") as file,
        (folder / f"{name}.{_TEXT}").open("wb") as text,
    ):
        layout = _Layout({field.name: _kind(field.type) for field in reader.schema}, known)
        for batch in reader:
            file.write(_recorded(layout, batch, text).data)
            runs.add(batch.column(owner).to_numpy())
    (folder / f"{name}.{_OWNERS}").write_bytes(runs.all().data)
    _write_layout(folder / f"{name}.{_WORDS}", layout)
    for word in known:
        con.execute(f"DROP TYPE words_{word}")


def _keep_words(con: duckdb.DuckDBPyConnection, word: str, rows: str) -> pa.Array | None:
    """Make a type of a column's texts and return them; None where they are not few."""
    texts = f'SELECT DISTINCT "{word}" AS text FROM ({rows}) WHERE "{word}" IS NOT NULL'  # noqa: S608 - declared names
    found = con.sql(f"FROM ({texts} LIMIT {_MANY_WORDS + 1}) ORDER BY text").to_arrow_table()
    if not 0 < found.num_rows <= _MANY_WORDS:
        return None
    con.register("words", found)
    con.execute(f"CREATE TYPE words_{word} AS ENUM (SELECT text FROM words)")  # noqa: S608 - declared names
    con.unregister("words")
    return found["text"].combine_chunks()


class _Runs:
    """Where the rows of each owner begin."""

    def __init__(self) -> None:
        self._owners: list[Places] = []
        self._starts: list[Places] = []
        self._last, self._count = None, 0

    def add(self, owners: Places) -> None:
        new = np.ones(len(owners), np.bool_)
        new[1:] = owners[1:] != owners[:-1]
        new[:1] = self._last is None or owners[:1] != self._last
        self._owners.append(owners[new])
        self._starts.append(np.flatnonzero(new) + self._count)
        self._last, self._count = owners[-1] if len(owners) else self._last, self._count + len(owners)

    def all(self) -> Places:
        """Return the owners, where their rows begin, and the end."""
        return np.concatenate([*self._owners, *self._starts, np.array([self._count])], dtype=np.int64)


def _kind(type_: pa.DataType) -> Kind:
    if pa.types.is_dictionary(type_):
        return "word"
    kinds: Mapping[pa.DataType, Kind] = {
        pa.int64(): "int64",
        pa.int32(): "int32",
        pa.date32(): "date",
        pa.bool_(): "boolean",
        pa.string(): "text",
    }
    return kinds[type_]


def _nothing(kind: Kind) -> int:
    """Return what is recorded where there is no value."""
    return -1 if kind in {"boolean", "word"} else int(np.iinfo(_RECORDED[kind]).min)


def _recorded(layout: _Layout, batch: pa.RecordBatch, text: IO[bytes]) -> Rows:
    """Return a batch as records; its texts are written."""
    records = np.empty(len(batch), layout.record)
    for name, kind in layout.kinds.items():
        values = batch.column(name)
        if kind == "text":
            _record_texts(values, records[name], text)
            continue
        if kind == "word":
            values = values.indices.cast(pa.int32())
        elif kind == "date":
            values = values.cast(pa.int32())
        elif kind == "boolean":
            values = values.cast(pa.int8())
        records[name] = (values.fill_null(_nothing(kind)) if values.null_count else values).to_numpy()
    return records


def _record_texts(values: pa.StringArray, into: Rows, text: IO[bytes]) -> None:
    offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    into["start"] = offsets[:-1] + (text.tell() - int(offsets[0]))
    into["length"] = np.diff(offsets)
    if values.null_count:
        into["length"][values.is_null().to_numpy(zero_copy_only=False)] = -1
    content = values.buffers()[2]
    if content is not None:
        text.write(memoryview(content)[int(offsets[0]) : int(offsets[-1])])


def _write_layout(path: Path, layout: _Layout) -> None:
    told = {"columns": json.dumps(dict(layout.kinds))}
    column = pa.array(np.repeat(np.arange(len(layout.words)), [len(one) for one in layout.words.values()]))
    words = pa.concat_arrays([pa.array([], pa.string()), *layout.words.values()])
    table = pa.table({"column": column, "word": words}).replace_schema_metadata(
        {**told, "words": json.dumps(list(layout.words))}
    )
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _layout(path: Path) -> _Layout:
    with pa.OSFile(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    told = {key.decode(): json.loads(value) for key, value in table.schema.metadata.items()}
    column = table["column"].to_numpy()
    starts = np.searchsorted(column, np.arange(len(told["words"]) + 1)).tolist()
    words = table["word"].combine_chunks()
    cut = zip(told["words"], starts, starts[1:], strict=False)
    return _Layout(told["columns"], {name: words[first:last] for name, first, last in cut})


def batches(folder: Path, name: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Give all rows of a shelf in their order; what has been read is not kept in memory, as pages of a map are."""
    layout = _layout(folder / f"{name}.{_WORDS}")
    texts = [column for column in columns if layout.kinds[column] == "text"]
    with (folder / f"{name}.{_ROWS}").open("rb") as file, (folder / f"{name}.{_TEXT}").open("rb") as text:
        while len(records := np.fromfile(file, layout.record, _BATCH)):
            begin = min((int(records[column]["start"].min()) for column in texts), default=0)
            end = max(
                (int((records[column]["start"] + records[column]["length"]).max()) for column in texts), default=0
            )
            cut = partial(_cut, os.pread(text.fileno(), max(end - begin, 0), begin), begin)
            yield from _table(layout, records, cut, columns).to_batches()


def _cut(content: bytes, begin: int, starts: Places, ends: Places) -> bytes:
    pairs = zip((starts - begin).tolist(), (ends - begin).tolist(), strict=True)
    return b"".join([content[start:end] for start, end in pairs])


def take(folder: Path, name: str, owners: Places) -> pa.Table:
    """Return the rows of some owners, given in ascending order and once each."""
    both = _mapped(folder / f"{name}.{_OWNERS}", np.int64)
    there, starts = both[: len(both) // 2], both[len(both) // 2 :]
    found = np.searchsorted(there, owners)
    found = found[there[np.minimum(found, len(there) - 1)] == owners] if len(there) else found[:0]
    layout = _layout(folder / f"{name}.{_WORDS}")
    width = layout.record.itemsize
    with (folder / f"{name}.{_ROWS}").open("rb") as file, (folder / f"{name}.{_TEXT}").open("rb") as text:
        rows = _slices(file, starts[found] * width, starts[found + 1] * width)
        cut = partial(_slices, text)
        return _table(layout, np.frombuffer(rows, layout.record), cut, list(layout.kinds))


def _slices(file: BinaryIO, starts: Places, ends: Places) -> bytes:
    """Return what lies between many places of a file: a third of what their pages cost in a map."""
    read, handle = os.pread, file.fileno()
    # Nothing else of it is read ahead, and these not one after the other: a disk gives many at once.
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_RANDOM)
    places = list(zip(starts.tolist(), ends.tolist(), strict=True))
    for start, end in places:
        os.posix_fadvise(handle, start, end - start, os.POSIX_FADV_WILLNEED)
    return b"".join([read(handle, end - start, start) for start, end in places])


def _mapped(path: Path, dtype: Any) -> NDArray[Any]:  # noqa: ANN401 - a type of numpy
    # Nothing of no length can be mapped.
    return np.asarray(np.memmap(path, dtype, "r")) if path.stat().st_size else np.zeros(0, dtype)


def _table(layout: _Layout, records: Rows, cut: Cut, columns: Sequence[str]) -> pa.Table:
    return pa.table({name: _column(layout, name, records[name], cut) for name in columns})


def _column(layout: _Layout, name: str, recorded: Rows, cut: Cut) -> pa.Array:
    kind = layout.kinds[name]
    if kind == "text":
        return _texts(recorded, cut)
    values = np.ascontiguousarray(recorded)
    missing = values == _nothing(kind)
    array = pa.array(values, mask=missing if missing.any() else None)
    match kind:
        case "word":
            return layout.words[name].take(array)
        case "date":
            return array.cast(pa.date32())
        case "boolean":
            return array.cast(pa.bool_())
    return array


def _texts(recorded: Rows, cut: Cut) -> pa.StringArray:
    missing = recorded["length"] < 0
    lengths = np.where(missing, 0, recorded["length"])
    offsets = np.zeros(len(recorded) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    # Texts of one owner mostly lie one after the other.
    starts = np.ascontiguousarray(recorded["start"])
    ends = starts + lengths
    first = np.ones(len(starts), np.bool_)
    first[1:] = starts[1:] != ends[:-1]
    last = np.roll(first, -1)
    content = cut(starts[first], ends[last])
    bits = pa.array(~missing).buffers()[1] if missing.any() else None
    return pa.StringArray.from_buffers(len(recorded), pa.py_buffer(offsets), pa.py_buffer(content), bits)
