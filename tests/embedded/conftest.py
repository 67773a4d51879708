"""Data folders with a server, and other processes that use them."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

NEIGHBOUR = Path(__file__).with_name("neighbour.py")


class Neighbour:
    """Another process that uses a data folder's server."""

    def __init__(self, data_dir: Path, *, python: tuple[str, ...] = (sys.executable,), **environment: str) -> None:
        self.process = subprocess.Popen(
            [*python, str(NEIGHBOUR), str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
            text=True,
        )

    def server_pid(self) -> int:
        """Wait until it uses the server, and return the number of the server's main process."""
        assert self.process.stdout
        assert self.process.stderr
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return int(line)

    def leave(self) -> int:
        self.process.communicate()
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def neighbours() -> Iterator[type[Neighbour]]:
    """Start neighbours with it; those still there at the end leave."""
    started: list[Neighbour] = []

    class Kept(Neighbour):
        def __init__(self, *arguments, **options) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    yield Kept
    for neighbour in started:
        if neighbour.process.poll() is None:
            neighbour.leave()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass through, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="vernost-open-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def as_superuser(connection, database="vernost"):
    with psycopg.connect(
        host=str(connection.host), port=connection.port, user="postgres", dbname=database, autocommit=True
    ) as session:
        yield session


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
