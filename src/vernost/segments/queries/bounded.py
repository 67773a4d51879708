"""A memory of limited size: what was used last stays."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class Bounded(Generic[V]):
    """Keeps values up to so many bytes in all, and always the newest one. Threads may share it."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable) -> V | None:
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: V, size: int) -> None:
        with self._lock:
            self._drop(key)
            self._held[key] = (value, size)
            self._bytes += size
            while self._bytes > self._most and len(self._held) > 1:
                self._drop(next(iter(self._held)))

    def _drop(self, key: Hashable) -> None:
        _value, size = self._held.pop(key, (None, 0))
        self._bytes -= size

    def used(self) -> Iterator[Hashable]:
        """Return the keys, those used last first."""
        with self._lock:
            return reversed(list(self._held))

    @property
    def bytes(self) -> int:
        return self._bytes
