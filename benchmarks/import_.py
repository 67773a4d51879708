"""A first import, a day's file and the same file again, beside Django's `update_or_create` for each row.

The first import goes into an empty base of its own, which is thrown away. The day's file has 200 000 orders
for a million customers: half of them known (a tenth of these changed), half new.
"""

import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import base, import_daily
from vernost.cli.database import database

_DAILY_SHARE = 5
SOURCE = "demo"


@dataclass(frozen=True, slots=True)
class Imported:
    """What `vernost import` said and took: its own seconds, processor and greatest memory of its process, counts."""

    seconds: float
    cpu_seconds: float
    peak_mb: int
    counts: dict[str, int]


def run(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    load = os.getloadavg()[0]
    files = base.files(customers, tell)
    place = base.folder() / "import"
    shutil.rmtree(place, ignore_errors=True)
    os.environ["VERNOST_DATA_DIR"] = str(place)
    base.vernost("init")
    try:
        # The server stays up between the commands, as it does at a dealer's.
        with database():
            return {"customers": customers, "load_average": round(load, 1), **_measure(files, place, customers, tell)}
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _measure(files: Path, place: Path, customers: int, tell: base.Tell) -> dict[str, Any]:
    tell("Importing %(count)d customers into an empty base", count=customers)
    first = imported(files)
    # Imported here: its models need Django awake.
    rows = importlib.import_module("benchmarks.import_rows")
    known = rows.known_orders(customers // _DAILY_SHARE // 2)
    daily = import_daily.write(files, place / "daily", known)
    tell("The day's orders, row by row")
    by_row = rows.update_or_create(daily)
    tell("The day's orders, by import")
    day = imported(daily.path)
    assert day.counts == {"new": daily.new, "changed": daily.changed, "same": daily.same, "quarantined": 0}, day.counts
    assert rows.stored(daily) == by_row.rows, "the import and update_or_create left different rows"
    tell("The same file again, by import and row by row")
    again = imported(daily.path)
    assert again.counts == {"new": 0, "changed": 0, "same": daily.size, "quarantined": 0}, again.counts
    by_row_again = rows.update_or_create(daily)
    return {
        "first": {"rows": sum(first.counts.values()), **_costs(first)},
        "daily": {"orders": daily.size, **_costs(day), **day.counts},
        "again": {"orders": daily.size, **_costs(again), "changed": again.counts["changed"]},
        "update_or_create": {
            "sample": len(by_row.rows),
            "equal_rows": len(by_row.rows),
            "daily_seconds_extrapolated": round(by_row.seconds_a_row * daily.size, 1),
            "again_seconds_extrapolated": round(by_row_again.seconds_a_row * daily.size, 1),
        },
        "daily_ratio_extrapolated": base.ratio(by_row.seconds_a_row * daily.size, day.seconds),
        "again_ratio_extrapolated": base.ratio(by_row_again.seconds_a_row * daily.size, again.seconds),
    }


def _costs(what: Imported) -> dict[str, float]:
    return {"seconds": what.seconds, "cpu_seconds": what.cpu_seconds, "peak_mb": what.peak_mb}


def imported(path: Path) -> Imported:
    """Run the command in a process of its own."""
    words = [sys.executable, "-m", "vernost", "import", str(path), "--source", SOURCE, "--json"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    started = time.perf_counter()
    answer = json.loads(process.stdout.read())
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"the import failed after {time.perf_counter() - started:.0f} s"
    names = ("new", "changed", "same", "quarantined")
    counts = {name: sum(file[name] for file in answer["files"]) for name in names}
    cpu_seconds = round(used.ru_utime + used.ru_stime, 1)
    return Imported(answer["seconds"], cpu_seconds, used.ru_maxrss // 1024, counts)
