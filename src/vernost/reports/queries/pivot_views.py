"""Saved pivots: one's own, and those that others share."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from vernost.core.actor import Actor
from vernost.reports.models import PivotView


@dataclass(frozen=True, slots=True)
class SavedPivot:
    """`owner` is empty for one's own."""

    id: int
    title: str
    address: str
    shared: bool
    owner: str


def views_visible_to(actor: Actor) -> QuerySet[PivotView]:
    return PivotView.objects.filter(Q(owner_id=actor.user_id) | Q(shared=True))


def saved_pivots(actor: Actor) -> list[SavedPivot]:
    """Return the actor's own first, then the others', by title."""
    rows = views_visible_to(actor).select_related("owner").order_by("title", "pk")
    found = [
        SavedPivot(
            row.pk,
            row.title,
            row.address,
            row.shared,
            "" if row.owner_id == actor.user_id else row.owner.display_name,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: bool(one.owner))
