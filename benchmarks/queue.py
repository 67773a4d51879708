"""The contact centre under 200 operators, and finding a customer: over HTTP, at the product as a dealer starts it.

The base is imported and decided by a night; `queue_run` and `search` measure.
"""

import importlib
import os
from typing import Any

from benchmarks import base
from vernost.cli.database import database


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    base.loaded(customers, tell)
    with database():
        # Imported here: their models need Django awake.
        serving, operators, searching = (
            importlib.import_module(f"benchmarks.{name}") for name in ("serving", "queue_run", "search")
        )
        if not operators.is_decided():
            tell("Deciding the night")
            base.vernost("night", "--as-of", f"{base.LAST_DAY}")
        visitors = operators.prepare()
        before = os.getloadavg()[0]
        with serving.served() as port:
            search = searching.measure(visitors, port=port, tell=tell)
            queue = operators.measure(visitors, port=port, tell=tell)
    return {"customers": customers, "load_average_before": before, "queue": queue, "search": search}
