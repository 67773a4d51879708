"""Reads of contacts, as pages show them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from vernost.contacts.models import Interaction
from vernost.contacts.rules import outcome_title
from vernost.core.actor import Actor
from vernost.customers.queries import whose_customer_is_visible_to


@dataclass(frozen=True, slots=True)
class InteractionRow:
    """One contact. `outcome` is a marked text, or the source's own words."""

    id: int
    at: datetime
    channel: str
    direction: str
    outcome: str
    who: str
    text: str


def visible_to(actor: Actor) -> QuerySet[Interaction]:
    """Return the contacts of the customers whom the actor sees; one of nobody belongs to the whole group."""
    rows = Interaction.objects.all()
    return rows if actor.branch_ids is None and not actor.own_only else rows.filter(whose_customer_is_visible_to(actor))


def interactions_of(customer_id: int, *, limit: int) -> list[InteractionRow]:
    """Return the customer's latest contacts first."""
    found = Interaction.objects.filter(customer_id=customer_id).select_related("employee", "user")
    return [
        InteractionRow(
            id=row.pk,
            at=row.at,
            channel=row.channel,
            direction=row.direction,
            outcome=outcome_title(row.outcome),
            who=row.user.display_name if row.user else row.employee.name if row.employee else "",
            text=row.text,
        )
        for row in found.order_by("-at", "-pk")[:limit]
    ]
