"""`vernost start` as a real process, and questions about it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import psutil

# Only what hangs gets here: the machine of a test run may be busy with much else.
DEADLINE = 900.0


def far_night():
    """Return an hour of the night that does not come in this run; the one before is too long ago to be made up."""
    return f"{datetime.now(ZoneInfo('Europe/Moscow')) + timedelta(hours=3):%H:%M}"


def eventually(question: Callable[[], Any]) -> Any:
    """Ask until the answer is true, and return it."""
    until = time.monotonic() + DEADLINE
    while not (answer := question()):
        assert time.monotonic() < until, f"not within {DEADLINE} s: {question}"
        threading.Event().wait(0.05)
    return answer


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("VERNOST_", "LC_", "LANG"))}
    clean.pop("DATABASE_URL", None)
    return {**clean, "VERNOST_DATA_DIR": str(data_dir), "LC_ALL": "C", "VERNOST_LANGUAGE": "en", **more}


def without_transactions() -> dict[str, str]:
    """Return what a command's environment needs to make every statement a transaction of its own."""
    shim = str(Path(__file__).parent / "without_transactions")
    return {"PYTHONPATH": os.pathsep.join(filter(None, [shim, os.environ.get("PYTHONPATH", "")]))}


def vernost(data_dir: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return command(environment(data_dir, **more), *arguments)


def command(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command in an environment to its end."""
    return subprocess.run(
        [sys.executable, "-m", "vernost", *arguments],
        env=variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=DEADLINE,
    )


class Run:
    """A start on a data folder; `told` is the JSON document that it has printed when it was ready."""

    def __init__(
        self, data_dir: Path, *arguments: str, python: tuple[str, ...] = (sys.executable,), **more: str
    ) -> None:
        self.data_dir = data_dir
        self.errors = data_dir.parent / f"{data_dir.name}.stderr"
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [*python, "-m", "vernost", "start", "--json", "--workers", "1", *arguments],
                env=environment(data_dir, **more),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
            )
        self.told: dict[str, Any] = {}

    def ready(self) -> "Run":
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.said()
        self.told = json.loads(line)
        return self

    def said(self) -> str:
        return self.errors.read_text(encoding="utf-8", errors="replace")

    def parts(self) -> dict[str, psutil.Process]:
        """Return the living children by name: postgres, web, worker."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            # One that is just ending has no words any more.
            with suppress(psutil.Error, IndexError):
                words = child.cmdline()
                found["postgres" if Path(words[0]).name == "postgres" else words[4]] = child
        return found

    def page(self) -> int:
        """Return the status of the page of sign-in; 0 when nobody answers."""
        address = urlsplit(self.told["address"])
        assert address.hostname
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        try:
            connection.request("GET", "/account/login/")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=DEADLINE)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=DEADLINE)


def processes_of(data_dir: Path) -> list[str]:
    """Return the command lines of all living processes that work on a data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            variables, words = process.environ(), process.cmdline()
        except psutil.Error:
            continue
        serves = variables.get("VERNOST_DATA_DIR") == str(data_dir) or str(data_dir) in " ".join(words)
        if serves and process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
            found.append(" ".join(words))
    return found
