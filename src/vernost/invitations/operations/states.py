"""The one place where the state of an invitation changes by hand."""

from datetime import datetime

from django.db import transaction

from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.invitations.models import Invitation, InvitationEvent
from vernost.invitations.rules import ENDED_STATES, InvitationState, may_follow


class StateMayNotFollow(DomainError):
    code = "state_may_not_follow"
    text = _("An invitation in the state %(state)s cannot become %(to)s")


@transaction.atomic
def transition(
    *, invitation: Invitation, to: InvitationState, actor: Actor, now: datetime, note: str = ""
) -> InvitationEvent:
    """Move an invitation to another state and write the event; the one place where its state changes by hand.

    `invitation` is locked by the caller (select_for_update); other fields that the caller has set on
    it are saved with it. Leaving `in_progress` ends the lease, an ended state has its time.
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
    invitation.save()
    return InvitationEvent.objects.create(
        invitation=invitation, at=now, actor=actor.code, from_state=before, to_state=to, note=note
    )
