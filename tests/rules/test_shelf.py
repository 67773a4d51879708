"""Rows of few owners taken from a shelf are those that a scan finds."""

from random import Random

import duckdb
import numpy as np
import pytest

from vernost.facts import shelf

COLUMNS = ("owner", "number", "word", "ref")


@pytest.fixture
def con():
    with duckdb.connect() as opened:
        yield opened


def kept(con, folder, rows):
    """Put the rows on a shelf; return how to take and how to scan those of some owners."""
    con.execute("CREATE TABLE all_rows (owner BIGINT, number INTEGER, word VARCHAR, ref VARCHAR)")
    if rows:
        con.executemany("INSERT INTO all_rows VALUES (?, ?, ?, ?)", rows)
    shelf.write(con, folder, "rows", "SELECT * FROM all_rows", "owner", ["word"], ["owner"])

    def taken(owners):
        found = shelf.take(folder, "rows", np.array(owners, np.int64))
        assert found.schema.names == list(COLUMNS)
        return sorted(map(str, found.to_pylist()))

    def scanned(owners):
        found = con.sql(f"SELECT * FROM all_rows WHERE owner IN ({', '.join(map(str, [*owners, -1]))})")  # noqa: S608 - numbers
        return sorted(map(str, found.to_arrow_table().to_pylist()))

    return taken, scanned


@pytest.mark.parametrize("batch", [3, 100_000])
def test_any_owners_rows_are_found(con, tmp_path, monkeypatch, batch):
    monkeypatch.setattr(shelf, "_BATCH", batch)
    random = Random(batch)
    owners = [random.choice([None, *range(0, 60, 2)]) for _ in range(300)]
    rows = [(one, place, random.choice([None, "масло", ""]), f"O-{place}") for place, one in enumerate(owners)]
    taken, scanned = kept(con, tmp_path, rows)
    for some in ([], [0], [1], [58, 59], [-5, 0, 7, 8, 30, 10**9], list(range(60))):
        assert taken(some) == scanned(some)


def test_a_table_without_rows_has_a_shelf_too(con, tmp_path):
    taken, _scanned = kept(con, tmp_path, [])
    assert taken([1, 2]) == []


def test_texts_of_too_many_values_are_kept_as_they_are(con, tmp_path, monkeypatch):
    monkeypatch.setattr(shelf, "_MANY_WORDS", 2)
    taken, scanned = kept(con, tmp_path, [(number, number, f"word {number}", "") for number in range(5)])
    assert taken([1, 3]) == scanned([1, 3])
