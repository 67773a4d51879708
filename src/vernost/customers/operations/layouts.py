"""How a card looks to people of a role."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from vernost.accounts.operations import record_change
from vernost.core.actor import Actor
from vernost.customers.models import CardLayout


@transaction.atomic
def save_layout(
    *, target: str, role: str, fields: Sequence[str], blocks: Sequence[str] = (), actor: Actor, now: datetime
) -> None:
    """Show these fields and blocks, in this order."""
    row = CardLayout.objects.select_for_update().filter(target=target, role=role).first()
    row = row or CardLayout(target=target, role=role)
    before, after = {"fields": row.fields, "blocks": row.blocks}, {"fields": [*fields], "blocks": [*blocks]}
    after = {name: list(dict.fromkeys(said)) for name, said in after.items()}
    changed = {name: [before[name], said] for name, said in after.items() if before[name] != said}
    row.fields, row.blocks = after["fields"], after["blocks"]
    if changed or row.pk is None:
        row.save()
        record_change(
            subject="layout", subject_id=f"{target}/{role}", action="changed", fields=changed, actor=actor, now=now
        )


@transaction.atomic
def reset_layout(*, target: str, role: str, actor: Actor, now: datetime) -> None:
    """Show everything again, as it came."""
    if CardLayout.objects.filter(target=target, role=role).delete()[0]:
        record_change(subject="layout", subject_id=f"{target}/{role}", action="reset", fields={}, actor=actor, now=now)
