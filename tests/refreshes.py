"""A mirror kept fresh by a test, and read."""

from datetime import UTC, datetime

from vernost import facts
from vernost.facts import operations

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 6, tzinfo=UTC)


def refresh() -> operations.Refreshed:
    return operations.refresh(now=NOW)


def rows(table: str, *columns: str) -> list[dict]:
    found = facts.table(table, facts.connect())
    chosen = found.select(*columns) if columns else found
    read: list[dict] = chosen.order_by(*(columns or found.columns)).to_pyarrow().to_pylist()
    return read
