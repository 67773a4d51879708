"""What `benchmarks.pivot` measures, on the mirror of the database that Django is set up for."""

import os
import random
import resource
import statistics
import time
from typing import Any

import numpy as np
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from ibis.backends.duckdb import Backend

from benchmarks import base, pivot_pandas
from vernost import facts
from vernost.accounts import roles
from vernost.accounts.models import User
from vernost.core.actor import Role, system
from vernost.facts import mirror, operations
from vernost.facts.mirror import MirrorMissing
from vernost.reports.queries.pivot import engine, forget, store
from vernost.reports.queries.pivot.engine import Grid
from vernost.reports.queries.pivot.plan import Scope
from vernost.reports.rules.pivot import Request, read

ROUNDS = 5
PAGES = 40
_FIRST = "2000-01-01"
ADDITIVE, ALL = (
    ["revenue", "margin"],
    ["visits", "customers", "vehicles", "orders", "revenue", "margin", "labour_hours"],
)
PIVOTS: dict[str, dict[str, Any]] = {
    "works by year": {"rows": ["category"], "columns": ["year"], "measures": ADDITIVE},
    "works by branch, customers and cars": {
        "rows": ["category"],
        "columns": ["branch"],
        "measures": ["revenue", "customers", "vehicles"],
    },
    "works by month, everything": {"rows": ["category"], "columns": ["month"], "measures": ALL},
    "branches and makes by year": {
        "rows": ["branch", "make"],
        "columns": ["year"],
        "measures": ["revenue", "customers"],
    },
    "makes and models by year, everything": {"rows": ["make", "model"], "columns": ["year"], "measures": ALL},
}


def measure(*, tell: base.Tell) -> dict[str, Any]:
    """Count each pivot on both sides; then pages of many others, as a manager asks them."""
    try:
        mirror.current()
    except MirrorMissing:
        operations.refresh(now=timezone.now())
    con, version = facts.connect(), mirror.current()
    tell("Laying out the arrays")
    laying = _Clock()
    laid = store.laid_out(version, lambda: con)
    arrays = {**laying.lap(), "peak_mb": base.peak_mb(), "orders": len(laid.parts[0].layout)}
    arrays |= {"works": len(laid.parts[0].layout.work), "megabytes": _megabytes()}
    load, found = os.getloadavg()[0], {}
    for name, document in PIVOTS.items():
        tell("%(name)s", name=name)
        found[name] = _beside_pandas(con, laid, read({"from": _FIRST, **document}, as_of=base.LAST_DAY))
    tell("%(count)d pages", count=PAGES)
    return {
        "load_average": round(load, 1),
        "arrays": arrays,
        "pivots": found,
        "pages": _pages(),
        "load_average_at_the_end": round(os.getloadavg()[0], 1),
    }


class _Clock:
    def __init__(self) -> None:
        self.started = time.perf_counter(), time.process_time()

    def lap(self) -> dict[str, float]:
        return {
            "seconds": round(time.perf_counter() - self.started[0], 4),
            "cpu_seconds": round(time.process_time() - self.started[1], 4),
        }


def _megabytes() -> int:
    return sum(path.stat().st_size for path in store.root().rglob("*.npy")) // 2**20


def _beside_pandas(con: Backend, laid: store.Laid, request: Request) -> dict[str, Any]:
    grid = engine.grid(laid, request, Scope())
    laps = []
    for _turn in range(ROUNDS):
        clock = _Clock()
        engine.grid(laid, request, Scope())
        laps.append(clock.lap())
    ours = statistics.median(lap["seconds"] for lap in laps)
    reading, counting, theirs = pivot_pandas.answer(con, request)
    cells = sum(_equal(grid, request, level, frame) for level, frame in theirs.items())
    return {
        "seconds": ours,
        "cpu_seconds": statistics.median(lap["cpu_seconds"] for lap in laps),
        "rounds": [lap["seconds"] for lap in laps],
        "equal_cells": cells,
        "pandas_seconds": round(reading + counting, 2),
        "pandas_reading_seconds": round(reading, 2),
        "ratio": base.ratio(reading + counting, ours),
        "ratio_without_reading": base.ratio(counting, ours),
    }


def _equal(grid: Grid, request: Request, level: tuple[int, int], frame: Any) -> int:  # noqa: ANN401 - a frame
    """Compare every cell of a level; return how many there are, raise where one differs."""
    rows, columns = level
    there = int(np.count_nonzero(grid.figures[engine.THERE][level]))
    assert there == len(frame), (level, there, len(frame))
    for key, figures in zip(frame.index, frame.to_dict("records"), strict=True):
        keys = _as_ours(request, level, pivot_pandas.path(key, rows + columns) if rows + columns else ())
        for code, value in figures.items():
            ours = grid.number(code, keys[:rows], keys[rows:])
            assert ours == int(value), (keys, code, ours, value)
    return there


def _as_ours(request: Request, level: tuple[int, int], keys: tuple[Any, ...]) -> tuple[Any, ...]:
    """A model is known by its make and name; an empty name is none."""
    dimensions = [*request.rows[: level[0]], *request.columns[: level[1]]]
    found = dict(zip((one.code for one in dimensions), keys, strict=True))
    if found.get("model") is not None and "make" in found:
        found["model"] = f"{found['make']} {found['model']}".strip() if found["make"] else found["model"]
    return tuple(None if value == "" else value for value in found.values())


def _pages() -> dict[str, Any]:
    """Open the page with pivots that nobody has asked for yet; what it takes to sign in is rolled back."""
    chance, seconds = random.Random(base.SEED), []  # noqa: S311 - the same pages each time
    dimensions = ["branch", "advisor", "make", "model", "age", "order_kind", "customer_kind", "category", "line_kind"]
    with transaction.atomic():
        user = User.objects.create_user("bench-pivot", password=None, role=Role.MANAGER, all_branches=True)
        # Who can take people out sets a second step up before anything else.
        roles.require_second_step(required=False, actor=system("bench"), now=timezone.now())
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        for turn in range(PAGES + 2):
            rows = chance.sample(dimensions, 2)
            query = {
                "rows": rows,
                "columns": chance.choice(["year", "quarter", "month"]),
                "measures": chance.sample(ALL, 3),
                "period": "custom",
                "from": f"{chance.randint(2018, 2025)}-01-01",
                "to": f"{base.LAST_DAY}",
            }
            started = time.perf_counter()
            page = client.get(reverse("office:pivot"), query)
            assert page.status_code == 200, page.status_code
            # The first two wake the process up.
            seconds += [time.perf_counter() - started] if turn > 1 else []
        transaction.set_rollback(True)
    forget()
    seconds.sort()
    return {
        "pages": PAGES,
        "median_ms": round(statistics.median(seconds) * 1000),
        "p95_ms": round(seconds[int(PAGES * 0.95)] * 1000),
        "worst_ms": round(seconds[-1] * 1000),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
