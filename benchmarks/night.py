"""A usual night by phases, and its decision beside three usual ways to make it.

The night before is decided once for a base and kept. Then a day's orders are imported, and the last day's night is
measured; its decision also in vectorised pandas, by one statement of PostgreSQL and car by car.
"""

import importlib
from typing import Any

from benchmarks import base
from vernost.cli.database import database


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    base.loaded(customers, tell)
    with database():
        # Imported here: its models need Django awake.
        measured: dict[str, Any] = importlib.import_module("benchmarks.night_run").measure(
            customers=customers, tell=tell
        )
    return {"customers": customers, **measured}
