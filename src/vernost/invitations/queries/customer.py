"""The invitations of one customer, for his card."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from vernost.core.actor import Actor
from vernost.invitations.models import Invitation
from vernost.invitations.rules import STATE_TITLES, InvitationState


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation in a history. `state_title` is a marked text."""

    id: int
    programme: str
    car: str
    created_for: date
    due_on: date
    state: InvitationState
    state_title: str
    attempts: int


def visible_to(actor: Actor) -> QuerySet[Invitation]:
    """Return the invitations of the actor's branches; one without a branch belongs to the whole group."""
    rows = Invitation.objects.all()
    return rows if actor.branch_ids is None else rows.filter(branch_id__in=actor.branch_ids)


def invitations_of(customer_id: int, *, actor: Actor, limit: int) -> list[InvitationRow]:
    """Return the customer's latest invitations first; of another branch's none is shown."""
    found = visible_to(actor).filter(customer_id=customer_id).select_related("programme", "vehicle")
    return [_row(row) for row in found.order_by("-created_for", "-pk")[:limit]]


def waiting_invitation(customer_id: int, *, actor: Actor) -> InvitationRow | None:
    """Return the invitation of the highest programme that waits for a call, or is being called."""
    open_ones = [InvitationState.QUEUED, InvitationState.IN_PROGRESS]
    found = visible_to(actor).filter(customer_id=customer_id, state__in=open_ones)
    row = found.select_related("programme", "vehicle").order_by("programme__rank", "due_on", "pk").first()
    return _row(row) if row else None


def invitation_of_order(order_id: int, *, actor: Actor) -> InvitationRow | None:
    """Return the invitation whose result the order is."""
    found = visible_to(actor).filter(attributions__order_id=order_id).select_related("programme", "vehicle").first()
    return _row(found) if found else None


def _row(row: Invitation) -> InvitationRow:
    return InvitationRow(
        id=row.pk,
        programme=row.programme.title,
        car=str(row.vehicle) if row.vehicle else "",
        created_for=row.created_for,
        due_on=row.due_on,
        state=InvitationState(row.state),
        state_title=STATE_TITLES[InvitationState(row.state)],
        attempts=row.attempts,
    )
