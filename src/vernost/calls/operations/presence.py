"""What an operator is doing, told by his page."""

from datetime import datetime

from django.db import connection

from vernost.calls.rules.presence import GONE_AFTER, Presence
from vernost.core.actor import Actor
from vernost.core.live import CHANNEL, DESK, announce

# Who is away has no state of his own to keep: `presence_at` is the same rule.
_SET = """
WITH told AS (
INSERT INTO calls_operatorpresence AS known (user_id, state, since, seen_at)
VALUES (%(user)s, coalesce(%(state)s, %(ready)s), %(now)s, %(now)s)
ON CONFLICT (user_id) DO UPDATE SET
    state = CASE WHEN known.seen_at >= %(gone)s THEN coalesce(%(state)s, known.state) ELSE excluded.state END,
    since = CASE WHEN known.seen_at >= %(gone)s AND known.state = coalesce(%(state)s, known.state)
                 THEN known.since ELSE excluded.since END,
    seen_at = excluded.seen_at
RETURNING since = %(now)s AS moved
)
SELECT pg_notify(%(channel)s, %(topic)s) FROM told WHERE moved OR %(news)s
"""


def person(actor: Actor) -> int:
    """Return the user who acts; a part of the system makes no calls."""
    if actor.user_id is None:
        raise ValueError("calls are made by people")
    return actor.user_id


def set_presence(*, state: Presence | None, actor: Actor, now: datetime, news: bool = False) -> None:
    """Record a state, or (None) only that the page is open; `since` moves when the state does.

    `news`: the contact centre has something to hear of even when the state stays.
    """
    if actor.user_id is None:
        if news:
            announce(DESK)
        return
    values = {
        "user": actor.user_id,
        "state": state.value if state else None,
        "ready": Presence.READY.value,
        "now": now,
        "gone": now - GONE_AFTER,
        "channel": CHANNEL,
        "topic": DESK,
        "news": news,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SET, values)
