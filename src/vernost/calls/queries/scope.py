"""The actor's branches in reads that are compiled once: `queue.visible_to` with the actor given later."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Q, QuerySet

from vernost.core.actor import Actor
from vernost.core.prepared import Given, OneOf


def within(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Leave the rows of the given actor's branches, by their own `branch_id`."""
    own = OneOf(F("branch_id"), Given("branches", ArrayField(BigIntegerField())))
    return rows.filter(Q(Given("whole", BooleanField())) | Q(own))


def of(actor: Actor) -> dict[str, Any]:
    return {"whole": actor.branch_ids is None, "branches": sorted(actor.branch_ids or ())}
