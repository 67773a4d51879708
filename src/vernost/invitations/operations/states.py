"""The one place where the state of an invitation changes by hand."""

from datetime import datetime
from typing import Any

from django.db import connection

from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.invitations.models import Invitation
from vernost.invitations.rules import ENDED_STATES, InvitationState, may_follow


class StateMayNotFollow(DomainError):
    code = "state_may_not_follow"
    text = _("An invitation in the state %(state)s cannot become %(to)s")


# What a move may change of an invitation; the rest of it is what the night has written.
_CHANGED = (
    "state",
    "attempts",
    "first_attempt_on",
    "next_try_at",
    "is_callback",
    "no_shows",
    "leased_by_id",
    "leased_until",
    "zone",
    "expires_on",
    "decline_reason",
    "appointment_id",
    "ended_at",
)
# In one statement, so that neither is without the other and no savepoint is needed.
_MOVE = f"""
WITH moved AS (UPDATE invitations_invitation SET {", ".join(f"{name} = %({name})s" for name in _CHANGED)}
               WHERE id = %(id)s)
INSERT INTO invitations_invitationevent (invitation_id, at, actor, from_state, to_state, note)
VALUES (%(id)s, %(at)s, %(actor)s, %(before)s, %(state)s, %(note)s)
"""  # noqa: S608 - our own words


def transition(*, invitation: Invitation, to: InvitationState, actor: Actor, now: datetime, note: str = "") -> None:
    """Move an invitation to another state and write the event; the one place where its state changes by hand.

    `invitation` is locked by the caller (select_for_update); what else of `_CHANGED` the caller has set on
    it is saved with it. Leaving `in_progress` ends the lease, an ended state has its time.
    """
    before = InvitationState(invitation.state)
    if not may_follow(before, to):
        raise StateMayNotFollow(state=before.value, to=to.value)
    invitation.state = to
    if to is not InvitationState.IN_PROGRESS:
        invitation.leased_by = None
        invitation.leased_until = None
    if to in ENDED_STATES:
        invitation.next_try_at = None
        invitation.is_callback = False
        invitation.ended_at = now
    else:
        invitation.ended_at = None
    changed: dict[str, Any] = {name: getattr(invitation, name) for name in _CHANGED}
    written: dict[str, Any] = {
        "id": invitation.pk,
        "at": now,
        "actor": actor.code,
        "before": before.value,
        "note": note,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, {**changed, **written, "state": to.value})
