"""Threads beside the one that makes a version."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


def _nothing() -> None:
    pass


class Threads(ThreadPoolExecutor):
    """A pool whose work has ended when it is left, also where an exit is raised while it waits.

    A command that a signal ends raises its exit again and again (`cli.database`). Python takes a thread for ended whose
    `join` an exception has left; the engine in it would then outlive the interpreter, and abort the process.
    `stop` is called where work has become vain: it lets what is running fail.
    """

    def __init__(self, count: int, name: str = "", stop: Callable[[], None] = _nothing) -> None:
        super().__init__(count, name)
        self._stop_work = stop
        self._given: list[Future[Any]] = []

    def submit(self, fn: Callable[_Given, _Made], /, *args: _Given.args, **kwargs: _Given.kwargs) -> Future[_Made]:
        future = super().submit(fn, *args, **kwargs)
        self._given.append(future)
        return future

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ending = error
        while not all(future.done() for future in self._given):
            try:
                if ending is not None:
                    self._give_up()
                wait(self._given)
            except BaseException as again:  # noqa: BLE001 - raised when all have ended
                ending = ending or again
        super().__exit__(kind, error, trace)
        if error is None and ending is not None:
            raise ending

    def _give_up(self) -> None:
        for future in self._given:
            future.cancel()
        self._stop_work()
