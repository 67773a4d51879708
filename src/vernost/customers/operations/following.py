"""What still comes to a card that was merged goes on to the card that stands for it.

A source does not know of merges: its next file names the old card again, in its own record and as the customer
of orders and cars. The import writes what it says, and then calls this.
"""

from collections.abc import Collection

from django.db import connection, transaction
from django.db.models import F, Q

from vernost.customers.models import Customer, CustomerMerge
from vernost.customers.operations import cards, moving, values
from vernost.customers.operations.search_keys import refresh_search_keys

_ONE_AT_A_TIME = 7036874417767


@transaction.atomic
def follow_merges() -> int:
    """Bring what has come to merged cards to the cards that stand for them; return how many rows moved."""
    standing = CustomerMerge.objects.filter(undone_at=None)
    if not standing.exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    touched: set[int] = set()
    moved = 0
    # A card may have been merged into one that was merged itself: then it takes another round.
    while found := moving.merges_with_strays():
        for merge_id in found:
            moved += moving.move_rows(merge_id)
        touched.update(found)
    changed = _records_have_changed()
    for merge in changed:
        _apply_again(merge)
    cards.show_other_cards()
    touched.update(merge.pk for merge in changed)
    _find_by_new_keys(touched)
    return moved


def _records_have_changed() -> list[CustomerMerge]:
    """Return the standing merges one of whose cards an import has written since, oldest first."""
    differs = ~Q(survivor_hash=F("survivor__import_hash")) | ~Q(gone_hash=F("gone__import_hash"))
    unread = Q(survivor_hash=None, survivor__import_hash__isnull=False)
    unread |= Q(gone_hash=None, gone__import_hash__isnull=False)
    rows = CustomerMerge.objects.filter(differs | unread, undone_at=None)
    return list(rows.select_related("survivor", "gone").order_by("pk"))


def _apply_again(merge: CustomerMerge) -> None:
    """Let what was chosen from the other card stand where the survivor's source has written over it.

    What a person has written since stays: then nothing of the merge is left in that column.
    """
    survivor = Customer.objects.get(pk=merge.survivor_id)
    mine, other = values.stored(values.card(survivor)), values.stored(values.card(merge.gone))
    by_source = survivor.import_hash != merge.survivor_hash
    for column in list(merge.applied):
        if mine[column] != merge.applied[column]:
            if not by_source:
                del merge.applied[column], merge.kept[column]
                continue
            merge.kept[column] = mine[column]
        merge.applied[column] = other[column]
    merge.survivor_hash, merge.gone_hash = survivor.import_hash, merge.gone.import_hash
    merge.save(update_fields=["applied", "kept", "survivor_hash", "gone_hash"])
    values.write(survivor, {column: value for column, value in merge.applied.items() if mine[column] != value})


def _find_by_new_keys(merges: Collection[int]) -> None:
    both = CustomerMerge.objects.filter(pk__in=merges).values_list("survivor_id", "gone_id")
    refresh_search_keys(customer_ids=sorted({pk for pair in both for pk in pair}))
