"""Handing work out among operators, and taking it back."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from vernost.accounts.models import User
from vernost.accounts.operations import record_change
from vernost.calls.queries import queue
from vernost.calls.queries.supervision import in_order, operators_visible_to
from vernost.core.actor import Actor
from vernost.core.live import announce
from vernost.invitations.models import Invitation
from vernost.invitations.rules import InvitationState


@transaction.atomic
def assign(*, invitation_ids: Sequence[int], user_id: int | None, actor: Actor, now: datetime) -> int:
    """Give waiting customers to an operator, or (None) back to everybody; return how many moved."""
    return _give(_waiting(actor).filter(pk__in=invitation_ids), user_id, actor, now)


@transaction.atomic
def share(
    *, source_id: int | None, programme_id: int | None, count: int, user_id: int | None, actor: Actor, now: datetime
) -> int:
    """Move the first `count` of the common queue (`source_id` None) or of an operator's own to another or to all."""
    waiting = _waiting(actor).filter(assigned_to_id=source_id)
    if programme_id is not None:
        waiting = waiting.filter(programme_id=programme_id)
    first = in_order(waiting, now).select_for_update(of=("self",), skip_locked=True)[:count]
    return _give(_waiting(actor).filter(pk__in=[row.pk for row in first]), user_id, actor, now)


def _waiting(actor: Actor) -> QuerySet[Invitation]:
    return queue.visible_to(actor).filter(state=InvitationState.QUEUED)


def _give(waiting: QuerySet[Invitation], user_id: int | None, actor: Actor, now: datetime) -> int:
    if user_id is not None and not operators_visible_to(actor).filter(pk=user_id).exists():
        raise User.DoesNotExist
    moved = waiting.exclude(assigned_to_id=user_id).update(assigned_to_id=user_id)
    if moved:
        fields = {"customers": [None, moved], "assigned_to": [None, user_id]}
        record_change(subject="queue", subject_id=user_id or "", action="assigned", fields=fields, actor=actor, now=now)
        announce("desk")
    return moved
