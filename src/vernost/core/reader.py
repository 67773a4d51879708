"""Who reads: words in which a number may stand are read from the database as he is told them.

Names, addresses and lines of orders come from other systems, and telephones and VINs stand in them at times. They are
shown on every page, so it is the column (`core.words_field.Words`) that leaves the numbers out, not each page. Only
where something is read: what a form sends is compared with the words as they are kept (`sensitive.told`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.rights import Sensitive

_IN_WORDS: Final = (Sensitive.PHONE, Sensitive.EMAIL, Sensitive.VIN)
# A request that changes something reads what it compares and keeps; what it answers is read after that.
METHODS: Final = frozenset({"GET", "HEAD"})


class _Request:
    """Who reads in a request. An object, as `wall.Standing`: changed in a thread, it counts in all of the request."""

    actor: Actor | None = None


# None: a job or a command, which reads everything as it is kept.
_request: ContextVar[_Request | None] = ContextVar("reader", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """Let nobody be known yet who reads in a request."""
    before = _request.set(_Request())
    try:
        yield
    finally:
        _request.reset(before)


def reads(actor: Actor) -> None:
    """Say who reads what the request at work reads from here on: it may write none of it."""
    if (request := _request.get()) and not all(actor.shows(field) for field in _IN_WORDS):
        request.actor = actor


def told(text: str) -> str:
    """Return words as who reads them is told them."""
    request = _request.get()
    return text if request is None or request.actor is None else sensitive.told(request.actor, text)
