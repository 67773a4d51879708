"""Telling other systems of what triggers have noted: contacts, consents, merges (migration `automation.0003_news`)."""

import uuid
from collections import defaultdict
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from vernost.automation.operations import webhooks
from vernost.automation.queries import news

_AT_ONCE: Final = 500
# Rows of transactions that end late are seen when they end: nothing is passed over, nothing told twice.
_TAKE: Final = """
    DELETE FROM automation_news WHERE id IN (
        SELECT id FROM automation_news ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING id, topic, row_id
"""


def tell(*, now: datetime) -> int:
    """Put messages of everything that was noted on their way; return how many were made."""
    made = 0
    while (told := _tell_some(now)) is not None:
        made += told
    return made


@transaction.atomic
def _tell_some(now: datetime) -> int | None:
    """Tell of the oldest; None where nothing was left."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [_AT_ONCE])
        rows = sorted(cursor.fetchall())
    if not rows:
        return None
    noted: dict[str, set[int]] = defaultdict(set)
    for _id, topic, row_id in rows:
        noted[topic].add(row_id)
    # What is told as it stands now needs no second word of the change that followed.
    noted["contact.changed"] -= noted["contact.created"]
    return sum(
        webhooks.announce(event=event, data=data, branch_id=None, message_id=uuid.uuid4(), now=now)
        for event, data in news.messages_of(noted)
    )
