"""A person is erased: from every table at once, and by the hashes of his keys for good."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.cache import cache
from django.db import connection, transaction

from vernost.accounts import operations as accounts
from vernost.core.actor import Actor
from vernost.core.chain import new_salt
from vernost.core.errors import DomainError
from vernost.core.events import publish
from vernost.core.i18n import _
from vernost.core.wall import whole_group_rows
from vernost.customers.models import Customer
from vernost.customers.operations import CustomerBusy, moving
from vernost.privacy import queries, rules
from vernost.privacy.events import CustomerErased
from vernost.privacy.models import ErasedKey, Erasure, Salt
from vernost.privacy.operations import journal
from vernost.privacy.operations.tables import Tables


class UnknownReason(DomainError):
    code = "unknown_reason"
    text = _("Name the reason: %(known)s")


class NamesThePerson(DomainError):
    code = "names_the_person"
    text = _("The document must not name the person: its number and day are enough. It stays in the journal for good")


# A person is erased from every branch, or he is not erased.
@whole_group_rows()
@transaction.atomic
def erase_customer(*, customer_id: int, reason: str, document: str = "", actor: Actor, now: datetime) -> Erasure:
    """Erase a person: his card, those merged into it, his cars and every word about him; orders and money stay.

    It cannot be undone. `Customer.DoesNotExist` beyond the actor's scope and where he is erased already.
    """
    if reason not in rules.REASONS:
        raise UnknownReason(known=", ".join(rules.REASONS))
    list(Customer.objects.select_for_update().filter(pk=customer_id).values_list("pk"))
    person = queries.person(actor, customer_id)
    list(Customer.objects.select_for_update().filter(pk__in=person.customers).order_by("pk").values_list("pk"))
    if moving.is_busy(person.customers, {"now": now}):
        raise CustomerBusy
    if person.marks.are_in(document):
        raise NamesThePerson
    hashed = remember(person.keys)
    counts = Tables(person, {"now": now}).erase()
    erasure = Erasure.objects.create(
        at=now,
        actor=actor.code,
        user_id=actor.user_id,
        reason=reason,
        document=document,
        customers=person.customers,
        vehicles=person.vehicles,
        counts=counts,
    )
    accounts.record_change(subject="customer", subject_id=customer_id, action="erased", fields={}, actor=actor, now=now)
    # Pages keep prepared answers, whoever is in them.
    cache.clear()
    publish(CustomerErased(erasure_id=erasure.pk))
    journal.write(erasure, hashed, the_salt())
    return erasure


def remember(keys: Iterable[tuple[str, int, str, int | None]]) -> list[tuple[str, str, int | None]]:
    """Keep the salted hashes of the keys by which sources name a person and what is his; return them."""
    made = the_salt()
    hashed = [(kind, rules.hash_of_key(made, source_id, key), target) for kind, source_id, key, target in keys]
    keep(hashed)
    return hashed


def keep(hashed: Sequence[tuple[str, str, int | None]]) -> None:
    ErasedKey.objects.bulk_create(
        [ErasedKey(kind=kind, hash=digest, target_id=target) for kind, digest, target in hashed],
        ignore_conflicts=True,
    )


def the_salt(known: bytes | None = None) -> bytes:
    """Return the salt; the first time one is made, or the one that a journal has kept is taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO privacy_salt (id, value) VALUES (1, %s) ON CONFLICT (id) DO NOTHING", [known or new_salt()]
        )
    return bytes(Salt.objects.get().value)
