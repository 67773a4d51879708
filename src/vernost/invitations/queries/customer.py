"""The invitations of one customer, for his card."""

from dataclasses import dataclass
from datetime import date

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


def invitations_of(customer_id: int, *, actor: Actor, limit: int) -> list[InvitationRow]:
    """Return the customer's latest invitations first; of another branch's none is shown."""
    found = Invitation.objects.filter(customer_id=customer_id).select_related("programme", "vehicle")
    if actor.branch_ids is not None:
        found = found.filter(branch_id__in=actor.branch_ids)
    return [
        InvitationRow(
            id=row.pk,
            programme=row.programme.title,
            car=str(row.vehicle) if row.vehicle else "",
            created_for=row.created_for,
            due_on=row.due_on,
            state=InvitationState(row.state),
            state_title=STATE_TITLES[InvitationState(row.state)],
            attempts=row.attempts,
        )
        for row in found.order_by("-created_for", "-pk")[:limit]
    ]
