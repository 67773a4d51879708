"""The columnar mirror: `facts.connect()` opens its current version, `facts.table(name, con)` reads a table."""

from vernost.facts.connection import connect, of_rows, table

__all__ = ["connect", "of_rows", "table"]
