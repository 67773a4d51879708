"""Tables of a decision that are made once, and their SQL, which is kept for the next question.

To put the definitions together takes a second, to ask them of a few rows an instant. A plan
belongs to a question. It holds for any base of the same tables in which the same rows hold on the day.
"""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr import operations as ops
from ibis.expr.types import Table

from vernost.facts.derived import Keep

_MOST_KEPT: Final = 8
_KEPT: Final = "kept_"


@dataclass(frozen=True, slots=True)
class Step:
    """A table that is kept: its columns and SQL, the kept tables that it reads, and small ones made in Python."""

    columns: str
    sql: str
    needs: tuple[str, ...]
    given: Mapping[str, pa.Table]


Plan = dict[str, Step]
_plans: dict[Hashable, Plan] = {}


def kept(name: str) -> str:
    """Return how SQL of DuckDB names what a keeper has kept: `answers`, `pairs_<programme>`."""
    return f'"{_name(name)}"'


def _name(name: str) -> str:
    return f"{_KEPT}{name}"


def keeper(con: Backend) -> Keep:
    """Return a `Keep` that makes each table once, in memory of the connection."""
    made: dict[str, Table] = {}

    def keep(name: str, make: Callable[[], Table]) -> Table:
        if name not in made:
            table = make()
            con.con.execute(f"DROP TABLE IF EXISTS {kept(name)}")
            made[name] = con.create_table(_name(name), table, temp=True)
        return made[name]

    return keep


def plan_of(key: Hashable) -> Plan:
    """Return the plan of a question, empty where it is new; `key` has all that its definitions are made with."""
    if key not in _plans:
        if len(_plans) >= _MOST_KEPT:
            _plans.clear()
        _plans[key] = {}
    return _plans[key]


class Planned:
    """A `Keep` that goes by a plan and adds to it what is new, for a base that nobody else has.

    `seeds` are tables that stand already; those named in `apart` are made of rows that were looked at, each time anew.
    """

    def __init__(self, con: Backend, plan: Plan, *, seeds: Mapping[str, pa.Table], apart: Collection[str] = ()) -> None:
        self._con = con
        self._plan = plan
        self._apart = apart
        self._made: dict[str, Table] = {}
        for name, rows in seeds.items():
            self._lay(name, _step(con, ibis.memtable(rows)))

    def __call__(self, name: str, make: Callable[[], Table]) -> Table:
        if name in self._made:
            return self._made[name]
        if name in self._apart:
            return self._lay(name, _step(self._con, make()))
        if name not in self._plan:
            # What its making keeps on the way has a step of its own.
            self._plan[name] = _step(self._con, make())
        return self._go(name)

    def _go(self, name: str) -> Table:
        step = self._plan[name]
        for other in step.needs:
            if other not in self._made:
                self._go(other)
        return self._lay(name, step)

    def _lay(self, name: str, step: Step) -> Table:
        con = self._con.con
        for given, rows in step.given.items():
            con.register(given, rows)
        con.execute(f"CREATE TABLE {kept(name)} ({step.columns})")
        con.execute(f"INSERT INTO {kept(name)} {step.sql}")
        self._made[name] = self._con.table(_name(name))
        return self._made[name]


def _step(con: Backend, table: Table) -> Step:
    op: Any = table.op()
    mapper = con.compiler.type_mapper
    needs = {one.name for one in op.find(ops.DatabaseTable) if one.name.startswith(_KEPT)}
    return Step(
        columns=", ".join(f'"{name}" {mapper.to_string(kind)}' for name, kind in table.schema().items()),
        sql=con.compile(table),
        needs=tuple(sorted(name.removeprefix(_KEPT) for name in needs)),
        given={one.name: one.data.to_pyarrow(one.schema) for one in op.find(ops.InMemoryTable)},
    )
