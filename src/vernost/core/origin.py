"""From where a thing is done: the address of the browser or of the other system, empty for jobs and commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_address: ContextVar[str] = ContextVar("origin", default="")


def address() -> str:
    return _address.get()


@contextmanager
def coming_from(where: str) -> Iterator[None]:
    before = _address.set(where)
    try:
        yield
    finally:
        _address.reset(before)
