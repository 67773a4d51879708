"""One card becomes two again, after work has gone on."""

from datetime import datetime

from django.db import transaction

from vernost.accounts import operations as accounts
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.wall import whole_group_rows
from vernost.customers.models import Customer, CustomerMerge, DuplicatePair, PairState
from vernost.customers.operations import cards, consents, moving, values
from vernost.customers.operations.merging import CustomerBusy, lock
from vernost.customers.operations.search_keys import refresh_search_keys
from vernost.customers.queries import visible_to


class AlreadyUndone(DomainError):
    code = "already_undone"
    text = _("This merge has been undone already")


class LaterMergeFirst(DomainError):
    code = "later_merge_first"
    text = _("The card was merged into another one after that: undo the later merge first")


# As merging: of every branch.
@whole_group_rows()
@transaction.atomic
def undo_merge(*, merge_id: int, actor: Actor, now: datetime) -> CustomerMerge:
    """Make two cards of one again: each row goes back where it belongs (docs/algorithms/merging.md)."""
    merge = CustomerMerge.objects.get(pk=merge_id)
    cards_of_both = (merge.survivor_id, merge.gone_id)
    list(lock(Customer.objects.filter(pk__in=cards_of_both).order_by("pk")).values_list("pk"))
    merge.refresh_from_db()
    if merge.undone_at:
        raise AlreadyUndone
    if Customer.objects.filter(pk=merge.survivor_id, merged_into__isnull=False).exists():
        raise LaterMergeFirst
    if not visible_to(actor).filter(pk=merge.survivor_id).exists():
        raise CustomerMerge.DoesNotExist
    if moving.is_busy(cards_of_both, {"now": now}):
        raise CustomerBusy
    moving.put_back(merge_id)
    moving.follow_the_cars(merge_id, merge.marks)
    cards.hide_other_card(merge_id)
    _give_values_back(merge)
    Customer.objects.filter(pk=merge.gone_id).update(merged_into=None)
    merge.undone_at, merge.undone_by = now, actor.code
    merge.save(update_fields=["undone_at", "undone_by"])
    consents.hand_over_refusals(merge_id=merge_id, actor=actor, now=now)
    cards.show_other_cards([merge.survivor_id])
    refresh_search_keys(customer_ids=cards_of_both)
    _never_again(merge, actor, now)
    accounts.record_change(
        subject="customer",
        subject_id=merge.survivor_id,
        action="undo_merge",
        fields={"merged": [merge.survivor_id, merge.gone_id]},
        actor=actor,
        now=now,
    )
    return merge


def _give_values_back(merge: CustomerMerge) -> None:
    """Let the survivor say what it said before; what was written since stays."""
    survivor = Customer.objects.get(pk=merge.survivor_id)
    shown = values.shown(survivor)
    later = list(CustomerMerge.objects.filter(survivor=survivor, pk__gt=merge.pk, undone_at=None).order_by("pk"))
    back = {}
    for column, value in merge.applied.items():
        above = next((one for one in later if column in one.applied), None)
        if above is None:
            if shown[column] == value:
                back[column] = merge.kept[column]
        elif above.kept[column] == value:
            above.kept[column] = merge.kept[column]
            above.save(update_fields=["kept"])
    values.write(survivor, back)


def _never_again(merge: CustomerMerge, actor: Actor, now: datetime) -> None:
    """Who was taken apart is not offered for merging again."""
    left, right = sorted((merge.survivor_id, merge.gone_id))
    DuplicatePair.objects.update_or_create(
        left_id=left,
        right_id=right,
        defaults={"state": PairState.DIFFERENT, "decided_at": now, "decided_by": actor.code},
        create_defaults={
            "state": PairState.DIFFERENT,
            "decided_at": now,
            "decided_by": actor.code,
            "score": merge.score or 0.0,
            "found_at": now,
        },
    )
