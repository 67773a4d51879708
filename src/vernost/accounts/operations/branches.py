"""Branches and the days on which they keep other hours."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction

from vernost.accounts import queries
from vernost.accounts.audit import record_change
from vernost.accounts.models import Branch, BranchDay
from vernost.accounts.operations.applying import apply
from vernost.core.actor import Actor


@dataclass(frozen=True, slots=True)
class BranchEntry:
    """A branch as its page shows it. Hours both given or both empty (unknown)."""

    name: str
    timezone: str
    brands: str
    address: str
    phone: str
    open_at: time | None
    close_at: time | None
    vat: bool
    daily_limit: int | None


@transaction.atomic
def save_branch(*, branch_id: int | None, entry: BranchEntry, actor: Actor, now: datetime) -> int:
    """Add a branch (`branch_id` None) or change one; return its id."""
    branch = Branch() if branch_id is None else queries.branches_visible_to(actor).select_for_update().get(pk=branch_id)
    fields = apply(branch, {name: getattr(entry, name) for name in BranchEntry.__slots__})
    if fields:
        action = "added" if branch_id is None else "changed"
        record_change(subject="branch", subject_id=branch.pk, action=action, fields=fields, actor=actor, now=now)
    return branch.pk


@transaction.atomic
def set_branch_day(*, branch_id: int, on: date, hours: tuple[time, time] | None, actor: Actor, now: datetime) -> None:
    """Give a branch its own hours on one date; None: closed all day."""
    branch = queries.branches_visible_to(actor).get(pk=branch_id)
    open_at, close_at = hours or (None, None)
    day, made = BranchDay.objects.get_or_create(
        branch=branch, on=on, defaults={"open_at": open_at, "close_at": close_at}
    )
    before = None if made else _span(day.open_at, day.close_at)
    apply(day, {"open_at": open_at, "close_at": close_at})
    after = _span(open_at, close_at)
    if before != after:
        fields = {on.isoformat(): [before, after]}
        record_change(subject="branch", subject_id=branch_id, action="day_set", fields=fields, actor=actor, now=now)


@transaction.atomic
def drop_branch_day(*, branch_id: int, on: date, actor: Actor, now: datetime) -> None:
    branch = queries.branches_visible_to(actor).get(pk=branch_id)
    for day in BranchDay.objects.filter(branch=branch, on=on):
        fields = {on.isoformat(): [_span(day.open_at, day.close_at), None]}
        day.delete()
        record_change(subject="branch", subject_id=branch_id, action="day_dropped", fields=fields, actor=actor, now=now)


def _span(open_at: time | None, close_at: time | None) -> str:
    return f"{open_at:%H:%M}-{close_at:%H:%M}" if open_at and close_at else "closed"
