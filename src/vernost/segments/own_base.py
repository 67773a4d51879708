"""One customer's rows of the mirror in a small base, where definitions of everybody are asked of him alone.

To put a definition together and to plan it takes a second, to answer it of a few rows a few milliseconds. So the SQL
of each is kept, and nothing in it names a customer: his rows take the place of those of the one before.
"""

import os
import threading
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import ibis
from ibis.backends.duckdb import Backend
from ibis.expr import operations as ops
from ibis.expr.types import Table

from vernost.core.fact_table import declared_tables, fact_groups
from vernost.facts import derived, mirror
from vernost.facts.engine import engine_of

STAND: Final = "own_stand"
"""What the odometers of his cars say: vehicle_id, last_km, last_day, rate_m_per_day."""
_STAND_COLUMNS: Final = {"vehicle_id": "int64", "last_km": "int64", "last_day": "int32", "rate_m_per_day": "int64"}
_MEMORY: Final = "256MB"
Stand = tuple[int | None, int | None, int | None, int | None]
# Of these tables the customer's rows matter, whatever car they name.
_OF_CUSTOMERS: Final = frozenset({"visits", "visit_days"})
_MOST_KEPT: Final = 500
_EVERYBODY_OF: Final = {
    table.name: next(iter(group.derived.made_of)) for group in fact_groups if group.derived for table in group.tables
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A definition as SQL, and the tables that it reads."""

    sql: str
    tables: frozenset[str]


_kept: dict[Hashable, Statement] = {}
_of_thread = threading.local()


def mine() -> "OwnBase":
    """Return the base of this thread: a connection belongs to the thread that made it."""
    found: OwnBase | None = getattr(_of_thread, "base", None)
    if found is None:
        found = _of_thread.base = OwnBase()
    return found


class OwnBase:
    def __init__(self) -> None:
        self.con: Backend = engine_of(threads=1, memory_limit=_MEMORY)
        # Of a few rows no plan is better than another; those of the mirror are found by the other connection.
        self._loading = self.con.con.cursor()
        self.con.con.execute("PRAGMA disable_optimizer")
        tables = {name: table.columns for name, table in declared_tables().items()} | {STAND: _STAND_COLUMNS}
        for name, columns in tables.items():
            schema = ibis.schema(columns)
            types = self.con.compiler.type_mapper
            named = ", ".join(f'"{column}" {types.to_string(kind)}' for column, kind in schema.items())
            self._loading.execute(f'CREATE TABLE "{name}" ({named})')
        self._filled: frozenset[str] = frozenset()

    def statement(self, key: Hashable, make: "Callable[[Backend], Table]") -> Statement:
        """Return the SQL of a definition; `key` tells it from all others, and has all that it is made with."""
        if key not in _kept:
            # A definition that looks whether rows hold on the day finds none, and all of them hold.
            self._empty()
            if len(_kept) >= _MOST_KEPT:
                _kept.clear()
            _kept[key] = self._compiled(make)
        return _kept[key]

    def _compiled(self, make: "Callable[[Backend], Table]") -> Statement:
        made = make(self.con)
        names = frozenset(table.name for table in made.op().find(ops.DatabaseTable))
        return Statement(self.con.compile(made), names)

    def fill(
        self,
        statements: Iterable[Statement],
        customer_id: int,
        vehicle_ids: Collection[int] = (),
        *,
        stand: Sequence[Stand] = (),
    ) -> None:
        """Let the tables have the rows of the customer and of these cars, as the newest version has them."""
        self._empty()
        asked = frozenset().union(*(one.tables for one in statements)) - {STAND}
        asked |= {_EVERYBODY_OF[name] for name in asked if name in _EVERYBODY_OF}
        version, handle = mirror.held()
        try:
            for name in sorted(asked):
                select = _rows_of(name, version.select(name), customer_id, sorted(vehicle_ids))
                self._loading.execute(f'INSERT INTO "{name}" {select}')
        finally:
            os.close(handle)
        if stand:
            self._loading.executemany(f"INSERT INTO {STAND} VALUES (?, ?, ?, ?)", stand)  # noqa: S608 - a name of ours
        self._filled = asked | {STAND}

    def holds(self, as_of: date) -> bool:
        """Whether every row that is made of others holds on the day, as the statements take it."""
        return all(derived.holds(self.con, name, as_of) for name in self._filled if name in _EVERYBODY_OF)

    def made_again(self, make: "Callable[[Backend], Table]") -> Statement:
        """Return the SQL of a definition for a day on which rows that now fill the base do not hold."""
        return self._compiled(make)

    def rows(self, statement: Statement) -> list[dict[str, Any]]:
        found = self.con.con.execute(statement.sql)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _empty(self) -> None:
        for name in self._filled:
            self._loading.execute(f'DELETE FROM "{name}"')  # noqa: S608 - a declared name
        self._filled = frozenset()


def _rows_of(name: str, select: str, customer_id: int, vehicle_ids: Sequence[int]) -> str:
    """Return SQL of the rows: each part has a condition by which groups of rows are left out unread."""
    columns = declared_tables()[name].columns
    cars = ", ".join(map(str, vehicle_ids))
    whole = f"SELECT * FROM ({select})"  # noqa: S608 - of the mirror
    if vehicle_ids and "vehicle_id" in columns and name not in _OF_CUSTOMERS:
        of_cars = f"{whole} WHERE vehicle_id IN ({cars})"
        if "customer_id" not in columns:
            return of_cars
        return f"{of_cars} UNION ALL {whole} WHERE vehicle_id IS NULL AND customer_id = {int(customer_id)}"
    if "customer_id" in columns:
        return f"{whole} WHERE customer_id = {int(customer_id)}"
    return f"{whole} LIMIT 0" if "vehicle_id" in columns else whole
