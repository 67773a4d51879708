"""Keeps the parts of a run alive and ends them together, the database last."""

import http.client
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from vernost import embedded
from vernost.cli.serving import parent
from vernost.cli.serving.address import Address
from vernost.cli.words import say
from vernost.core.i18n import _

# -P: a file in the current folder must not take the place of a library.
VERNOST: Final = (sys.executable, "-P", "-m", "vernost")
_PAUSE: Final = 0.2
_LONGEST_DELAY: Final = 30.0
# A part that has lived so long starts its count of failures anew.
_STEADY: Final = 60.0
_STOP_WITHIN: Final = 30.0
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

logger = logging.getLogger(__name__)


class Stopped(Exception):
    """The person wants to stop while something long is under way."""


@dataclass
class Part:
    """A child process that should always run."""

    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    due: float = 0.0

    @property
    def name(self) -> str:
        return self.arguments[0]


class Supervisor:
    def __init__(self, server: embedded.Server | None, inherited: tuple[int, ...]) -> None:
        self._parts: list[Part] = []
        self._server = server
        self._pipe, self._writing_end = os.pipe()
        self._inherited = (*inherited, self._pipe)
        self._stop = threading.Event()
        self._interruptible = False

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Take the signals that end a run from here on."""
        before = {number: signal.signal(number, self._on_signal) for number in _ENDING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let a signal break off what takes long with the exception `Stopped`."""
        self._interruptible = True
        try:
            if self._stop.is_set():
                raise Stopped
            yield
        finally:
            self._interruptible = False

    def run(self, parts: list[Part], address: Address, on_ready: Callable[[], None]) -> None:
        """Keep everything alive until a signal; call `on_ready` once, when the first page is served."""
        self._parts = parts
        ready = False
        try:
            while not self._stop.wait(_PAUSE):
                self._revive_server()
                for part in self._parts:
                    self._keep_alive(part)
                if not ready and _answers(address):
                    ready = True
                    on_ready()
        except Stopped:
            pass
        finally:
            self._end_parts()

    def _on_signal(self, number: int, _frame: object) -> None:
        again = self._stop.is_set()
        self._stop.set()
        if again and number == signal.SIGINT:
            for part in self._parts:
                if part.process:
                    part.process.kill()
        if self._interruptible:
            self._interruptible = False
            raise Stopped

    def _revive_server(self) -> None:
        if self._server is None or self._server.running():
            return
        say(_("The database has ended: it is started again"))
        with self.interruptible():
            self._server.revive()

    def _keep_alive(self, part: Part) -> None:
        if part.process is not None:
            status = part.process.poll()
            if status is None:
                return
            part.process = None
            if time.monotonic() - part.started > _STEADY:
                part.failures = 0
            delay = min(2.0**part.failures, _LONGEST_DELAY)
            part.failures += 1
            part.due = time.monotonic() + delay
            say(
                _("%(part)s has ended with status %(status)s: it is started again in %(delay)d s"),
                part=part.name,
                status=status,
                delay=delay,
            )
        if time.monotonic() >= part.due:
            self._begin(part)

    def _begin(self, part: Part) -> None:
        part.started = time.monotonic()
        part.process = subprocess.Popen(  # noqa: S603 - our own command
            [*VERNOST, *part.arguments],
            env={**os.environ, **part.environment, parent.VARIABLE: str(self._pipe)},
            pass_fds=self._inherited,
            # Ctrl+C in the terminal is for this process, which ends the parts in their order.
            start_new_session=True,
        )

    def _end_parts(self) -> None:
        living = [part.process for part in self._parts if part.process is not None]
        for process in living:
            process.terminate()
        patience = time.monotonic() + _STOP_WITHIN
        for process in living:
            try:
                process.wait(max(patience - time.monotonic(), 0.0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        os.close(self._writing_end)
        os.close(self._pipe)


def _answers(address: Address) -> bool:
    connection = http.client.HTTPConnection(address.connectable, address.port, timeout=2)
    try:
        connection.request("HEAD", "/", headers={"Host": "localhost"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
