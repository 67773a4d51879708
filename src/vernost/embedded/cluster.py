"""Making a cluster, and starting the server's process on it."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vernost.embedded import account as accounts
from vernost.embedded import binaries, folders, locks, postmaster, tuning
from vernost.embedded.account import Account
from vernost.embedded.errors import EmbeddedServerError
from vernost.embedded.layout import Layout
from vernost.embedded.names import MAJOR_VERSION, SUPERUSER

# Nothing of our own environment reaches the server: PGDATA, PGOPTIONS and LC_ALL would change it.
_ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
# The builtin provider knows Cyrillic letters' cases whatever locales the machine has.
_INITDB: Final = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    # Who can open the socket is root or the server's user: its folder is closed to all others.
    "--auth=trust",
    f"--username={SUPERUSER}",
    "--no-instructions",
)
_LOG_TAIL: Final = 2000


@dataclass(frozen=True, slots=True)
class _Child:
    """How the server's process sees a folder, and what it must inherit to see it so."""

    program: Path
    path: str
    handles: tuple[int, ...]
    account: Account | None

    def arguments(self) -> dict[str, Any]:
        return {
            "cwd": "/",
            "env": _ENVIRONMENT,
            "stdin": subprocess.DEVNULL,
            "pass_fds": self.handles,
            **(self.account.as_child() if self.account else {}),
        }


def start(layout: Layout) -> subprocess.Popen[bytes]:
    """Start the server, making its cluster first if there is none. Called by one process at a time."""
    account = accounts.choose(layout.cluster)
    programs = binaries.folder(layout, account)
    if not layout.cluster.exists():
        _initialise(layout, programs / "initdb", account)
    _check_version(layout)
    if postmaster.find(layout):
        message = f"somebody else has started PostgreSQL on {layout.cluster}: stop it first"
        raise EmbeddedServerError(message)
    postmaster.clear_stale_files(layout)
    lock = _take_server_lock(layout)
    try:
        with _seen_by(account, layout.cluster) as seen, _seen_by(account, layout.socket) as socket:
            child = _Child(programs / "postgres", seen.path, (lock, *seen.handles, *socket.handles), account)
            return _spawn(layout, child, socket.path)
    finally:
        # The server and its children keep theirs: the lock ends with the last of them.
        os.close(lock)


def why_it_ended(layout: Layout) -> str:
    """Return words for a server that has ended while starting, with the end of its log."""
    logs = [layout.start_log, *layout.cluster.glob("log/*.log")]
    newest = max((log for log in logs if log.exists()), key=lambda log: log.stat().st_mtime, default=None)
    tail = newest.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:].strip() if newest else "no log"
    return f"PostgreSQL did not start. The end of {newest}:\n{tail}"


@dataclass(frozen=True, slots=True)
class _Seen:
    path: str
    handles: tuple[int, ...]


@contextmanager
def _seen_by(account: Account | None, folder: Path) -> Iterator[_Seen]:
    """Give the path by which the server's user reaches its own folder.

    Below a folder that is closed to that user (root's home, a temporary folder) the path leads over a
    handle that the process inherits, and no permission has to be changed.
    """
    if account is None or account.can_pass(folder):
        yield _Seen(str(folder), ())
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield _Seen(f"/proc/self/fd/{handle}", (handle,))
    finally:
        os.close(handle)


def _initialise(layout: Layout, program: Path, account: Account | None) -> None:
    """Make the cluster beside and rename it: one that exists is whole."""
    if layout.unfinished_cluster.exists():
        shutil.rmtree(layout.unfinished_cluster)
    folders.make_private(layout.unfinished_cluster, account)
    with _seen_by(account, layout.unfinished_cluster) as seen:
        child = _Child(program, seen.path, seen.handles, account)
        result = subprocess.run(  # noqa: S603 - our own arguments
            [program, "-D", seen.path, *_INITDB],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **child.arguments(),
        )
    if result.returncode:
        output = result.stdout.decode("utf-8", "replace")[-_LOG_TAIL:].strip()
        message = f"the database in {layout.server} could not be made:\n{output}"
        raise EmbeddedServerError(message)
    layout.unfinished_cluster.rename(layout.cluster)


def _check_version(layout: Layout) -> None:
    version = (layout.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    if version != str(MAJOR_VERSION):
        message = f"{layout.cluster} is of PostgreSQL {version}, and this Vernost brings {MAJOR_VERSION}"
        raise EmbeddedServerError(message)


def _take_server_lock(layout: Layout) -> int:
    handle = locks.open_lock(layout.server_lock)
    # Nobody holds it for long: a command that asks whether a server runs touches it for a moment.
    while not locks.try_exclusive(handle):
        time.sleep(0.001)
    return handle


def _spawn(layout: Layout, child: _Child, socket: str) -> subprocess.Popen[bytes]:
    settings = tuning.settings(memory=tuning.memory(), shared_memory=tuning.shared_memory())
    settings |= {"cluster_name": layout.mark, "unix_socket_directories": socket}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with layout.start_log.open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own arguments
            [child.program, "-D", child.path, *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl+C in the terminal is for us: the server is stopped last.
            start_new_session=True,
            **child.arguments(),
        )
