"""The calling queue under 200 operators: how soon the next customer comes, and that nobody comes twice.

The base is imported and decided by a night; `queue_run` measures.
"""

import importlib
from typing import Any

from benchmarks import base
from vernost.cli.database import database


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    base.loaded(customers, tell)
    tell("Deciding the night")
    base.vernost("night", "--as-of", f"{base.LAST_DAY}")
    with database():
        # Imported here: its models need Django awake.
        measured: dict[str, Any] = importlib.import_module("benchmarks.queue_run").measure(tell=tell)
    return {"customers": customers, **measured}
