"""The invitations of a programme, one by one."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from vernost.core.actor import Actor
from vernost.invitations.models import Invitation
from vernost.invitations.rules import STATE_TITLES, InvitationState

IN_WORK = (InvitationState.QUEUED, InvitationState.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class InvitationFilter:
    """Of a programme: made for a day, or in some states now; empty parts ask for everything."""

    programme_id: int
    created_for: date | None = None
    states: tuple[InvitationState, ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """`state_title` is a marked text, `next_try_at` empty for whoever may be called at once."""

    id: int
    customer_id: int
    customer: str
    car: str
    plate: str
    branch: str
    due_on: date
    state: InvitationState
    state_title: str
    attempts: int
    next_try_at: datetime | None


def invitations(
    wanted: InvitationFilter, *, actor: Actor, after: int = 0, limit: int | None = None
) -> list[InvitationLine]:
    """Return them in the order of their making; `after` is the id of the last row of the page before."""
    rows = _wanted(wanted, actor).filter(pk__gt=after).select_related("customer", "vehicle", "branch")
    return [_line(row) for row in rows.order_by("pk")[:limit]]


def number_of_invitations(wanted: InvitationFilter, *, actor: Actor) -> int:
    return _wanted(wanted, actor).count()


def _wanted(wanted: InvitationFilter, actor: Actor) -> QuerySet[Invitation]:
    parts = Q(programme_id=wanted.programme_id)
    if actor.branch_ids is not None:
        parts &= Q(branch_id__in=actor.branch_ids)
    if wanted.created_for is not None:
        parts &= Q(created_for=wanted.created_for)
    if wanted.states:
        parts &= Q(state__in=wanted.states)
    return Invitation.objects.filter(parts)


def _line(row: Invitation) -> InvitationLine:
    state = InvitationState(row.state)
    return InvitationLine(
        id=row.pk,
        customer_id=row.customer_id,
        customer=row.customer.full_name,
        car=str(row.vehicle) if row.vehicle else "",
        plate=row.vehicle.plate if row.vehicle else "",
        branch=row.branch.name if row.branch else "",
        due_on=row.due_on,
        state=state,
        state_title=STATE_TITLES[state],
        attempts=row.attempts,
        next_try_at=row.next_try_at,
    )
