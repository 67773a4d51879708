"""Tables of the mirror that are made of others, read for any day.

A stored row is made of everything that is known, so it holds on every day from its `settled_on` on.
Of an earlier day the row is made again, by the same expression, for those keys only.
`facts.states` writes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from vernost.core.fact_table import Derived, FactGroup, Tables, declared_tables, fact_groups

FOREVER = date(9999, 12, 31)
"""The day on which everything is known."""

AGAIN = "_again"
"""Ends the names under which rows that are made again are kept."""

Keep = Callable[[str, Callable[[], Table]], Table]
"""Makes a table that several expressions read once, under a name; returns how to read it."""


def lazily(_name: str, make: Callable[[], Table]) -> Table:
    return make()


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of some keys; `column_of` maps the tables to their column of the key, empty: all rows."""

    tables: Tables
    keys: Table
    column_of: dict[str, str]

    def table(self, name: str, /) -> Table:
        rows, column = self.tables.table(name), self.column_of[name]
        return rows.semi_join(self.keys, [(column, "key")]) if column else rows


def holds(con: Backend, name: str, as_of: date) -> bool:
    """Tell whether every row of a derived table holds on the day."""
    everybody = next(iter(_derived(name).made_of))
    facts = f"SELECT count(*), max(settled_on), (SELECT count(*) FROM {everybody}) FROM {name}"  # noqa: S608 - declared names
    rows, settled_on, there = con.con.execute(facts).fetchall()[0]
    return bool(rows == there and (not rows or settled_on <= as_of))


def all_hold(con: Backend, as_of: date) -> bool:
    """Tell whether every row that is dated holds on the day, of all derived tables."""
    tables = (table for group in fact_groups if group.derived for table in group.tables)
    return all(holds(con, table.name, as_of) for table in tables if "settled_on" in table.columns)


def known(con: Backend, name: str, as_of: date, keep: Keep = lazily) -> Table:
    """Return the rows of a derived table as they stand on the day; those that are made again are kept."""
    stored = con.table(name)
    if holds(con, name, as_of):
        return stored
    settled = stored.filter(stored.settled_on <= as_of)
    return settled.union(keep(f"{name}{AGAIN}", lambda: _again(con, name, settled, as_of)))


def late_rows(con: Backend, name: str, as_of: date, keep: Keep) -> tuple[str, Table] | None:
    """Return the rows of a derived table that do not hold on the day, as they stood: None where every row holds.

    First a SELECT of DuckDB of the keys whose stored rows they replace.
    """
    if holds(con, name, as_of):
        return None
    stored, key = con.table(name), group_of(name).key
    late = f"SELECT {key} AS key FROM {name} WHERE settled_on > DATE '{as_of}'"  # noqa: S608 - declared names
    settled = stored.filter(stored.settled_on <= as_of)
    return late, keep(f"{name}{AGAIN}", lambda: _again(con, name, settled, as_of))


def _again(con: Backend, name: str, settled: Table, as_of: date) -> Table:
    """Make the rows of the keys that have no settled row."""
    definition, key = _derived(name), group_of(name).key
    everybody = con.table(next(iter(definition.made_of)))
    late = everybody.select(key=key).anti_join(settled.select(key=key), "key").distinct()
    again = definition.make(Part(con, late, dict(definition.made_of)), as_of)
    return again.cast(dict(declared_tables()[name].columns))


def _derived(name: str) -> Derived:
    derived = group_of(name).derived
    assert derived is not None  # noqa: S101 - only such tables are asked for
    return derived


def group_of(table: str) -> FactGroup:
    return next(group for group in fact_groups if any(one.name == table for one in group.tables))
