"""What an operator is doing, as the supervisor sees it."""

from datetime import datetime, timedelta
from enum import StrEnum

from vernost.core.i18n import _


class Presence(StrEnum):
    READY = "ready"
    SERVING = "serving"
    BREAK = "break"
    AWAY = "away"


PRESENCE_TITLES: dict[Presence, str] = {
    Presence.READY: _("On the line"),
    Presence.SERVING: _("With a customer"),
    Presence.BREAK: _("On a break"),
    Presence.AWAY: _("Away"),
}

# The open page gives a sign each minute; after three without one its operator is gone.
SIGN_EVERY = timedelta(minutes=1)
GONE_AFTER = timedelta(minutes=3)


def presence_at(state: str, seen_at: datetime | None, now: datetime) -> Presence:
    """An operator whose page has fallen silent is away, whatever he did last."""
    if seen_at is None or now - seen_at > GONE_AFTER:
        return Presence.AWAY
    return Presence(state)
