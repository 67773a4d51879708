"""How much calling there is, in single numbers."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from vernost.core.actor import Actor
from vernost.invitations.models import ContactAttempt, Invitation
from vernost.invitations.rules import InvitationState


@dataclass(frozen=True, slots=True)
class CallingLoad:
    """The queue of the actor's branches at a moment, and what was done on its day."""

    waiting: int
    overdue_call_backs: int
    attempts: int
    reached: int
    booked: int


def calling_load(actor: Actor, *, now: datetime, on: date) -> CallingLoad:
    invitations, attempts = Invitation.objects.all(), ContactAttempt.objects.filter(on=on)
    if actor.branch_ids is not None:
        invitations = invitations.filter(branch_id__in=actor.branch_ids)
        attempts = attempts.filter(invitation__branch_id__in=actor.branch_ids)
    queued = invitations.filter(state__in=[InvitationState.QUEUED, InvitationState.IN_PROGRESS]).aggregate(
        waiting=Count("pk"), overdue_call_backs=Count("pk", filter=Q(is_callback=True, next_try_at__lt=now))
    )
    done = attempts.aggregate(
        attempts=Count("pk"),
        reached=Count("pk", filter=Q(reached=True)),
        booked=Count("pk", filter=Q(outcome="booked")),
    )
    return CallingLoad(**queued, **done)
