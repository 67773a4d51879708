"""Writing the tables of the mirror that are made of others: what is known of each car, of each customer.

A refresh makes the rows anew whose sources have changed, by the expressions that a past day is read with.
"""

from functools import cache

import ibis
from duckdb import DuckDBPyConnection
from ibis.expr.types import Table

from vernost.core.fact_table import FactGroup, declared_tables, fact_groups
from vernost.facts import build, derived
from vernost.facts.build import Workbench
from vernost.facts.mirror import Mirror, Stored

_PART = "part"


def whole(bench: Workbench, group: FactGroup, mirror: Mirror) -> Stored:
    """Write every row of a derived group's table."""
    (table,) = group.tables
    _show(bench, group, mirror, keys="")
    return build.whole_table(bench, table, group.key, build.typed(table, _sql(group.code)))


def make_all(con: DuckDBPyConnection) -> None:
    """Make the rows of every derived table that stands empty in the connection's memory."""
    con.execute(f"CREATE SCHEMA {_PART}")
    for group in fact_groups:
        if group.derived is not None:
            (table,) = group.tables
            for name in group.derived.made_of:
                con.execute(f'CREATE OR REPLACE VIEW {_PART}."{name}" AS FROM main."{name}"')
            con.execute(f'INSERT INTO "{table.name}" {build.typed(table, _sql(group.code))}')


def changed(bench: Workbench, group: FactGroup, mirror: Mirror, old: Mirror) -> Stored:
    """Write the rows whose sources have changed; `mirror` has the new ones."""
    (table,) = group.tables
    assert group.derived is not None  # noqa: S101 - a derived group is asked for
    made_of = group.derived.made_of
    touched = [name for name in made_of if bench.is_keyed(derived.group_of(name).code)]
    if not touched:
        return build.linked(bench, old.tables[table.name], old)
    if any(not made_of[name] for name in touched):
        return whole(bench, group, mirror)
    selects = " UNION ".join(_keys(name, made_of[name]) for name in touched)
    build.keep_keys(bench, group.code, f"SELECT key FROM ({selects}) WHERE key IS NOT NULL")  # noqa: S608 - made by us
    _show(bench, group, mirror, keys=f"keys_{group.code}")
    return build.changed_table(bench, table, build.typed(table, _sql(group.code)), group.code, old)


def note_owners(bench: Workbench, group: FactGroup, old: Mirror) -> None:
    """Keep whose the changed rows of a group were and are, for the tables that are made of it, as `owners_<code>`.

    The group's first table has every key; its view shows the new rows only.
    """
    columns = _owning(group)
    if not columns:
        return
    first = group.tables[0]
    owners = ", ".join(f'"{column}"' for column in columns)
    before = f"SELECT {owners} FROM ({old.select(first.name)}) SEMI JOIN keys_{group.code} ON {group.key} = key"  # noqa: S608 - declared names
    bench.con.execute(
        f'CREATE TEMP TABLE owners_{group.code} AS SELECT DISTINCT {owners} FROM "{first.name}" UNION {before}'  # noqa: S608 - as above
    )


def _owning(group: FactGroup) -> list[str]:
    """Return the columns of a group's tables, besides its key, by which tables are made of it."""
    tables = {table.name for table in group.tables}
    made_of = (each.derived.made_of.items() for each in fact_groups if each.derived)
    columns = {column for tables_of in made_of for name, column in tables_of if name in tables}
    return sorted(columns - {"", group.key})


def _keys(name: str, column: str) -> str:
    """SELECT of the keys that rows of a changed table had before or have now."""
    group = derived.group_of(name)
    if column == group.key:
        return f"SELECT key FROM keys_{group.code}"  # noqa: S608 - a declared code
    return f"SELECT {column} AS key FROM owners_{group.code}"  # noqa: S608 - as above


def _show(bench: Workbench, group: FactGroup, mirror: Mirror, *, keys: str) -> None:
    """Show the tables that the group is made of, in a schema of their own; `keys`: of those keys only."""
    assert group.derived is not None  # noqa: S101 - as above
    bench.con.execute(f"CREATE SCHEMA IF NOT EXISTS {_PART}")
    for name, column in group.derived.made_of.items():
        rows = f"FROM ({mirror.select(name)})"
        if keys and column:
            rows += f" SEMI JOIN {keys} ON {column} = key"
        bench.con.execute(f'CREATE OR REPLACE VIEW {_PART}."{name}" AS {rows}')


class _Shown:
    """The tables that `_show` shows, for an expression without a database."""

    def table(self, name: str, /) -> Table:
        return ibis.table(dict(declared_tables()[name].columns), name=name, database=_PART)


@cache
def _sql(code: str) -> str:
    """SELECT of DuckDB that makes a derived group's rows: the same at every refresh."""
    group = fact_groups[code]
    assert group.derived is not None  # noqa: S101 - as above
    return str(ibis.to_sql(group.derived.make(_Shown(), derived.FOREVER), dialect="duckdb"))
