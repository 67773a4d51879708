"""A part ends with the process that has started it, even if that one is killed."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Final

VARIABLE: Final = "VERNOST_PARENT_PIPE"
_GRACE: Final = 25.0


def is_supervised() -> bool:
    return VARIABLE in os.environ


def end_with_parent() -> None:
    """Ask this process to end when the writing end of the parent's pipe is closed."""
    if is_supervised():
        handle = int(os.environ[VARIABLE])
        end_when(lambda: os.read(handle, 1))


def end_when(wait: Callable[[], object]) -> None:
    """Ask this process to end as by SIGTERM when `wait` returns, and make it end after a while."""

    def watch() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(_GRACE)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
