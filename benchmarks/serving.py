"""The product as a dealer starts it, for as long as it is measured."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

_STOPS_WITHIN = 60
_QUIET_WITHIN = 1200


@contextmanager
def served() -> Iterator[int]:
    """Run `vernost start` on the measured base; give its port when the first page is served."""
    # The clock of the machine must not begin a night in the middle.
    night = (timezone.localtime() + timedelta(hours=2)).strftime("%H:%M")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "vernost", "start", "--json"],
        stdout=subprocess.PIPE,
        env={**os.environ, "VERNOST_NIGHT_AT": night},
    )
    try:
        assert process.stdout
        document = ""
        for line in process.stdout:
            document += line.decode()
            if line.startswith(b"}") or document.rstrip().endswith("}"):
                break
        _wait_for_jobs()
        yield int(json.loads(document)["address"].rpartition(":")[2].strip("/"))
    finally:
        process.terminate()
        process.wait(_STOPS_WITHIN)


def _wait_for_jobs() -> None:
    """Let what an import or a new day has left to do be done first; what the clock does each minute goes on."""
    from procrastinate.contrib.django.models import ProcrastinateJob  # noqa: PLC0415 - needs Django awake

    patience = time.monotonic() + _QUIET_WITHIN
    left = ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).exclude(scheduled_at__gt=timezone.now())
    while left.exists():
        if time.monotonic() > patience:
            message = "the worker is still busy with jobs of an import or a new day"
            raise TimeoutError(message)
        time.sleep(1)


def processor_seconds() -> dict[str, float]:
    """Return what the web processes and the database have taken of the processor so far; nothing beyond Linux."""
    ticks = os.sysconf("SC_CLK_TCK")
    taken: dict[str, float] = {}
    for process in _below(os.getpid()):
        with suppress(OSError):
            what = _kind(process)
            taken[what] = taken.get(what, 0.0) + sum(map(int, _stat(process)[11:13])) / ticks
    return {what: seconds for what, seconds in taken.items() if what}


def _kind(process: Path) -> str:
    words = (process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    return "database" if "postgres" in words else "web" if " web " in words else ""


def _below(root: int) -> Iterator[Path]:
    """Yield the folders in /proc of the processes that descend from one, and of those that die meanwhile none."""
    parents: dict[int, list[Path]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents.setdefault(int(_stat(process)[1]), []).append(process)
    waiting = [root]
    while waiting:
        for process in parents.get(waiting.pop(), []):
            waiting.append(int(process.name))
            yield process


def _stat(process: Path) -> list[str]:
    """Return the fields of a process after its name, which may hold spaces."""
    return (process / "stat").read_text().rpartition(")")[2].split()
