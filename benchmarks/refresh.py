"""The mirror kept fresh: a minute with a thousandth of the orders touched, and a full build, with their memory.

The touched rows get the values that they have, so that the triggers fire and nothing changes; each part runs in a
process of its own, so that its memory is its own.
"""

import importlib
from typing import Any

from benchmarks import base
from vernost.cli.database import database


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    base.loaded(customers, tell)
    with database():
        # Imported here: its models need Django awake.
        measured: dict[str, Any] = importlib.import_module("benchmarks.refresh_run").measure(tell=tell)
    return {"customers": customers, **measured}
