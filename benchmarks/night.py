"""A usual night by phases, and its decision beside one statement of PostgreSQL.

The mirror is fresh as of the night before; then an order book has moved on by what `vernost import` was given since.
"""

import importlib
from typing import Any

from benchmarks import base
from vernost.cli.database import database


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    base.loaded(customers, tell)
    with database():
        # Imported here: its models need Django awake.
        measured: dict[str, Any] = importlib.import_module("benchmarks.night_run").measure(tell=tell)
    return {"customers": customers, **measured}
