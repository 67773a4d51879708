"""The chain over the ledger of consents grows: what is committed gets its place."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from vernost.core import chain
from vernost.customers.models import ConsentEntry, ConsentSeal, UnsealedEntry
from vernost.customers.queries import ledger

_ONE_AT_A_TIME: Final = 0x5345_414C
AT_ONCE: Final = 5_000


def seal_consents(*, now: datetime) -> int:
    """Seal the lines that wait, in the order of their ids; return how many."""
    sealed = 0
    while count := _seal_some(now):
        sealed += count
    return sealed


@transaction.atomic
def _seal_some(now: datetime) -> int:
    alone()
    waiting = list(UnsealedEntry.objects.order_by("entry_id").values_list("pk", flat=True)[:AT_ONCE])
    lines = ConsentEntry.objects.filter(pk__in=waiting).select_related("text").order_by("pk")
    digests = [(line.pk, chain.digest_of(ledger.payload(line), bytes(line.salt))) for line in lines]
    ConsentSeal.objects.bulk_create(
        ConsentSeal(number=link.number, entry_id=link.row_id, digest=link.digest, hash=link.hash, sealed_at=now)
        for link in chain.seal(digests, ledger.head())
    )
    UnsealedEntry.objects.filter(pk__in=waiting).delete()
    return len(waiting)


def alone() -> None:
    """Let one sealer at a time number the links."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
