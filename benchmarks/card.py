"""The card of a customer in a browser: until it can be read, and until its last part has come.

A real Chromium opens cards of the served product, each for the first time; `card_run` measures.
"""

import importlib
import os
from typing import Any

from benchmarks import base
from vernost.cli.database import database

FIRST_PAINT_P95_MS = 500


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    base.loaded(customers, tell)
    load = os.getloadavg()[0]
    with database():
        # Imported here: their models need Django awake.
        serving, cards = (importlib.import_module(f"benchmarks.{name}") for name in ("serving", "card_run"))
        cards.have_a_mirror(tell)
        with serving.served() as port:
            measured = cards.measure(port=port, tell=tell)
    reached = [
        {
            "figure": f"first useful paint of a card, {who}, p95, ms",
            "value": figures["useful_paint"]["p95_ms"],
            "target": FIRST_PAINT_P95_MS,
            "reached": figures["useful_paint"]["p95_ms"] <= FIRST_PAINT_P95_MS,
        }
        for who, figures in measured.items()
    ]
    loads = {"before": round(load, 1), "after": round(os.getloadavg()[0], 1)}
    return {"customers": customers, "load_average": loads, "figures": reached, "cards": measured}
