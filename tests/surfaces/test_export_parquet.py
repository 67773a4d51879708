"""`vernost export-parquet`: the mirror's star as files, in roubles, the folder replaced as a whole."""

from decimal import Decimal

import duckdb
import pytest
from tests import command_line, pivot_base

from vernost.facts.export import FILES


@pytest.fixture(scope="module", autouse=True)
def base(shared_rows):  # noqa: ARG001 - lets it be committed
    with pivot_base.dealership() as made:
        yield made


@pytest.fixture(autouse=True)
def installation(monkeypatch):
    command_line.on_this_database(monkeypatch)


def test_the_files_hold_the_mirror_in_roubles(tmp_path):
    folder = tmp_path / "bi"
    told = command_line.told("export-parquet", str(folder))
    assert {row["file"]: row["rows"] for row in told["files"]}["order_lines.parquet"] == 8
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*(f"{name}.parquet" for name in FILES), "vernost-export"]
    )
    orders = duckdb.read_parquet(str(folder / "orders.parquet"))
    assert orders.aggregate("count(*), sum(revenue), sum(margin)").fetchall() == [
        (4, Decimal("6000.00"), Decimal("2659.02"))
    ]


def test_an_earlier_export_is_replaced_and_a_foreign_folder_refused(tmp_path):
    folder = tmp_path / "bi"
    command_line.told("export-parquet", str(folder))
    (folder / "left.parquet").touch()
    command_line.told("export-parquet", str(folder))
    assert not (folder / "left.parquet").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["bi"]
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter.txt").touch()
    status, words = command_line.refused("export-parquet", str(foreign))
    assert (status, "другие файлы" in words, [path.name for path in foreign.iterdir()]) == (1, True, ["letter.txt"])
