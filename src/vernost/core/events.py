"""News travels upward: a lower subject publishes, `config/subscriptions.py` says which jobs follow."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened; subclasses are frozen facts named in the past tense."""


Defer = Callable[[Event], None]
_subscriptions: dict[type[Event], list[Defer]] = {}


def subscribe(event: type[Event], defer: Defer) -> None:
    """Let `defer` put a job into the queue for each such event. Called by config only."""
    _subscriptions.setdefault(event, []).append(defer)


def publish(event: Event) -> None:
    """Defer the jobs that follow from the event, in the caller's transaction."""
    for defer in _subscriptions.get(type(event), ()):
        defer(event)
