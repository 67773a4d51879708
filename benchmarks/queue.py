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
    loads = {"before": before, "after": os.getloadavg()[0]}
    reached = _reached(queue, operators.NEXT_P95_MS, search, searching.SEARCH_P95_MS)
    return {"customers": customers, "load_average": loads, "figures": reached, "queue": queue, "search": search}


def _reached(queue: Any, next_p95: int, search: Any, search_p95: int) -> list[dict[str, Any]]:  # noqa: ANN401 - figures
    """Name what the contract asks for, and what is measured without one."""
    rows = [
        (f"next customer at {queue['operators']} operators, p95, ms", queue["next_customer"]["p95_ms"], next_p95),
        ("customers given to two operators", queue["held_by_two"], 0),
        ("answers that were no pages", sum(queue["failures"].values()), 0),
        ("search by telephone, plate, VIN or name, p95, ms", search["all"]["p95_ms"], search_p95),
        ("all operators at once: until the last one has a customer, s", queue["burst"]["seconds"], None),
        *(
            (f"processor of {what} for an answer, ms", ms, None)
            for what, ms in queue["processor_ms_per_answer"].items()
        ),
    ]
    return [
        {"figure": name, "value": value, "target": target, "reached": None if target is None else value <= target}
        for name, value, target in rows
    ]
