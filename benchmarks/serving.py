"""The product as a dealer starts it, for as long as it is measured."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone

_STOPS_WITHIN = 60
_QUIET_WITHIN = 600
_AFTER_AN_IMPORT = ["automation.follow_import", "calls.follow_appointments", "calls.place_in_zones"]


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
    """Let what an import has left to do be done first; what the clock does each minute goes on."""
    from procrastinate.contrib.django.models import ProcrastinateJob  # noqa: PLC0415 - needs Django awake

    patience = time.monotonic() + _QUIET_WITHIN
    left = ProcrastinateJob.objects.filter(status__in=["todo", "doing"], task_name__in=_AFTER_AN_IMPORT)
    while left.exists():
        if time.monotonic() > patience:
            message = "the worker is still busy with jobs of the import"
            raise TimeoutError(message)
        time.sleep(1)
