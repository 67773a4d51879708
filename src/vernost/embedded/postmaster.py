"""What a cluster's folder and the process table say about its main process."""

import os
from dataclasses import dataclass
from pathlib import Path

from vernost.embedded.layout import Layout

_PID_FILE_LINES = 8


@dataclass(frozen=True, slots=True)
class Postmaster:
    pid: int
    ready: bool


def find(layout: Layout) -> Postmaster | None:
    """Return the living main process of this cluster.

    The number in postmaster.pid alone proves nothing: after a crash or in a new container it may be
    anybody's. The process must be a server of this folder by its own command line.
    """
    try:
        lines = _pid_file(layout).read_text(encoding="utf-8", errors="replace").splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if not _serves(pid, layout):
        return None
    return Postmaster(pid=pid, ready=len(lines) >= _PID_FILE_LINES and lines[7].strip() == "ready")


def clear_stale_files(layout: Layout) -> None:
    """Remove what a dead server has left: PostgreSQL believes any living process with its old number."""
    _pid_file(layout).unlink(missing_ok=True)
    for file in layout.socket.glob(".s.PGSQL.*"):
        file.unlink(missing_ok=True)


def _pid_file(layout: Layout) -> Path:
    return layout.cluster / "postmaster.pid"


def _serves(pid: int, layout: Layout) -> bool:
    try:
        # A zombie's command line is empty.
        command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    program, _, arguments = command_line.partition(b"\0")
    return Path(os.fsdecode(program)).name == "postgres" and (
        os.fsencode(layout.mark) in arguments or os.fsencode(layout.cluster) in arguments
    )
