"""Saved pivots: one's own, and those that others share."""

from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from vernost.accounts.list_views import removable_by
from vernost.core.actor import Actor
from vernost.reports.models import PivotView


@dataclass(frozen=True, slots=True)
class SavedPivot:
    """`owner` is empty for one's own. `removable`: by who reads."""

    id: int
    title: str
    address: str
    shared: bool
    owner: str
    removable: bool


def views_visible_to(actor: Actor) -> QuerySet[PivotView]:
    return PivotView.objects.filter(Q(owner_id=actor.user_id) | Q(shared=True))


def saved_pivots(actor: Actor) -> list[SavedPivot]:
    """Return the actor's own first, then the others', by title."""
    rows = views_visible_to(actor).select_related("owner").order_by("title", "pk")
    rows = rows.annotate(is_removable=ExpressionWrapper(removable_by(actor), BooleanField()))
    found = [
        SavedPivot(
            row.pk,
            row.title,
            row.address,
            row.shared,
            "" if row.owner_id == actor.user_id else row.owner.display_name,
            row.is_removable,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: bool(one.owner))
