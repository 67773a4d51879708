"""What an operator is doing, told by his page."""

from datetime import datetime

from vernost.calls.models import OperatorPresence
from vernost.calls.rules.presence import Presence, presence_at
from vernost.core.actor import Actor
from vernost.core.live import announce


def person(actor: Actor) -> int:
    """Return the user who acts; a part of the system makes no calls."""
    if actor.user_id is None:
        raise ValueError("calls are made by people")
    return actor.user_id


def set_presence(*, state: Presence | None, actor: Actor, now: datetime) -> None:
    """Record a state, or (None) only that the page is open; `since` moves when the state does."""
    if actor.user_id is None:
        return
    known = OperatorPresence.objects.filter(user_id=actor.user_id).first()
    before = presence_at(known.state, known.seen_at, now) if known else Presence.AWAY
    after = state or (before if before is not Presence.AWAY else Presence.READY)
    since = known.since if known and before is after else now
    OperatorPresence.objects.bulk_create(
        [OperatorPresence(user_id=actor.user_id, state=after.value, since=since, seen_at=now)],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["state", "since", "seen_at"],
    )
    if before is not after:
        announce("desk")
