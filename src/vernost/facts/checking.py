"""Whether two versions of the mirror say the same."""

from collections.abc import Iterator
from typing import Any

import duckdb

from vernost.core.fact_table import FactTable, declared_tables
from vernost.facts import build
from vernost.facts.mirror import Mirror

_MONEY = ("revenue", "margin", "amount", "km")


def differences(first: Mirror, second: Mirror) -> Iterator[str]:
    """Name what differs: for a table with days the months, with their rows and sums in both versions."""
    settings: dict[str, Any] = {"threads": build.THREADS, "memory_limit": build.MEMORY_LIMIT}
    with duckdb.connect(config=settings) as con:
        for name, table in declared_tables().items():
            if _fingerprint(con, first, name) != _fingerprint(con, second, name):
                yield from _by_month(con, first, second, table)


def _fingerprint(con: duckdb.DuckDBPyConnection, mirror: Mirror, name: str) -> tuple[int, int]:
    select = f"SELECT count(*), coalesce(sum(hash(t)), 0) FROM ({mirror.select(name)}) t"  # noqa: S608 - made by us
    rows, digest = con.execute(select).fetchall()[0]
    return rows, digest


def _by_month(con: duckdb.DuckDBPyConnection, first: Mirror, second: Mirror, table: FactTable) -> Iterator[str]:
    days = [column for column, kind in table.columns.items() if kind == "date"]
    month = f"date_trunc('month', \"{days[0]}\")::DATE" if days else "NULL"
    sums = "".join(f', sum("{column}")' for column in _MONEY if column in table.columns)
    figures = [
        {
            row[0]: row[1:]
            for row in con.execute(
                f"SELECT {month} AS month, count(*){sums} FROM ({mirror.select(table.name)}) GROUP BY 1"  # noqa: S608 - made by us
            ).fetchall()
        }
        for mirror in (first, second)
    ]
    months = sorted(figures[0].keys() | figures[1].keys(), key=str)
    unequal = [key for key in months if figures[0].get(key) != figures[1].get(key)]
    if not unequal:
        yield f"{table.name}: the same counts and sums by month, but other values"
    for key in unequal:
        yield f"{table.name} {key or ''}: {figures[0].get(key)} by changes, {figures[1].get(key)} from scratch"
