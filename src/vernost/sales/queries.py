"""Reads of car deals."""

from django.db.models import QuerySet

from vernost.core.actor import Actor
from vernost.sales.models import Deal


def visible_to(actor: Actor) -> QuerySet[Deal]:
    """Return the deals of the actor's branches; one without a branch belongs to the whole group."""
    rows = Deal.objects.all()
    if actor.own_only:
        rows = rows.filter(manager_id=actor.employee_id, manager__isnull=False)
    return rows if actor.branch_ids is None else rows.filter(branch_id__in=actor.branch_ids)
