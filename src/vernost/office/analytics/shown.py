"""Which version of the mirror an analytics page shows.

A page whose figures take long is shown of the version that they were last counted on, which its heading tells, while
a thread counts them on the newest one: who looks again sees those. Between two counts it rests, so that pages which
somebody keeps open take a small part of the processor however often the mirror is refreshed.
"""

import contextvars
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings
from django.db import connections
from django.utils import translation

from vernost.facts import mirror as mirrors
from vernost.facts.mirror import Mirror

Made = TypeVar("Made")

# Of which pages it is known when they were counted.
PAGES = 200


@dataclass(frozen=True, slots=True)
class _Counted:
    """What its figures took in seconds, and the moment (monotonic) from which they may be counted again."""

    mirror: Mirror
    seconds: float
    again_at: float


class Shown:
    """The pages of this process. Threads share it."""

    def __init__(self) -> None:
        self._counted: OrderedDict[Hashable, _Counted] = OrderedDict()
        self._lock = threading.Lock()
        self._follower: threading.Thread | None = None

    def page(self, key: Hashable, make: Callable[[Mirror], Made]) -> Made:
        """Return what `make` gives of the newest version, or of the one last counted while that one is prepared.

        `key` tells one page, look and scope from another. `make` keeps what it counts of a version.
        Raises `MirrorMissing`.
        """
        newest = mirrors.current()
        with self._lock:
            last = self._counted.get((newest.folder.parent, key))
        if last is None or last.seconds <= settings.ANALYTICS_AT_ONCE_SECONDS:
            return self._make(key, newest, make)
        if last.mirror.folder == newest.folder:
            return make(newest)
        try:
            made = make(last.mirror)
        except FileNotFoundError:
            # What was kept of that version has made room for other pages, and a refresh has removed it.
            return self._make(key, newest, make)
        if time.monotonic() >= last.again_at:
            self._follow(lambda: self._make(key, newest, make))
        return made

    def wait(self) -> None:
        """Wait until the page that is being prepared is ready."""
        follower = self._follower
        if follower is not None:
            follower.join()

    def _make(self, key: Hashable, mirror: Mirror, make: Callable[[Mirror], Made]) -> Made:
        started = time.monotonic()
        made = make(mirror)
        now = time.monotonic()
        place = (mirror.folder.parent, key)
        with self._lock:
            self._counted[place] = _Counted(mirror, now - started, now + settings.ANALYTICS_REST * (now - started))
            self._counted.move_to_end(place)
            while len(self._counted) > PAGES:
                self._counted.popitem(last=False)
        return made

    def _follow(self, count: Callable[[], object]) -> None:
        """Count in a thread; one page at a time, another one is asked for at its next look."""
        language = translation.get_language()

        def follow() -> None:
            try:
                # A refresh may have replaced and removed the version: the next look follows a newer one.
                with translation.override(language), suppress(FileNotFoundError):
                    count()
            finally:
                connections.close_all()

        with self._lock:
            if self._follower is not None and self._follower.is_alive():
                return
            # It stands behind the wall of the request that began it.
            context = contextvars.copy_context()
            self._follower = threading.Thread(target=context.run, args=(follow,), name="analytics-follow", daemon=True)
            self._follower.start()


shown = Shown()
