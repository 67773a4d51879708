"""The web server: Granian's processes, each with Django of its own."""

import gc
import multiprocessing
import os
from functools import partial
from multiprocessing import connection
from typing import Any, Final

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from vernost.cli.serving import parent
from vernost.cli.serving.address import Address

APPLICATION: Final = "vernost.config.asgi:application"
_MOST_WORKERS: Final = 8
_STOP_WITHIN: Final = 10
_LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s web: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}


def serve(address: Address, workers: int | None) -> None:
    """Serve until SIGTERM or SIGINT. Call it with Django asleep: the processes are forked."""
    server = Server(
        APPLICATION,
        address=address.ip,
        port=address.port,
        interface=Interfaces.ASGINL,
        workers=workers or default_workers(),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_WITHIN,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGING,
    )
    server.serve(target_loader=partial(_load, APPLICATION), wrap_loader=False)


def default_workers() -> int:
    return min(len(os.sched_getaffinity(0)), _MOST_WORKERS)


def _load(target: str) -> Any:  # noqa: ANN401 - an ASGI application
    """Load the application in a web process, which must not outlive the one that has forked it."""
    origin = multiprocessing.parent_process()
    if origin is not None:
        parent.end_when(partial(connection.wait, [origin.sentinel]))
    module, _, name = target.partition(":")
    application = getattr(__import__(module, fromlist=[name]), name)
    # What is loaded stays for ever: a collection in the middle of a page need not look through it.
    gc.collect()
    gc.freeze()
    return application
