"""What still comes to a card that was merged goes on to the card that stands for it.

A source does not know of merges: its next file names the old card again, in its own record and as the customer
of orders and cars. The import writes what it says, and then calls this.
"""

from collections.abc import Collection

from django.db import connection, transaction

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
    survivors = _written_by_a_source()
    for survivor_id in survivors:
        touched.update(_layer_again(survivor_id))
    cards.show_other_cards()
    _find_by_new_keys(touched)
    return moved


def _written_by_a_source() -> list[int]:
    """Return the survivors of merges one of whose cards an import has written since; who was merged in turn first."""
    standing = CustomerMerge.objects.filter(undone_at=None).order_by("pk")
    went = {gone: (survivor, pk) for pk, survivor, gone in standing.values_list("pk", "survivor_id", "gone_id")}
    hashes = ("survivor_hash", "survivor__import_hash", "gone_hash", "gone__import_hash")
    found: set[int] = set()
    for survivor, *of_both in standing.values_list("survivor_id", *hashes):
        if of_both[0] != of_both[1] or of_both[2] != of_both[3]:
            card: int | None = survivor
            # What he shows is shown by the card that he has gone to.
            while card is not None:
                found.add(card)
                card = went[card][0] if card in went else None
    return sorted(found, key=lambda card: (card not in went, went.get(card, (0, 0))[1]))


def _layer_again(survivor_id: int) -> list[int]:
    """Let what was chosen from other cards stand where the survivor's source has written over it.

    The merges lie over the survivor's own values in the order in which they were made. What a person has
    written since stays: then nothing of the merges is left in that column.
    """
    survivor = Customer.objects.get(pk=survivor_id)
    layers = list(survivor.merges.filter(undone_at=None).select_related("gone").order_by("pk"))
    shown = values.shown(survivor)
    written = survivor.import_hash != layers[-1].survivor_hash
    show = {}
    for column in {column for layer in layers for column in layer.applied}:
        of_column = [layer for layer in layers if column in layer.applied]
        own = of_column[0].kept[column]
        if shown[column] != of_column[-1].applied[column]:
            if not written:
                for layer in of_column:
                    del layer.applied[column], layer.kept[column]
                continue
            own = shown[column]
        for layer in of_column:
            layer.kept[column], own = own, values.shown(layer.gone)[column]
            layer.applied[column] = own
        show[column] = own
    for layer in layers:
        layer.survivor_hash, layer.gone_hash = survivor.import_hash, layer.gone.import_hash
        layer.save(update_fields=["applied", "kept", "survivor_hash", "gone_hash"])
    values.write(survivor, {column: value for column, value in show.items() if shown[column] != value})
    return [layer.pk for layer in layers]


def _find_by_new_keys(merges: Collection[int]) -> None:
    both = CustomerMerge.objects.filter(pk__in=merges).values_list("survivor_id", "gone_id")
    refresh_search_keys(customer_ids=sorted({pk for pair in both for pk in pair}))
