"""Columns of texts and of words for `facts.flat`: texts are taken by row, words are numbered."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Text:
    """Texts of rows: those of `base`, then those of `more`; `rows` (None: all) are the places of the rows in both."""

    base: pa.LargeStringArray
    more: pa.LargeStringArray | None = None
    rows: Rows | None = None

    @staticmethod
    def of(chunks: pa.ChunkedArray) -> "Text":
        return Text(chunks.cast(pa.large_string()).combine_chunks())

    def then(self, more: "Text", rows: Rows) -> "Text":
        """Return the texts of `rows`, which are places in this one and, after its end, in `more`."""
        if self.rows is None:
            return Text(self.base, more.all(), rows)
        # Laid over a second time.
        assert self.more is not None  # noqa: S101 - rows are named when some are added
        behind = len(self.base) + len(self.more)
        places = np.concatenate((self.rows, behind + np.arange(len(more.all()))))
        return Text(self.base, pa.concat_arrays([self.more, more.all()]), places[rows])

    def all(self) -> pa.LargeStringArray:
        return self.take(np.arange(len(self.base) if self.rows is None else len(self.rows)))

    def take(self, rows: NDArray[Any]) -> pa.LargeStringArray:
        """Return the texts of some rows in their order."""
        places = rows if self.rows is None else self.rows[rows]
        if self.more is None or not len(places) or int(places.max()) < len(self.base):
            return self.base.take(pa.array(places))
        late = places >= len(self.base)
        early = self.base.take(pa.array(places[~late]))
        both = pa.concat_arrays([early, self.more.take(pa.array(places[late] - len(self.base)))])
        order = np.empty(len(places), np.int64)
        order[~late] = np.arange(len(early))
        order[late] = np.arange(len(early), len(places))
        return both.take(pa.array(order))


def write_text(stem: Path, text: Text) -> None:
    values = text.base
    offsets = np.frombuffer(values.buffers()[1], np.int64)[values.offset : values.offset + len(values) + 1]
    data = values.buffers()[2]
    content = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]] if data is not None else np.zeros(0, np.uint8)
    np.save(f"{stem}.offsets.npy", offsets - offsets[0], allow_pickle=False)
    np.save(f"{stem}.bytes.npy", content, allow_pickle=False)


def read_text(stem: Path) -> Text:
    """Map the texts that `write_text` has written."""
    offsets = np.asarray(np.load(f"{stem}.offsets.npy", mmap_mode="r"))
    content = np.asarray(np.load(f"{stem}.bytes.npy", mmap_mode="r"))
    values = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(content))
    return Text(values)


@dataclass(frozen=True, slots=True)
class Joined:
    """Words of two columns numbered as one; `second` maps the places of the second's, its last one those without."""

    words: tuple[str, ...]
    second: NDArray[np.int32]


def joined(first: Sequence[str], second: Sequence[str]) -> Joined:
    places = {word: place for place, word in enumerate(first)}
    numbers = [places.setdefault(word, len(places)) for word in second]
    return Joined(tuple(places), np.array([*numbers, -1], np.int32))
