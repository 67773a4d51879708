"""The bays of a branch: how many, what they are called, which work each takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from vernost.accounts.operations import record_change
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.workshop.models import OCCUPYING, Appointment, Bay, OrderKind
from vernost.workshop.operations.appointments import lock_branch


class BayIsBooked(DomainError):
    code = "bay_is_booked"
    text = _("Bay %(number)s has %(count)s appointments ahead: move them first")


@dataclass(frozen=True, slots=True)
class BayEntry:
    """What a bay is called and which kinds of order it takes; no kinds: every one."""

    name: str
    skills: frozenset[OrderKind]


@transaction.atomic
def set_bays(*, branch_id: int, count: int, entries: Mapping[int, BayEntry], actor: Actor, now: datetime) -> None:
    """Let the branch have bays 1…count; `entries` by number. A bay with appointments ahead does not close."""
    branch = lock_branch(branch_id, actor)
    before = branch.bays
    _check_free(branch_id, count, now)
    branch.bays = count
    branch.save(update_fields=["bays"])
    lock_branch(branch_id, actor)  # writes down the bays of the new number
    fields: dict[str, list[object]] = {} if before == count else {"bays": [before, count]}
    for bay in Bay.objects.filter(branch=branch, active=True, number__in=entries):
        entry = entries[bay.number]
        after = [entry.name, sorted(entry.skills)]
        if [bay.name, sorted(bay.skills)] != after:
            fields[f"bay {bay.number}"] = [[bay.name, *sorted(bay.skills)], [entry.name, *sorted(entry.skills)]]
            bay.name, bay.skills = entry.name, sorted(entry.skills)
            bay.save(update_fields=["name", "skills"])
    if fields:
        record_change(subject="branch", subject_id=branch_id, action="bays_set", fields=fields, actor=actor, now=now)


def _check_free(branch_id: int, count: int, now: datetime) -> None:
    ahead = Appointment.objects.filter(
        bay__branch_id=branch_id, bay__number__gt=count, ends_at__gt=now, status__in=OCCUPYING
    )
    first = ahead.order_by("-bay__number").values_list("bay__number", flat=True).first()
    if first is not None:
        raise BayIsBooked(number=first, count=ahead.filter(bay__number=first).count())
