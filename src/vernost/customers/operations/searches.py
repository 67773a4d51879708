"""When all cards are compared with each other: once a week in the night, or when somebody asks for it."""

import time
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from vernost.core.actor import Actor
from vernost.core.events import publish
from vernost.customers.events import DuplicatesWanted
from vernost.customers.models import DuplicateSearch
from vernost.customers.operations.duplicates import Found, find_duplicates

# Somewhat less than a week, so that it stays the same night of the week.
_AGAIN_AFTER: Final = timedelta(days=6, hours=12)


@transaction.atomic
def ask_for_duplicates(*, actor: Actor, now: datetime) -> DuplicateSearch:
    """Have all cards compared in the background; return the search that waits or is at work already, if one is."""
    search, is_new = _open_search(actor, now)
    if is_new:
        publish(DuplicatesWanted())
    return search


def search_duplicates(*, actor: Actor, now: datetime) -> Found:
    """Compare all cards and keep what came of it. A search that waits, or whose process was killed, is this one."""
    search, _is_new = _open_search(actor, now)
    search.began_at = now
    search.save(update_fields=["began_at"])
    clock = time.monotonic()
    try:
        found = find_duplicates(actor=actor, now=now)
        search.customers, search.pairs, search.merged = found.customers, found.pairs, found.merged
    finally:
        search.ended_at = now + timedelta(seconds=time.monotonic() - clock)
        search.save()
    return found


def search_where_asked(*, actor: Actor, now: datetime) -> None:
    if DuplicateSearch.objects.filter(ended_at=None).exists():
        search_duplicates(actor=actor, now=now)


def search_where_due(*, actor: Actor, now: datetime) -> None:
    """Compare all cards if that was not done in the last days."""
    done = DuplicateSearch.objects.filter(ended_at__gt=now - _AGAIN_AFTER, customers__isnull=False)
    if not done.exists():
        search_duplicates(actor=actor, now=now)


def _open_search(actor: Actor, now: datetime) -> tuple[DuplicateSearch, bool]:
    return DuplicateSearch.objects.get_or_create(ended_at=None, defaults={"asked_at": now, "actor": actor.code})
