"""Rows come off a shelf as they were laid on it."""

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from vernost.facts import shelf

ROWS = pa.table(
    {
        "car": pa.array([7, 3, 3, None, 9, 3], pa.int64()),
        "km": pa.array([None, 2, 1, 5, -4, 3], pa.int32()),
        "on": pa.array([date(2026, 1, 2), None, date(1969, 12, 31), None, date(2026, 3, 4), None]),
        "paid": pa.array([True, None, False, True, None, True]),
        "kind": pa.array(["масло", "шина", None, "x", "масло", "шина"]),
        "ref": pa.array(["А-1", "", "b", "lost", None, "ещё"]),
    }
)


@pytest.fixture
def laid(tmp_path, monkeypatch):
    monkeypatch.setattr("vernost.facts.shelf._BATCH", 2)
    with duckdb.connect() as con:
        con.register("given", ROWS)
        shelf.write(con, tmp_path, "rows", "FROM given", "car", ["kind"], ["car", "km"])
    return tmp_path


def _in_order(*cars: int) -> list[dict[str, object]]:
    found = [row for row in ROWS.to_pylist() if row["car"] in cars]
    return sorted(found, key=lambda row: (row["car"], row["km"] or 0))


@pytest.mark.parametrize("cars", [[], [3], [1, 3, 8, 9, 10], [3, 7, 9]])
def test_the_rows_of_some_owners_are_taken(laid, cars):
    taken = shelf.take(laid, "rows", np.array(cars, np.int64))
    assert taken.schema.remove_metadata() == ROWS.schema
    assert taken.to_pylist() == _in_order(*cars)


def test_all_rows_come_in_their_order(laid):
    said = [row for batch in shelf.batches(laid, "rows", ("ref", "car")) for row in batch.to_pylist()]
    assert said == [{"ref": row["ref"], "car": row["car"]} for row in _in_order(3, 7, 9)]


def test_a_shelf_may_be_empty(tmp_path):
    with duckdb.connect() as con:
        con.register("given", ROWS.slice(0, 0))
        shelf.write(con, tmp_path, "rows", "FROM given", "car", ["kind"], [])
    assert shelf.take(tmp_path, "rows", np.array([3], np.int64)).to_pylist() == []
    assert list(shelf.batches(tmp_path, "rows", ("ref",))) == []
