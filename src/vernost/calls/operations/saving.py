"""The two statements of a saved call beside the invitation's move: what it finds, and what it leaves."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from vernost.calls.queries import ground
from vernost.calls.queries.columns import fetched, joined
from vernost.calls.queries.ground import Ground
from vernost.contacts.rules import Outcome
from vernost.core.actor import Actor
from vernost.invitations.models import Invitation


@dataclass(frozen=True, slots=True)
class Known:
    """A call that was saved under the same key; `number` of its attempt, None where it was taken back."""

    digest: str
    user_id: int
    undone_at: str | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Dialled:
    id: int
    value: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a call is judged by. `others`: whether other invitations of the customer wait; `reasons`: of refusals."""

    known: Known | None
    phones: Sequence[Dialled]
    attempts: Sequence[tuple[datetime, str]]
    others: bool
    reasons: frozenset[str]
    ground: Ground


_KNOWN = """
SELECT saved.digest, saved.user_id, saved.undone_at, attempt.number
FROM calls_recordedcall saved LEFT JOIN invitations_contactattempt attempt ON attempt.id = saved.attempt_id
WHERE saved.key = %(key)s
"""
_PHONES = """
SELECT id, value FROM customers_contactaddress
WHERE customer_id = %(customer)s AND kind = 'phone' AND invalid_on IS NULL ORDER BY position, id
"""
_ATTEMPTS = "SELECT at, outcome FROM invitations_contactattempt WHERE invitation_id = %(invitation)s ORDER BY number"
_OTHERS = """
SELECT id FROM invitations_invitation
WHERE customer_id = %(customer)s AND state = 'queued' AND id <> %(invitation)s LIMIT 1
"""
_REASONS = "SELECT code FROM calls_declinereason WHERE active"


def found_of(invitation: Invitation, key: UUID) -> Found:
    """Read it of an invitation that is locked: nothing of it changes until the call is saved."""
    values = {"key": key, "customer": invitation.customer_id, "invitation": invitation.pk}
    statement = joined(_KNOWN, _PHONES, _ATTEMPTS, _OTHERS, _REASONS, more=ground.COLUMNS)
    known, phones, attempts, others, reasons, *grounds = fetched(statement, values)
    return Found(
        known=next((Known(**row) for row in known), None),
        phones=[Dialled(**row) for row in phones],
        attempts=[(datetime.fromisoformat(row["at"]), row["outcome"]) for row in attempts],
        others=bool(others),
        reasons=frozenset(row["code"] for row in reasons),
        ground=ground.found_in(grounds),
    )


# The contact, its attempt, the key under which both were saved; the draft has become the note.
_WRITE = """
WITH contact AS (
    INSERT INTO contacts_interaction (customer_id, vehicle_id, at, "on", channel, direction, outcome, user_id, text)
    VALUES (%(customer)s, %(vehicle)s, %(now)s, %(on)s, 'call', 'out', %(outcome)s, %(user)s, %(text)s)
    RETURNING id
), attempt AS (
    INSERT INTO invitations_contactattempt
        (invitation_id, interaction_id, number, at, "on", user_id, address, outcome, reached, talk_seconds)
    SELECT %(invitation)s, id, %(number)s, %(now)s, %(on)s, %(user)s, %(address)s, %(outcome)s, %(reached)s, 0
    FROM contact
    RETURNING id
), draft AS (
    DELETE FROM calls_calldraft WHERE invitation_id = %(invitation)s AND user_id = %(user)s
)
INSERT INTO calls_recordedcall (key, invitation_id, attempt_id, user_id, at, digest, before)
SELECT %(key)s, %(invitation)s, id, %(user)s, %(now)s, %(digest)s, %(before)s::jsonb FROM attempt
"""


@dataclass(frozen=True, slots=True)
class Saved:
    """What is left of a call. `before` and `effects` are what undoing it needs."""

    key: UUID
    digest: str
    outcome: Outcome
    reached: bool
    address: str
    text: str
    before: Mapping[str, Any]


def write(invitation: Invitation, saved: Saved, *, actor: Actor, now: datetime, on: date) -> None:
    values = {
        "customer": invitation.customer_id,
        "vehicle": invitation.vehicle_id,
        "invitation": invitation.pk,
        "number": invitation.attempts,
        "user": actor.user_id,
        "now": now,
        "on": on,
        "key": saved.key,
        "digest": saved.digest,
        "outcome": saved.outcome.value,
        "reached": saved.reached,
        "address": saved.address,
        "text": saved.text,
        "before": json.dumps(saved.before),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
