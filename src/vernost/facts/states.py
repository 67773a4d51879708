"""Writing the tables of the mirror that are made of others: what is known of each car, of each customer.

A refresh makes the rows anew whose sources have changed, by the expressions that a past day is read with.
"""

from collections.abc import Collection
from dataclasses import replace
from functools import cache
from threading import Lock

import ibis
import pyarrow as pa
from duckdb import DuckDBPyConnection
from ibis.expr.types import Table

from vernost.core.fact_table import Derived, FactGroup, FactTable, declared_tables, fact_groups
from vernost.facts import build, derived, readings, shelf
from vernost.facts import mirror as mirrors
from vernost.facts.build import Workbench
from vernost.facts.mirror import Mirror, Stored

MANY_OWNERS = 30_000
"""The rows of so many lie nearly everywhere: the engine reads them all, and spills where it must."""
# Texts that hardly come twice.
_UNIQUE = ("ref", "order_ids", "vin")


def whole(bench: Workbench, group: FactGroup, mirror: Mirror) -> Stored:
    """Write every row of a derived group's table."""
    (table,) = group.tables
    _show(bench, group, mirror, keys=False)
    return build.whole_table(bench, table, group.key, build.typed(table, _sql(group.code)))


def make_all(con: DuckDBPyConnection) -> None:
    """Make the rows of every derived table that stands empty in the connection's memory."""
    for group in fact_groups:
        if group.derived is not None:
            (table,) = group.tables
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {_part(group)}")
            for name in group.derived.made_of:
                con.execute(f'CREATE OR REPLACE VIEW {_part(group)}."{name}" AS FROM main."{name}"')
            con.execute(f'INSERT INTO "{table.name}" {build.typed(table, _sql(group.code))}')


def changed(bench: Workbench, group: FactGroup, mirror: Mirror, old: Mirror) -> Stored:
    """Write the rows whose sources have changed; `mirror` has the new ones."""
    (table,) = group.tables
    assert group.derived is not None  # noqa: S101 - a derived group is asked for
    touched = _changed_sources(bench, group)
    if not touched:
        return build.linked(bench, old.tables[table.name], old)
    if any(not group.derived.made_of[name] for name in touched):
        return whole(bench, group, mirror)
    build.keep_keys(bench, group.code, f"SELECT key FROM touched_{group.key}")  # noqa: S608 - a declared name
    _show(bench, group, mirror, keys=True)
    return build.changed_table(bench, table, build.typed(table, _sql(group.code)), group.code, old)


def remade(bench: Workbench, table: FactTable) -> pa.Table | None:
    """Return the keys of the rows that `changed` has made anew; None: all of them."""
    group = derived.group_of(table.name)
    if not _changed_sources(bench, group):
        return pa.table({group.key: pa.array([], pa.int64())})
    if not bench.is_keyed(group.code):
        return None
    return bench.con.sql(f"SELECT key AS {group.key} FROM keys_{group.code}").to_arrow_table()  # noqa: S608 - declared names


def note_touched(bench: Workbench, mirror: Mirror, groups: Collection[FactGroup], *, but: Collection[str]) -> None:
    """Keep whose rows must be made anew, as `touched_vehicle_id` and `touched_customer_id`: one list for all tables.

    Their sources are then read once, by `part`; those of `mirror` that lie on shelves are taken from now on, in the
    order in which `groups`, the derived ones, will ask for them. The tables `but` will be made anew before.
    """
    selects: dict[str, set[str]] = {}
    for group in fact_groups:
        if group.derived is not None:
            keyed = {name: group.derived.made_of[name] for name in _changed_sources(bench, group)}
            selects.setdefault(group.key, set()).update(_keys(name, column) for name, column in keyed.items() if column)
    for key, found in selects.items():
        keys = " UNION ".join(sorted(found)) or "SELECT NULL::BIGINT AS key"
        bench.con.execute(f"CREATE TABLE touched_{key} AS SELECT key FROM ({keys}) WHERE key IS NOT NULL")  # noqa: S608 - declared names
    for name in _asked(bench, groups):
        if name not in but:
            _take(bench, mirror, name)


def _asked(bench: Workbench, groups: Collection[FactGroup]) -> list[str]:
    """Return the tables on shelves of which `part` will be asked, in that order."""
    asked = [name for name in readings.READS if bench.is_keyed(derived.group_of(name).code)]
    for group in groups:
        if group.derived is not None and _changed_sources(bench, group):
            asked += [name for name, column in group.derived.made_of.items() if shelf.OWNER_OF.get(name) == column]
    return [name for name in dict.fromkeys(asked) if name in shelf.OWNER_OF]


def _take(bench: Workbench, mirror: Mirror, name: str) -> None:
    """Begin to take the touched owners' rows of a base from its shelf; many owners' rows are for the engine."""
    stored = mirror.tables.get(name)
    if stored is None or stored.shelf is None or name in bench.taken:
        return
    keys = f"SELECT DISTINCT key FROM touched_{shelf.OWNER_OF[name]} ORDER BY key"  # noqa: S608 - declared names
    owners = bench.con.sql(keys).to_arrow_table()["key"].to_numpy()
    if len(owners) <= MANY_OWNERS:
        bench.taken[name] = bench.aside.submit(shelf.take, mirror.folder, stored.shelf, owners)


