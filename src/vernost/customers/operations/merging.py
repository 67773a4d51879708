"""Two cards of one customer become one; everything that moves is noted, so that it can be undone."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from vernost.accounts import operations as accounts
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.wall import whole_group_rows
from vernost.customers.models import Customer, CustomerMerge, DuplicatePair, PairState
from vernost.customers.operations import cards, moving, values
from vernost.customers.operations.search_keys import refresh_search_keys
from vernost.customers.operations.values import Values
from vernost.customers.queries import visible_to
from vernost.customers.queries.looks import look_at
from vernost.customers.rules import merging
from vernost.customers.rules.merging import Side


class SameCustomer(DomainError):
    code = "same_customer"
    text = _("This is one and the same card")


class CustomerGone(DomainError):
    code = "customer_gone"
    text = _("The card %(name)s has been merged into another one already")


class CustomerBusy(DomainError):
    code = "customer_busy"
    text = _("An operator is speaking with this customer now: merge the cards when the call is over")


class CardsChanged(DomainError):
    code = "cards_changed"
    text = _("Somebody has changed one of the cards meanwhile: look at both again")


class UnlikeKinds(DomainError):
    code = "unlike_kinds"
    text = _("A person and a company are not one customer")


# Everything of the other card moves, whatever branch it is of.
@whole_group_rows()
@transaction.atomic
def merge_customers(
    *,
    survivor_id: int,
    gone_id: int,
    chosen: Mapping[str, Side] | None = None,
    seen: str | None = None,
    score: float | None = None,
    actor: Actor,
    now: datetime,
) -> CustomerMerge:
    """Merge a customer's second card into the first. `chosen` says for parts of the card whose value it has.

    A field of an administrator's own is a part too (`rules.merging.field_code`); not chosen, the survivor keeps his.
    `seen` is what who decides has looked at (`queries.looks`): CardsChanged where the cards say another thing by now.

    `Customer.DoesNotExist` where the actor does not see one of them.
    """
    if survivor_id == gone_id:
        raise SameCustomer
    survivor, gone = _locked(survivor_id, gone_id, actor)
    check_seen((survivor_id, gone_id), seen)
    if moving.is_busy((survivor_id, gone_id), {"now": now}):
        raise CustomerBusy
    own = values.shown(survivor)
    taken = values.stored(merging.applied(values.card(survivor), values.card(gone), chosen or {}))
    taken |= _fields_taken(own, values.fields(gone), chosen or {})
    merge = CustomerMerge.objects.create(
        survivor=survivor,
        gone=gone,
        at=now,
        on=localdate(now),
        actor=actor.code,
        user_id=actor.user_id,
        score=score,
        applied=taken,
        kept={column: own[column] for column in taken},
        marks={**moving.latest_rows(), **cards.latest_rows()},
        survivor_hash=survivor.import_hash,
        gone_hash=gone.import_hash,
    )
    values.write(survivor, merge.applied)
    Customer.objects.filter(pk=gone_id).update(merged_into=survivor)
    moving.move_rows(merge.pk)
    cards.show_other_cards([survivor_id])
    refresh_search_keys(customer_ids=[survivor_id, gone_id])
    _settle_pair(survivor_id, gone_id, actor, now)
    accounts.record_change(
        subject="customer",
        subject_id=survivor_id,
        action="merge",
        fields={"merged": [gone_id, survivor_id]},
        actor=actor,
        now=now,
    )
    return merge


def _fields_taken(own: Values, others: Values, chosen: Mapping[str, Side]) -> dict[str, Any]:
    """Return the fields whose values come from the other card: those chosen so, and those that the survivor lacks."""
    return {
        field: rows
        for field, rows in others.items()
        if chosen.get(field, Side.SURVIVOR if own[field] else Side.GONE) == Side.GONE
        and values.said_otherwise(own[field], rows)
    }


def _locked(survivor_id: int, gone_id: int, actor: Actor) -> tuple[Customer, Customer]:
    """Lock both cards, always in one order: two merges at once wait for each other and do not stop each other.

    The lock is stronger than that of a row which refers to the card: who is about to write one waits too.
    """
    list(lock(Customer.objects.filter(pk__in=(survivor_id, gone_id)).order_by("pk")).values_list("pk"))
    found = visible_to(actor).in_bulk((survivor_id, gone_id))
    for pk in (survivor_id, gone_id):
        if pk not in found:
            known = Customer.objects.get(pk=pk)
            if known.merged_into_id:
                raise CustomerGone(name=known.full_name)
            raise Customer.DoesNotExist
    survivor, gone = found[survivor_id], found[gone_id]
    if survivor.kind != gone.kind:
        raise UnlikeKinds
    return survivor, gone


def lock(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    return rows.select_for_update()


def check_seen(customer_ids: Collection[int], seen: str | None) -> None:
    """Raise CardsChanged where the cards, which are locked, do not say what was seen; None: nobody has looked."""
    if seen is not None and seen != look_at(customer_ids):
        raise CardsChanged


def _settle_pair(survivor_id: int, gone_id: int, actor: Actor, now: datetime) -> None:
    left, right = sorted((survivor_id, gone_id))
    DuplicatePair.objects.filter(left=left, right=right).update(
        state=PairState.MERGED, decided_at=now, decided_by=actor.code
    )
    # Whom the card that is gone was like, the next search tells of the one that stands.
    DuplicatePair.objects.filter(Q(left=gone_id) | Q(right=gone_id), state=PairState.OPEN).delete()
