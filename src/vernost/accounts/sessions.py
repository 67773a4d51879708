"""Django's sessions in the database, whose read is compiled once: every request begins with it."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField, QuerySet
from django.utils import timezone

from vernost.core.prepared import Given, Prepared


def _valid() -> QuerySet[Session]:
    return Session.objects.filter(session_key=Given("key", CharField()), expire_date__gt=Given("now", DateTimeField()))


_SESSION = Prepared(_valid)


# The name is part of the signature of what a session holds.
class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        found = _SESSION.first(key=self.session_key, now=timezone.now())
        if found is None:
            # One that has expired is not made anew under the key that somebody has sent.
            self._session_key = None
            return {}
        kept: dict[str, Any] = self.decode(found.session_data)
        return kept
