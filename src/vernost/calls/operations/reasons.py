"""The list of reasons why customers refuse, as an administrator keeps it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Case, Value, When

from vernost.accounts.operations import record_change
from vernost.calls.models import DeclineReason
from vernost.core import names
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.operations.directories import value_code

LONGEST: Final = 200
# The consequences of these are part of the product: a call that ends so changes the invitation.
FIXED: Final = frozenset({"served_elsewhere"})


class ReasonTitleMissing(DomainError):
    code = "reason_title_missing"
    text = _("The reason needs words")


class ReasonTaken(DomainError):
    code = "reason_taken"
    text = _("There is the reason “%(title)s” already")


class ReasonFixed(DomainError):
    code = "reason_fixed"
    text = _("This reason ends invitations in a way of its own and stays")


@transaction.atomic
def add_reason(*, title: str, actor: Actor, now: datetime) -> DeclineReason:
    rows = _locked()
    title = _checked(title, rows)
    code = value_code(title, [row.code for row in rows])
    position = max((row.position for row in rows), default=0) + 1
    made = DeclineReason.objects.create(code=code, title=title, position=position)
    _note(made, "added", {"title": [None, title]}, actor, now)
    return made


@transaction.atomic
def rename_reason(*, reason_id: int, title: str, actor: Actor, now: datetime) -> None:
    rows = _locked()
    row = DeclineReason.objects.get(pk=reason_id)
    title = _checked(title, [other for other in rows if other.pk != reason_id])
    if row.title != title:
        before, row.title = row.title, title
        row.save(update_fields=["title"])
        _note(row, "changed", {"title": [before, title]}, actor, now)


@transaction.atomic
def switch_reason(*, reason_id: int, actor: Actor, now: datetime) -> None:
    """Take a reason off the list of operators, or put it back; calls that have it keep it."""
    _locked()
    row = DeclineReason.objects.get(pk=reason_id)
    if row.code in FIXED and row.active:
        raise ReasonFixed
    row.active = not row.active
    row.save(update_fields=["active"])
    _note(row, "activated" if row.active else "deactivated", {}, actor, now)


@transaction.atomic
def order_reasons(*, reason_ids: Sequence[int], actor: Actor, now: datetime) -> None:
    rows = {row.pk: row for row in _locked()}
    order = [pk for pk in dict.fromkeys(reason_ids) if pk in rows]
    after = [*order, *(pk for pk in rows if pk not in order)]
    if after != list(rows):
        places = Case(*(When(pk=pk, then=Value(place)) for place, pk in enumerate(after, 1)))
        DeclineReason.objects.filter(pk__in=after).update(position=places)
        record_change(subject="reason", subject_id="", action="ordered", fields={}, actor=actor, now=now)


def _locked() -> list[DeclineReason]:
    return list(DeclineReason.objects.select_for_update().order_by("position", "id"))


def _checked(title: str, others: Sequence[DeclineReason]) -> str:
    words = names.tidy(title)[:LONGEST]
    if not words:
        raise ReasonTitleMissing
    if names.sort_key(words) in {names.sort_key(other.title) for other in others}:
        raise ReasonTaken(title=words)
    return words


def _note(row: DeclineReason, action: str, fields: dict[str, list[object]], actor: Actor, now: datetime) -> None:
    record_change(subject="reason", subject_id=row.pk, action=action, fields=fields, actor=actor, now=now)
