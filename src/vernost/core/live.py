"""News for open pages: a word through PostgreSQL's NOTIFY, heard by the one LISTEN of each web process.

Only a topic travels (`branch-3`, `desk`); a page that cares asks the server for its fragment again.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection, connections

from vernost.core.actor import Actor

CHANNEL: Final = "vernost_live"
# The calling centre as a whole: for those who watch over it.
DESK: Final = "desk"
_PING_EVERY: Final = 15.0
# Many calls a second are one piece of news.
_PAUSE: Final = 1.0
_RECONNECT_AFTER: Final = 2.0

logger = logging.getLogger(__name__)


def announce(topic: str) -> None:
    """Tell open pages that something about `topic` has changed; sent when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, topic])


@dataclass(frozen=True, slots=True)
class Topics:
    """What a page may hear of. `branches` None: of every branch."""

    branches: frozenset[str] | None
    desk: bool

    def __contains__(self, topic: str) -> bool:
        return self.desk if topic == DESK else self.branches is None or topic in self.branches


def topics_of(actor: Actor) -> Topics:
    branches = None if actor.branch_ids is None else frozenset(f"branch-{pk}" for pk in actor.branch_ids)
    return Topics(branches, desk=actor.may("calls.supervise"))


@dataclass(eq=False, slots=True)
class _Mailbox:
    waiting: set[str] = field(default_factory=set)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class _Listener:
    """The LISTEN of one event loop: begun by the first page, ended with the last."""

    def __init__(self) -> None:
        self._mailboxes: set[_Mailbox] = set()
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def mailbox(self) -> Any:  # noqa: ANN401 - a context manager of _Mailbox
        box = _Mailbox()
        self._mailboxes.add(box)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._listen())
        try:
            yield box
        finally:
            self._mailboxes.discard(box)
            if not self._mailboxes and self._task:
                self._task.cancel()

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as heard:
                    await heard.execute(f"LISTEN {CHANNEL}")
                    async for notice in heard.notifies():
                        self._deliver(notice.payload)
            except psycopg.OperationalError as error:
                logger.warning("live news are interrupted: %s", error)
            await asyncio.sleep(_RECONNECT_AFTER)

    def _deliver(self, topic: str) -> None:
        for box in self._mailboxes:
            box.waiting.add(topic)
            box.arrived.set()


_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, _Listener] = WeakKeyDictionary()


async def news(topics: Topics) -> AsyncIterator[str]:
    """Yield the topics that have news, each at most once a second; an empty one is a sign of life."""
    listener = _listeners.setdefault(asyncio.get_running_loop(), _Listener())
    with listener.mailbox() as box:
        yield ""
        while True:
            try:
                await asyncio.wait_for(box.arrived.wait(), _PING_EVERY)
            except TimeoutError:
                yield ""
                continue
            await asyncio.sleep(_PAUSE)
            box.arrived.clear()
            heard, box.waiting = box.waiting, set()
            for topic in sorted(heard):
                if topic in topics:
                    yield topic


def _parameters() -> dict[str, Any]:
    """Return how the pages reach the database, for a connection outside of Django's pool."""
    settings = connections["default"].settings_dict
    options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
    address = {
        "dbname": settings["NAME"],
        "host": settings["HOST"],
        "port": settings["PORT"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
    }
    return {**{name: value for name, value in address.items() if value}, **options}
