"""Pivots over the orders and lines of a base, beside vectorised pandas; answers are compared cell by cell.

Ours walks the arrays that lie ready in files; pandas reads the columns that it needs from the same mirror, joins and
groups, as an analyst's notebook would. Each side counts every subtotal. Nothing of the base is changed.
"""

import importlib
from typing import Any

from benchmarks import base
from vernost.cli.database import database


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    base.loaded(customers, tell)
    with database():
        # Imported here: its models need Django awake.
        measured: dict[str, Any] = importlib.import_module("benchmarks.pivot_run").measure(tell=tell)
    return {"customers": customers, **measured}
