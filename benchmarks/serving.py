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
        assert process.stdout  # noqa: S101 - for the type checker
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
    """Let what an import has left to do be done first."""
    from procrastinate.contrib.django.models import ProcrastinateJob  # noqa: PLC0415 - needs Django awake

    patience = time.monotonic() + _QUIET_WITHIN
    while ProcrastinateJob.objects.filter(status__in=["todo", "doing"], scheduled_at=None).exists():
        if time.monotonic() > patience:
            message = "the worker is still busy with jobs of the import"
            raise TimeoutError(message)
        time.sleep(1)
