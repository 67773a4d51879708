"""Edits in the builder of segments: eight criteria, each edit changes one, the count and 50 rows come back.

Beside it one query of PostgreSQL on the live tables (`segment.sql`), proved to find the same people first; and
five managers who edit while a thousandth of the orders changes and the mirror is refreshed.
"""

import importlib
from typing import Any

from benchmarks import base
from vernost.cli.database import database


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    base.loaded(customers, tell)
    with database():
        # Imported here: its models need Django awake.
        measured: dict[str, Any] = importlib.import_module("benchmarks.segment_run").measure(tell=tell)
    return {"customers": customers, **measured}
