"""What `benchmarks.refresh` measures, on the database that Django is set up for."""

import os
import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks import base
from vernost.facts import arrays, flat_files, operations

ROUNDS = 3
TOUCHED = 1000
"""One of so many orders, and of customers and cars, is touched."""
_TABLES = {"workshop_repairorder": "kind", "customers_customer": "kind", "vehicles_vehicle": "make"}


def measure(*, tell: base.Tell) -> dict[str, Any]:
    load = os.getloadavg()[0]
    tell("Bringing the mirror up to date")
    base.aside(job)
    tell("Minutes of changes: one to warm up, %(of)d measured", of=ROUNDS)
    rounds = base.aside(_minutes)
    tell("A full build")
    whole = base.aside(partial(job, operations.rebuild))
    return {
        "load_average": round(load, 1),
        "minute": {
            "seconds": statistics.median(one["seconds"] for one in rounds),
            "cpu_seconds": statistics.median(one["cpu_seconds"] for one in rounds),
            "follow_ups_seconds": statistics.median(_of_follow_ups(one, "seconds") for one in rounds),
            "follow_ups_cpu_seconds": statistics.median(_of_follow_ups(one, "cpu_seconds") for one in rounds),
            "peak_mb": max(one["peak_mb_with_follow_ups"] for one in rounds),
            "rounds": rounds,
        },
        "full_build": whole,
        "load_average_at_the_end": round(os.getloadavg()[0], 1),
    }


def _minutes() -> list[dict[str, Any]]:
    """Follow some minutes' changes in one process, as the worker does; its first minute compiles the definitions."""
    arrays.of()
    rounds = []
    for turn in range(ROUNDS + 1):
        touched = _touch(turn)
        rounds.append({"touched": touched, **job()})
    return rounds[1:]


def job(work: Callable[..., operations.Refreshed] = operations.refresh) -> dict[str, Any]:
    """Do what the worker's job does; the arrays follow where somebody uses them."""
    clock = base.Clock()
    done = work(now=timezone.now())
    refreshed = {**clock.lap(), "peak_mb": base.peak_mb()}
    arrays.follow(done.mirror)
    laid_out = clock.lap()
    flat_files.follow(done.mirror)
    follow_ups = {"arrays": laid_out, "night_arrays": clock.lap()}
    told = {"kind": done.kind, "keys": done.keys, **refreshed}
    return {**told, "follow_ups": follow_ups, "peak_mb_with_follow_ups": base.peak_mb()}


def _of_follow_ups(done: dict[str, Any], name: str) -> float:
    total: float = sum(lap[name] for lap in done["follow_ups"].values())
    return round(total, 2)


def _touch(turn: int) -> dict[str, int]:
    """Write to some rows what they hold already; the triggers note their keys all the same."""
    touched = {}
    with connection.cursor() as cursor:
        for table, column in _TABLES.items():
            cursor.execute(f"UPDATE {table} SET {column} = {column} WHERE id %% %s = %s", [TOUCHED, turn])  # noqa: S608 - names of ours
            touched[table] = cursor.rowcount
    return touched
