"""The base that is measured: an invented dealership, generated and imported once for its size."""

import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import TypeVar

SEED = 1
LAST_DAY = date(2026, 11, 20)
Tell = Callable[..., None]
Measured = TypeVar("Measured")


def folder() -> Path:
    return Path(os.environ["VERNOST_DATA_DIR"]).absolute()


def files(customers: int, tell: Tell) -> Path:
    """Return the folder of the exchange files, generated where they are not there yet."""
    out = folder() / "files"
    if not (out / "written").exists():
        tell("Writing the files of %(count)d customers", count=customers)
        vernost(
            "demo-data", "--customers", str(customers), "--seed", str(SEED), "--until", f"{LAST_DAY}", "--out", str(out)
        )
        (out / "written").touch()
    return out


def loaded(customers: int, tell: Tell) -> None:
    """Import the files where the base does not have them yet."""
    mark = folder() / "loaded"
    if not mark.exists():
        source = files(customers, tell)
        tell("Importing them")
        vernost("import", str(source), "--source", "demo")
        mark.touch()


def vernost(*words: str) -> float:
    """Run a command of the product in a process of its own; return its seconds."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "vernost", *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def aside(work: Callable[[], Measured]) -> Measured:
    """Do a piece of work in a process of its own, so that its memory is its own."""
    from django.db import connection  # noqa: PLC0415 - whoever measures has woken Django by now

    # A forked process must not speak over its parent's session.
    connection.close()
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        return pool.submit(work).result()


class Clock:
    """Seconds of the clock and of this process's processors since the lap before."""

    def __init__(self) -> None:
        self._last = time.perf_counter(), time.process_time()

    def lap(self) -> dict[str, float]:
        before, self._last = self._last, (time.perf_counter(), time.process_time())
        return {
            "seconds": round(self._last[0] - before[0], 2),
            "cpu_seconds": round(self._last[1] - before[1], 2),
        }


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def ratio(baseline: float, ours: float) -> float:
    return round(baseline / ours, 1)
