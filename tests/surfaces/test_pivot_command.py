"""`vernost pivot`: the request of a file, the same figures as the page."""

import json

import pytest
from tests import command_line, pivot_base


@pytest.fixture(scope="module", autouse=True)
def base(shared_rows):  # noqa: ARG001 - lets it be committed
    with pivot_base.dealership() as made:
        yield made


def test_the_command_counts_the_same(monkeypatch, tmp_path):
    command_line.on_this_database(monkeypatch)
    file = tmp_path / "pivot.json"
    request = {
        "from": "2026-01-01",
        "rows": ["customer_kind"],
        "columns": ["quarter"],
        "measures": ["revenue", "customers"],
    }
    file.write_text(json.dumps(request), encoding="utf-8")
    assert command_line.told("pivot", str(file), "--as-of", "2026-11-20") == {
        "as_of": "2026-11-20",
        "rows": [
            {"customer_kind": "company", "quarter": "2026-Q1", "revenue": 1500, "customers": 1},
            {"customer_kind": "person", "quarter": "2026-Q1", "revenue": 4500, "customers": 1},
        ],
        "totals": [
            {"customer_kind": "company", "revenue": 1500, "customers": 1},
            {"customer_kind": "person", "revenue": 4500, "customers": 1},
            {"quarter": "2026-Q1", "revenue": 6000, "customers": 2},
            {"revenue": 6000, "customers": 2},
        ],
    }
    file.write_text("[", encoding="utf-8")
    assert command_line.refused("pivot", str(file))[0] == 2
    file.write_text('{"rows": ["colour"]}', encoding="utf-8")
    status, words = command_line.refused("pivot", str(file))
    assert (status, "Разреза «colour» нет" in words) == (2, True)
