"""The server of one data folder: whoever comes first starts it, whoever leaves last stops it."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from vernost.embedded import cluster, folders, locks, postmaster, roles
from vernost.embedded.errors import EmbeddedServerError
from vernost.embedded.layout import Layout
from vernost.embedded.names import DATABASE, OWNER_ROLE, PORT, SUPERUSER

_PAUSE: Final = 0.05
_PATIENCE: Final = 5.0
# Words of a server that will answer later, and of one that answers others already.
_NOT_YET: Final = ("starting up", "recovery", "shutting down", "not yet accepting", "No such file", "refused")
_CROWDED: Final = ("too many clients", "connection slots", "connection limit")

logger = logging.getLogger(__name__)
# Servers that others still use when we leave: their objects must not complain at our end.
_handed_over: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the server; `pid` is its main process."""

    host: Path
    pid: int
    port: int = PORT
    user: str = OWNER_ROLE
    database: str = DATABASE

    def conninfo(self) -> str:
        return psycopg.conninfo.make_conninfo(host=str(self.host), port=self.port, user=self.user, dbname=self.database)


class Server:
    def __init__(self, data_dir: Path) -> None:
        self.layout = Layout(data_dir.absolute())
        self._process: subprocess.Popen[bytes] | None = None
        self._membership: int | None = None

    def running(self) -> Connection | None:
        """Return the connection to the server of this folder if it runs, whoever has started it."""
        if not locks.is_held(self.layout.server_lock):
            return None
        found = postmaster.find(self.layout)
        return Connection(host=self.layout.socket, pid=found.pid) if found and found.ready else None

    def join(self) -> Connection:
        """Become a user of the server, starting it if nobody has; waits as long as it recovers."""
        make_data_dir(self.layout.data_dir)
        try:
            with locks.turn(self.layout.data_dir):
                folders.make_server_folders(self.layout)
                self._membership = locks.open_lock(self.layout.users_lock)
                locks.share(self._membership)
                return self._bring_up()
        except OSError as error:
            self.leave()
            raise _unusable(self.layout, error) from error
        except BaseException:
            self.leave()
            raise

    def revive(self) -> bool:
        """Start the server again if it has died; tell whether that was needed."""
        if self._process is not None:
            self._process.poll()
        if self.running():
            return False
        with locks.turn(self.layout.data_dir):
            if self.running():
                return False
            self._bring_up()
        return True

    def leave(self) -> None:
        """Stop using the server; the last to leave stops it and waits for its end."""
        if self._membership is None:
            return
        with locks.turn(self.layout.data_dir):
            os.close(self._membership)
            self._membership = None
            handle = locks.open_lock(self.layout.users_lock)
            try:
                if locks.try_exclusive(handle):
                    self._stop()
                elif self._process is not None:
                    _handed_over.append(self._process)
            finally:
                os.close(handle)
        self._process = None

    def _bring_up(self) -> Connection:
        while True:
            fresh = None
            if not locks.is_held(self.layout.server_lock):
                self._process = fresh = cluster.start(self.layout)
            if self._wait_until_it_answers(fresh):
                found = postmaster.find(self.layout)
                if found:
                    return Connection(host=self.layout.socket, pid=found.pid)

    def _wait_until_it_answers(self, fresh: subprocess.Popen[bytes] | None) -> bool:
        """Return False when a server that was there before has ended meanwhile, with all its children."""
        since = time.monotonic()
        told = False
        while not self._answers():
            if fresh is not None and fresh.poll() is not None:
                self._process = None
                raise EmbeddedServerError(cluster.why_it_ended(self.layout))
            if fresh is None and not locks.is_held(self.layout.server_lock):
                return False
            if not told and time.monotonic() - since > _PATIENCE:
                logger.warning("PostgreSQL is getting ready, after a crash this takes a while")
                told = True
            time.sleep(_PAUSE)
        return True

    def _answers(self) -> bool:
        found = postmaster.find(self.layout)
        if not found or not found.ready:
            return False
        try:
            with psycopg.connect(
                host=str(self.layout.socket), port=PORT, user=SUPERUSER, dbname="template1", autocommit=True
            ) as connection:
                roles.prepare(connection)
        except psycopg.OperationalError as error:
            if any(word in str(error) for word in _CROWDED):
                return True
            if any(word in str(error) for word in _NOT_YET):
                return False
            raise EmbeddedServerError(str(error)) from error
        return True

    def _stop(self) -> None:
        asked = False
        while locks.is_held(self.layout.server_lock):
            # A server that has just been started writes its number down a moment later.
            found = None if asked else postmaster.find(self.layout)
            if found:
                os.kill(found.pid, signal.SIGINT)
                asked = True
            if self._process is not None:
                self._process.poll()
            time.sleep(_PAUSE)
        if self._process is not None:
            self._process.wait()
        folders.remove_socket_folder(self.layout)


def make_data_dir(data_dir: Path) -> None:
    """Make the data folder if it is missing, so that the server's user can pass through it."""
    layout = Layout(data_dir.absolute())
    try:
        folders.make_data_dir(layout)
    except OSError as error:
        raise _unusable(layout, error) from error


def _unusable(layout: Layout, error: OSError) -> EmbeddedServerError:
    return EmbeddedServerError(f"the data folder {layout.data_dir} cannot be used: {error}")


@contextmanager
def ensure(data_dir: Path) -> Iterator[Connection]:
    """Use the running server of the data folder, or one that is started for as long as anybody uses it."""
    server = Server(data_dir)
    connection = server.join()
    try:
        yield connection
    finally:
        server.leave()
