"""Which customers the actor may see."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from vernost.core.actor import Actor
from vernost.customers.models import Customer

# What ties a customer to a branch: rows of subjects above this one, known here by their relation only.
TIES: tuple[tuple[str, Q], ...] = (
    ("orders", Q()),
    ("deals", Q()),
    ("appointments", Q()),
    ("invitations", Q(ended_at=None)),
)


def whose_customer_is_visible_to(actor: Actor) -> Q:
    """Return the condition on rows with a `customer` that the actor sees him, asked of each row by itself."""
    if actor.branch_ids is None and not actor.own_only:
        return Q()
    return Q(Exists(visible_to(actor).filter(pk=OuterRef("customer_id"))))


def visible_to(actor: Actor) -> QuerySet[Customer]:
    """Return who stands in the lists: cards that were merged into another or emptied by an erasure do not.

    Of his own: whose advisor he is. Of a branch: who has an order, deal, appointment, open invitation or his
    advisor at a branch of the actor.
    """
    standing = Customer.objects.filter(merged_into=None, erased_at=None)
    if actor.own_only:
        return standing.filter(advisor_id=actor.employee_id, advisor__isnull=False)
    if actor.branch_ids is None:
        return standing
    seen = Q(advisor__branch_id__in=actor.branch_ids)
    for relation, condition in TIES:
        rows: Any = Customer._meta.get_field(relation).related_model  # noqa: SLF001 - Django's public name for it
        tied = rows.objects.filter(condition, customer_id=OuterRef("pk"), branch_id__in=actor.branch_ids)
        seen |= Q(Exists(tied))
    return standing.filter(seen)
