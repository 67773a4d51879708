"""Django's sessions in the database, whose read is compiled once: every request begins with it."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField, QuerySet
from django.utils import timezone

from vernost.core.prepared import Given, Prepared


def _valid() -> QuerySet[Session]:
    return Session.objects.filter(session_key=Given("key", CharField()), expire_date__gt=Given("now", DateTimeField()))


_SESSION = Prepared(_valid)
LONGEST: Final = timedelta(hours=12)
LONGEST_IDLE: Final = timedelta(hours=3)
# Whoever works is noted so seldom: a write at every request would cost more than the request.
_NOTED_EVERY: Final = timedelta(minutes=5)
_BEGUN, _SEEN = "begun_at", "seen_at"


def is_alive(session: SessionBase, now: datetime) -> bool:
    """Whether a session may go on: 12 hours in all, 3 hours without a request. Notes that it was used."""
    moment = now.timestamp()
    begun, seen = session.get(_BEGUN), session.get(_SEEN)
    if begun is None or seen is None:
        # Begun in place of another person's, which gives it no new key.
        session[_BEGUN] = session[_SEEN] = moment
        return True
    if moment - begun > LONGEST.total_seconds() or moment - seen > LONGEST_IDLE.total_seconds():
        return False
    if moment - seen > _NOTED_EVERY.total_seconds():
        session[_SEEN] = moment
    return True


# The name is part of the signature of what a session holds.
class SessionStore(db.SessionStore):
    def cycle_key(self) -> None:
        """Called at every sign-in: the person gets a new key and his hours begin."""
        super().cycle_key()
        self[_BEGUN] = self[_SEEN] = timezone.now().timestamp()

    def load(self) -> dict[str, Any]:
        found = _SESSION.first(key=self.session_key, now=timezone.now())
        if found is None:
            # One that has expired is not made anew under the key that somebody has sent.
            self._session_key = None
            return {}
        kept: dict[str, Any] = self.decode(found.session_data)
        return kept
