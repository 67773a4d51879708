"""Pulls are kept with dictionaries and folded texts, and read as they came."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from vernost.core.fact_table import Pull
from vernost.facts import build

PULL = Pull(name="lines", key="", sql="", folded=("name",))


@pytest.fixture
def bench(tmp_path: Path):
    with build.workbench(tmp_path / "version") as opened:
        yield opened


@pytest.mark.parametrize("different", [3, 500], ids=["few texts", "many texts"])
@pytest.mark.parametrize("rows", [0, 1, 400])
def test_texts_come_folded_too(bench, different, rows):
    names = [None if number % 7 == 0 else f" Масло\u00a0{number % different} " for number in range(rows)]
    table = pa.table({"number": pa.array(range(rows), pa.int64()), "name": pa.array(names, pa.string())})
    bench.con.register(
        "lines", bench.keep(PULL, pa.RecordBatchReader.from_batches(table.schema, table.to_batches(150)))
    )
    # Read more than once.
    for _turn in range(2):
        found = bench.con.sql("SELECT * FROM lines ORDER BY number").fetchall()
        assert found == [(place, name, name and name.strip().lower()) for place, name in enumerate(names)]


def test_folding_is_that_of_the_engine():
    with duckdb.connect() as con:
        con.execute(build._FOLD)
        texts = [" ÄÖ\t", "ШИНА\r\n", None, "", "İ"]
        con.register("told", pa.table({"text": texts}))
        expected = [key for (key,) in con.sql("SELECT fold(text) FROM told").fetchall()]
        assert build._folded(con, pa.array(texts)).to_pylist() == expected
