"""Tables of the mirror that are made of others, read for any day.

A stored row is made of everything that is known, so it holds on every day from its `settled_on` on.
Of an earlier day the row is made again, by the same expression, for those keys only.
`facts.states` writes them.
"""

from dataclasses import dataclass
from datetime import date

from ibis.expr.types import Table

from vernost.core.fact_table import Derived, FactGroup, Tables, declared_tables, fact_groups

FOREVER = date(9999, 12, 31)
"""The day on which everything is known."""


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of some keys; `column_of` maps the tables to their column of the key, empty: all rows."""

    tables: Tables
    keys: Table
    column_of: dict[str, str]

    def table(self, name: str, /) -> Table:
        rows, column = self.tables.table(name), self.column_of[name]
        return rows.semi_join(self.keys, [(column, "key")]) if column else rows


def holds(tables: Tables, name: str, as_of: date) -> bool:
    """Tell whether every row of a derived table holds on the day."""
    made_of = _derived(name).made_of
    stored, everybody = tables.table(name), tables.table(next(iter(made_of)))
    facts = stored.aggregate(rows=stored.count(), settled_on=stored.settled_on.max())
    there = facts.cross_join(everybody.aggregate(everybody=everybody.count())).to_pyarrow().to_pylist()[0]
    return bool(there["rows"] == there["everybody"] and (not there["rows"] or there["settled_on"] <= as_of))


def known(tables: Tables, name: str, as_of: date) -> Table:
    """Return the rows of a derived table as they stand on the day."""
    stored = tables.table(name)
    if holds(tables, name, as_of):
        return stored
    definition, key = _derived(name), group_of(name).key
    settled = stored.filter(stored.settled_on <= as_of)
    everybody = tables.table(next(iter(definition.made_of)))
    late = everybody.select(key=key).anti_join(settled.select(key=key), "key").distinct()
    again = definition.make(Part(tables, late, dict(definition.made_of)), as_of)
    return settled.union(again.cast(dict(declared_tables()[name].columns)))


def _derived(name: str) -> Derived:
    derived = group_of(name).derived
    assert derived is not None  # noqa: S101 - only such tables are asked for
    return derived


def group_of(table: str) -> FactGroup:
    return next(group for group in fact_groups if any(one.name == table for one in group.tables))
