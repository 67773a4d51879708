"""The columnar mirror: `facts.connect()` opens its current version, `facts.table(name, con)` reads a table."""

from vernost.facts.connection import connect, connect_for_reports, of_branches, of_rows, table

__all__ = ["connect", "connect_for_reports", "of_branches", "of_rows", "table"]
