"""The cards of customers, cars and orders in the served product: over HTTP, and in a browser until it is seen."""

import importlib
import os
from typing import Any

from benchmarks import base
from vernost.cli.database import database


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    base.loaded(customers, tell)
    with database():
        # Imported here: their models need Django awake.
        serving, cards = (importlib.import_module(f"benchmarks.{name}") for name in ("serving", "card_run"))
        before = os.getloadavg()[0]
        with serving.served() as port:
            measured = cards.measure(port=port, tell=tell)
    loads = {"before": before, "after": os.getloadavg()[0]}
    painted = measured["first_paint"]
    figure = {
        "figure": "first paint of a customer's card in a browser, p95, ms",
        "value": painted and painted["p95_ms"],
        "target": cards.PAINT_P95_MS,
        "reached": painted and painted["p95_ms"] <= cards.PAINT_P95_MS,
    }
    return {"customers": customers, "load_average": loads, "figures": [figure], **measured}
