"""The Ibis backend of the mirror: it knows the declared tables, so that naming one asks the database nothing."""

from functools import cache
from typing import TYPE_CHECKING

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
