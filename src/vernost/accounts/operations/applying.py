"""Writing the values of a form to a row, and what the journal is told of it."""

from datetime import time
from typing import Any

from django.db.models import Model


def apply(row: Model, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Set and save what differs (a new row in any case); return `{field: [before, after]}` for the journal."""
    fresh = row._state.adding  # noqa: SLF001 - Django's documented way to ask
    fields = {
        name: [None if fresh else plain(getattr(row, name)), plain(value)]
        for name, value in values.items()
        if fresh or getattr(row, name) != value
    }
    for name in fields:
        setattr(row, name, values[name])
    if fresh or fields:
        row.save()
    return fields


def plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value if value is None or isinstance(value, bool | int) else str(value)
