"""States, RFM and ABC of everybody, and the cascade of the whole history, beside PostgreSQL and pandas.

Answers are compared row by row before any ratio. What each side starts from lies ready: arrays of the mirror,
analysed tables with indexes, data frames in memory.
"""

import importlib
from typing import Any

from benchmarks import base
from vernost.cli.database import database


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    base.loaded(customers, tell)
    with database():
        # Imported here: its models need Django awake.
        measured: dict[str, Any] = importlib.import_module("benchmarks.metrics_run").measure(tell=tell)
    return {"customers": customers, **measured}
