"""The Ibis backend of the mirror: it knows the declared tables, so that naming one asks the database nothing."""

from collections.abc import Callable, Hashable
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import ibis
from ibis.backends.duckdb import Backend
from ibis.expr import operations as ops
from ibis.expr.schema import Schema
from ibis.expr.types import Table

from vernost.core.fact_table import declared_tables

if TYPE_CHECKING:
    from vernost.facts.mirror import Mirror

# DuckDB merges nested selects itself; Ibis would spend a fifth of its time on it.
ibis.options.sql.fuse_selects = False


class Engine(Backend):  # type: ignore[misc] # Ibis brings no types for its backends
    mirror: "Mirror | None" = None
    """The version that is shown; None for tables in memory."""

    @cached_property
    def _found(self) -> dict[Hashable, dict[str, Any]]:
        # What names the tables, not they: a table holds its connection, and no collector should have to end that.
        return {}

    def once(self, key: Hashable, find: Callable[[], Table]) -> Table:
        """Return what `find` gives, found once for this connection: a version does not change."""
        if self.mirror is None:
            return find()
        if key not in self._found:
            table = find()
            # Numbered only now: finding it may have found another one first.
            made: Any = self.create_table(f"found_{len(self._found)}", table, temp=True).op()
            self._found[key] = {"name": made.name, "schema": made.schema, "namespace": made.namespace}
        found: Table = ops.DatabaseTable(source=self, **self._found[key]).to_expr()
        return found

    def table(self, name: str, /, *, database: str | tuple[str, str] | None = None) -> Table:
        schema = None if database else _schema(name)
        if schema is None:
            return super().table(name, database=database)
        declared: Table = ops.DatabaseTable(name, schema=schema, source=self, namespace=ops.Namespace()).to_expr()
        return declared


@cache
def _schema(name: str) -> Schema | None:
    table = declared_tables().get(name)
    return None if table is None else ibis.schema(dict(table.columns))
