"""The second connection of an import: it holds the lock, tells the progress, hears a wish to stop."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from vernost.intake.operations.failures import ImportIsRunning, ImportStopped
from vernost.intake.queries import LOCK

_INTERVAL: Final = 0.5

# Told of the file's name and the share of it that is done, 0 to 1.
Progress = Callable[[str, float], None]


class Monitor:
    def __init__(self, wrapper: BaseDatabaseWrapper, run_id: int | None, progress: Progress | None) -> None:
        self._wrapper, self._run_id, self._progress = wrapper, run_id, progress
        self._told_at = 0.0

    def tell(self, file_id: int, name: str, share: float) -> None:
        """Say how far a file is, not more often than people look; raise ImportStopped if somebody asked for it."""
        if time.monotonic() - self._told_at < _INTERVAL:
            return
        self._told_at = time.monotonic()
        if self._progress:
            self._progress(name, share)
        with self._wrapper.cursor() as cursor:
            cursor.execute("UPDATE intake_importedfile SET progress = %s WHERE id = %s", [share, file_id])
            cursor.execute("SELECT stop_asked FROM intake_importrun WHERE id = %s", [self._run_id])
            row = cursor.fetchone()
        if row and row[0]:
            raise ImportStopped


@contextmanager
def watching(run_id: int | None = None, progress: Progress | None = None) -> Iterator[Monitor]:
    """Let one import at a time work on this database; the lock goes with its process."""
    wrapper = connection.copy()
    try:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                raise ImportIsRunning
        try:
            yield Monitor(wrapper, run_id, progress)
        finally:
            _let_go(wrapper)
    finally:
        wrapper.close()


def _let_go(wrapper: BaseDatabaseWrapper) -> None:
    """Give the lock back: a connection that is closed may go to a pool with it, or end a moment after the next asks."""
    # Of a server that is gone nothing needs to be given back.
    with suppress(OperationalError, InterfaceError), wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
