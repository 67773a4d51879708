"""Changes laid over arrays leave what a plain table has, also a second time."""

from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from vernost.facts.flat import Flat, laid_over
from vernost.facts.flat_text import Text

Row = tuple[int, str | None, str]


def flat(rows: dict[int, Row]) -> Flat:
    keys = sorted(rows)
    numbers, words, texts = zip(*(rows[key] for key in keys), strict=True) if rows else ((), (), ())
    known = sorted({word for word in words if word is not None})
    places = [-1 if word is None else known.index(word) for word in words]
    columns: dict[str, Any] = {"number": np.array(numbers, np.int64), "word": np.array(places, np.int32)}
    written = {"text": Text.of(pa.chunked_array([pa.array(texts, pa.string())]))}
    return Flat(np.array(keys, np.int64), np.arange(len(keys) + 1), columns, written, {"word": tuple(known)})


def table(flat: Flat) -> dict[int, Row]:
    words = [(*flat.words["word"], None)[place] for place in flat["word"].tolist()]
    texts = flat.texts["text"].all().to_pylist()
    rows = zip(flat["number"].tolist(), words, texts, strict=True)
    return dict(zip(flat.keys.tolist(), rows, strict=True))


def change(chance: Random, now: dict[int, Row]) -> tuple[set[int], dict[int, Row]]:
    """Some rows that change, with new ones behind them; or some that change, come and go anywhere."""
    if chance.random() < 0.5:
        gone = set(chance.sample(sorted(now), chance.randint(0, len(now))))
        last = max([*now, 19])
        return gone, {key: row(chance) for key in (*gone, *range(last + 1, last + 1 + chance.randint(0, 2)))}
    gone = set(chance.sample(range(24), chance.randint(0, 8)))
    return gone, {key: row(chance) for key in gone if chance.random() < 0.7}


def row(chance: Random) -> Row:
    return chance.randint(0, 99), chance.choice([None, "a", "b", "c"]), chance.choice("xyz") * chance.randint(0, 3)


@pytest.mark.parametrize("seed", range(200))
def test_changes_are_laid_over_in_the_order_of_the_keys(seed):
    chance = Random(seed)
    now = {key: row(chance) for key in chance.sample(range(20), chance.randint(0, 12))}
    found = flat(now)
    for _again in range(3):
        gone, added = change(chance, now)
        now = {key: kept for key, kept in now.items() if key not in gone} | added
        found = laid_over(found, np.array(sorted(gone), np.int64), flat(added))
        assert (table(found), found.keys.tolist()) == (now, sorted(now))