def part(bench: Workbench, mirror: Mirror, name: str, column: str) -> str:
    """Return the name of the table with the touched keys' rows of a table, read once: the columns that are needed."""
    if name in bench.remade and column == derived.group_of(name).key:
        return f"fresh_{name}"
    rows = f"rows_{column}_{name}"
    with bench.making.setdefault(rows, Lock()):
        if rows not in bench.parts:
            _make_part(bench, mirror, name, column, rows)
            bench.parts.add(rows)
    return rows


def _make_part(bench: Workbench, mirror: Mirror, name: str, column: str, rows: str) -> None:
    found = _taken(bench, mirror, name) if shelf.OWNER_OF.get(name) == column else None
    keys = f"touched_{column}"
    select = mirrors.part(mirror.folder, mirror.tables[name], keys, column, _needed(name, column), found or "")
    bench.con.execute(f"CREATE TABLE {rows} AS {select}").fetchall()
    if found:
        bench.con.unregister(found)


def _taken(bench: Workbench, mirror: Mirror, name: str) -> str | None:
    """Return the name of a table of the touched owners' rows of a base; None where the engine reads them."""
    _take(bench, mirror, name)
    if name not in bench.taken:
        return None
    bench.con.register("taken", bench.taken.pop(name).result())
    return "taken"


def shelved(bench: Workbench, name: str, stored: Stored) -> Stored:
    """Lay the rows of a large table's new base on a shelf, in the columns that `part` will ask for."""
    owner = shelf.OWNER_OF[name]
    columns = mirrors.needed_with(stored, owner, _needed(name, owner))
    select = ", ".join(f'"{column}"' for column in columns)
    table = declared_tables()[name]
    words = [column for column in columns if table.columns[column] == "string" and column not in _UNIQUE]
    rows = f"SELECT {select} FROM {bench.read(stored.base)}"  # noqa: S608 - declared names
    order = () if table.order_by[:1] == (owner,) else (owner, *shelf.WITHIN.get(name, ()))
    shelf.write(bench.con, bench.folder, f"{name}{mirrors.SHELF}", rows, owner, words, order)
    return replace(stored, shelf=f"{name}{mirrors.SHELF}")


def _needed(name: str, column: str) -> list[str]:
    """Return the columns of a table that whatever is made of it by this key reads."""
    declared = list(declared_tables()[name].columns)
    needed = set(readings.READS.get(name, ()))
    for group in fact_groups:
        if group.derived is not None and group.derived.made_of.get(name) == column:
            needed.update(group.derived.reads.get(name, declared))
    return [each for each in declared if each in needed]


def _changed_sources(bench: Workbench, group: FactGroup) -> list[str]:
    assert group.derived is not None  # noqa: S101 - as above
    return [name for name in group.derived.made_of if bench.is_keyed(derived.group_of(name).code)]


def note_owners(bench: Workbench, group: FactGroup, old: Mirror) -> None:
    """Keep whose the changed rows of a group were and are, for the tables that are made of it, as `owners_<code>`.

    The group's first table has every key; its view shows the new rows only.
    """
    columns = _owning(group)
    if not columns:
        return
    first = group.tables[0]
    owners = ", ".join(f'"{column}"' for column in columns)
    before = mirrors.part(old.folder, old.tables[first.name], f"keys_{group.code}", group.key, columns)
    bench.con.execute(
        f'CREATE TABLE owners_{group.code} AS SELECT DISTINCT {owners} FROM "{first.name}" UNION ({before})'  # noqa: S608 - declared names
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


def _show(bench: Workbench, group: FactGroup, mirror: Mirror, *, keys: bool) -> None:
    """Show the tables that the group is made of, in a schema of their own; `keys`: of the touched ones only."""
    assert group.derived is not None  # noqa: S101 - as above
    bench.con.execute(f"CREATE SCHEMA IF NOT EXISTS {_part(group)}")
    for name, column in group.derived.made_of.items():
        rows = part(bench, mirror, name, column) if keys and column else f"({mirror.select(name)})"
        bench.con.execute(f'CREATE OR REPLACE VIEW {_part(group)}."{name}" AS FROM {rows}')


def _part(group: FactGroup) -> str:
    # Those of cars and those of customers are made beside each other.
    return f"part_{group.code}"


class _Shown:
    """The tables that `_show` shows, for an expression without a database: the columns that it says it reads."""

    def __init__(self, group: FactGroup, definition: Derived) -> None:
        self._schema = _part(group)
        self._reads = definition.reads

    def table(self, name: str, /) -> Table:
        columns = declared_tables()[name].columns
        read = {column: columns[column] for column in columns if column in self._reads.get(name, columns)}
        return ibis.table(read, name=name, database=self._schema)


@cache
def _sql(code: str) -> str:
    """SELECT of DuckDB that makes a derived group's rows: the same at every refresh."""
    group = fact_groups[code]
    assert group.derived is not None  # noqa: S101 - as above
    return str(ibis.to_sql(group.derived.make(_Shown(group, group.derived), derived.FOREVER), dialect="duckdb"))
