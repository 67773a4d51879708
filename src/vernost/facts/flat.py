"""Columns of the mirror's tables as arrays: what the compiled night runs over. `facts.flat_files` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from vernost.core.fact_table import declared_tables
from vernost.facts.flat_text import Text, joined

Kind = Literal["day", "int64", "int32", "int16", "flag", "word", "text"]
"""`day`: int32 since 1970-01-01, `NO_DAY` for none. `int64`, `int32`, `int16`: the smallest number for none. `flag`:
int8 1, 0, `UNKNOWN`. `word`: int32 place in `Flat.words`, -1 for none. `text`: empty for none."""

NO_DAY: Final = int(np.iinfo(np.int32).min)
UNKNOWN: Final = -1
NO_NUMBER: Final = int(np.iinfo(np.int64).min)
NO_SMALL: Final = int(np.iinfo(np.int32).min)

_SQL: Mapping[Kind, str] = {
    "day": f"coalesce(({{}}) - DATE '1970-01-01', {NO_DAY})::INTEGER",
    "int64": f"coalesce(({{}})::BIGINT, {NO_NUMBER})",
    "int32": f"coalesce(({{}})::INTEGER, {NO_SMALL})",
    "int16": f"coalesce(({{}})::SMALLINT, {np.iinfo(np.int16).min})::SMALLINT",
    "flag": f"coalesce(({{}})::TINYINT, {UNKNOWN})::TINYINT",
    "word": "({})::VARCHAR",
    "text": "coalesce(({})::VARCHAR, '')",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Columns of a table: name -> (expression of DuckDB, kind). Their rows lie by `key`, then as the table's do."""

    name: str
    table: str
    key: str
    columns: Mapping[str, tuple[str, Kind]]
    where: str = "true"

    def select(self, rows: str) -> str:
        columns = ", ".join(f"{_SQL[kind].format(source)} AS {name}" for name, (source, kind) in self.columns.items())
        by = ", ".join(f'"{column}"' for column in declared_tables()[self.table].order_by)
        return f"SELECT {self.key} AS key, {columns} FROM ({rows}) WHERE {self.where} ORDER BY {by}"  # noqa: S608 - declared names


@dataclass(frozen=True, slots=True)
class Flat:
    """The columns of some rows: arrays, texts, and the words of the columns of kind `word`.

    `keys` are different; the rows of one key lie between its place of `starts` and the next.
    """

    keys: NDArray[np.int64]
    starts: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]
    texts: Mapping[str, Text] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self.columns[column]

    def __len__(self) -> int:
        return int(self.starts[-1])


class NotSingleError(Exception):
    """A key has several rows where one is asked for."""


Layers = tuple[tuple[Flat, NDArray[np.int64]], ...]
"""A table's rows: in each part those whose key is not among the ones beside it."""


def laid_over(base: Flat, gone: NDArray[np.int64], delta: Flat) -> Flat:
    """Put the rows of `delta`, a row a key, in the place of those that are gone."""
    words = {name: joined(base.words[name], delta.words[name]) for name in base.words}
    added = {name: words[name].second[delta[name]] if name in words else delta[name] for name in base.columns}
    keys, places = _replacing(base.keys, gone, delta.keys)
    columns = {name: _laid(values, added[name].astype(values.dtype), places) for name, values in base.columns.items()}
    rows = _laid(np.arange(len(base)), np.arange(len(delta)) + len(base), places)
    texts = {name: text.then(delta.texts[name], rows) for name, text in base.texts.items()}
    both = {name: word.words for name, word in words.items()}
    return Flat(locked(keys), locked(np.arange(len(keys) + 1)), columns, texts, both)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the rows of `delta` lie among `count` rows, the base's staying where they are.

    `order`, where they cannot stay: which of all rows, the base's and behind them the delta's, are left.
    """

    delta: NDArray[np.int64]
    count: int
    order: NDArray[np.int64] | None = None


def _replacing(
    base: NDArray[np.int64], gone: NDArray[np.int64], delta: NDArray[np.int64]
) -> tuple[NDArray[np.int64], _Places]:
    """Return the keys afterwards, and where the rows lie."""
    places = places_of(base, delta).astype(np.int64)
    fresh = places < 0
    last = base[-1] if len(base) else -1
    if np.array_equal(np.sort(places[~fresh]), _places(base, gone)) and (delta[fresh] > last).all():
        # As it is after nearly every minute: rows that changed, and new ones, whose keys are greater.
        places[fresh] = len(base) + np.arange(int(fresh.sum()))
        return np.concatenate((base, delta[fresh])), _Places(places, len(base) + int(fresh.sum()))
    stays = np.ones(len(base), np.bool_)
    stays[_places(base, gone)] = False
    keys = np.concatenate((base[stays], delta))
    order = np.argsort(keys, kind="stable")
    chosen = np.concatenate((np.flatnonzero(stays), np.arange(len(delta)) + len(base)))[order]
    return keys[order], _Places(places, len(keys), chosen)


def _laid(values: NDArray[Any], added: NDArray[Any], places: _Places) -> NDArray[Any]:
    if places.order is not None:
        return locked(np.concatenate((values, added))[places.order])
    laid = np.empty(places.count, values.dtype)
    laid[: len(values)] = values
    laid[places.delta] = added
    return locked(laid)


def _places(keys: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of those asked keys, which are in order, that are there."""
    if not len(keys):
        return np.zeros(0, np.int64)
    places = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.asarray(places[keys[places] == asked])


def locked(values: NDArray[Any]) -> NDArray[Any]:
    # As what is mapped, so that a kernel is compiled for one type.
    values.flags.writeable = False
    return values


def runs_of(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the different keys and where the rows of each begin, and the end."""
    begins = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1)) if len(keys) else np.zeros(0, np.int64)
    return locked(keys[begins]), locked(np.append(begins, len(keys)))


def places_of(keys: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return where each asked key lies among the different, ordered `keys`; -1 where it does not."""
    if not len(keys):
        return np.full(len(asked), -1, np.int32)
    if int(keys[-1]) - int(keys[0]) == len(keys) - 1:
        places = asked - keys[0]
        return np.where((places >= 0) & (places < len(keys)), places, -1).astype(np.int32)
    places = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[places] == asked, places, -1).astype(np.int32)


def numbered(layers: Layers, keys: NDArray[np.int64]) -> list[tuple[Flat, NDArray[np.int32]]]:
    """Return each part with the place of its keys among `keys`; -1: these rows do not count."""
    parts = []
    for part, gone in layers:
        numbers = places_of(keys, part.keys)
        left_out = places_of(part.keys, gone)
        numbers[left_out[left_out >= 0]] = -1
        parts.append((part, numbers))
    return parts
