"""What `benchmarks.refresh` measures, on the database that Django is set up for."""

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from django.db import connection
from django.utils import timezone

from benchmarks import base
from vernost.facts import arrays, mirror, operations

Measured = TypeVar("Measured")

ROUNDS = 3
TOUCHED = 1000
"""One of so many orders, and of customers and cars, is touched."""
_TABLES = {"workshop_repairorder": "kind", "customers_customer": "kind", "vehicles_vehicle": "make"}


def measure(*, tell: base.Tell) -> dict[str, Any]:
    load = os.getloadavg()[0]
    tell("Bringing the mirror up to date")
    _aside(_refreshed)
    tell("Minutes of changes: one to warm up, %(of)d measured", of=ROUNDS)
    rounds = _aside(_minutes)
    tell("A full build")
    whole = _aside(_rebuilt)
    return {
        "load_average": round(load, 1),
        "minute": {
            "seconds": statistics.median(one["seconds"] for one in rounds),
            "cpu_seconds": statistics.median(one["cpu_seconds"] for one in rounds),
            "arrays_seconds": statistics.median(one["arrays_seconds"] for one in rounds),
            "arrays_cpu_seconds": statistics.median(one["arrays_cpu_seconds"] for one in rounds),
            "peak_mb": max(one["peak_mb"] for one in rounds),
            "rounds": rounds,
        },
        "full_build": whole,
        "load_average_at_the_end": round(os.getloadavg()[0], 1),
    }


def _minutes() -> list[dict[str, Any]]:
    """Follow some minutes' changes in one process, as the worker does; its first minute compiles the definitions.

    The arrays are followed as the job does it where somebody uses them: here somebody does.
    """
    arrays.of()
    rounds = []
    for turn in range(ROUNDS + 1):
        touched = _touch(turn)
        done = _refreshed()
        started, cpu = time.perf_counter(), time.process_time()
        arrays.follow(mirror.current())
        laid = {
            "arrays_seconds": round(time.perf_counter() - started, 2),
            "arrays_cpu_seconds": round(time.process_time() - cpu, 2),
        }
        rounds.append({"touched": touched, **done, **laid, "peak_mb": base.peak_mb()})
    return rounds[1:]


def _touch(turn: int) -> dict[str, int]:
    """Write to some rows what they hold already; the triggers note their keys all the same."""
    touched = {}
    with connection.cursor() as cursor:
        for table, column in _TABLES.items():
            cursor.execute(f"UPDATE {table} SET {column} = {column} WHERE id %% %s = %s", [TOUCHED, turn])  # noqa: S608 - names of ours
            touched[table] = cursor.rowcount
    return touched


def _aside(work: Callable[[], Measured]) -> Measured:
    # A forked process must not speak over its parent's session.
    connection.close()
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as aside:
        return aside.submit(work).result()


def _refreshed() -> dict[str, Any]:
    return _measured(lambda: operations.refresh(now=timezone.now()))


def _rebuilt() -> dict[str, Any]:
    return _measured(lambda: operations.rebuild(now=timezone.now()))


def _measured(work: Callable[[], operations.Refreshed]) -> dict[str, Any]:
    """Return the seconds of the clock and of this process; PostgreSQL's own are not among the latter."""
    started, cpu = time.perf_counter(), time.process_time()
    done = work()
    return {
        "kind": done.kind,
        "keys": done.keys,
        "seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "peak_mb": base.peak_mb(),
    }
