"""After a backup is restored, those who were erased since are erased again."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import Customer
from vernost.privacy import rules
from vernost.privacy.operations import erasing, journal
from vernost.privacy.operations.journal import Line


class NothingToReplay(DomainError):
    code = "nothing_to_replay"
    text = _("There is no journal of erasures at %(path)s")


@dataclass(frozen=True, slots=True)
class Replayed:
    """`erased` were there again and are erased; `known` are erased already; `unlike` is a number that is another's."""

    lines: int
    erased: list[int]
    known: list[int]
    unlike: list[int]


def replay(*, file: Path | None = None, actor: Actor, now: datetime) -> Replayed:
    """Erase again whom the journal names. A customer whose keys are not those of the line is left alone, and named."""
    source = file or journal.path()
    if not source.exists():
        raise NothingToReplay(path=str(source))
    done = Replayed(0, [], [], [])
    count = 0
    for line in list(journal.lines(source)):
        count += 1
        _again(line, done, actor, now)
    return Replayed(count, done.erased, done.known, done.unlike)


@transaction.atomic
def _again(line: Line, done: Replayed, actor: Actor, now: datetime) -> None:
    salt = erasing.the_salt(line.salt)
    if salt == line.salt:
        erasing.keep(line.keys)
    for customer in Customer.objects.filter(pk__in=line.customers).order_by("pk"):
        if customer.erased_at:
            done.known.append(customer.pk)
        elif not _is_his(customer, line):
            done.unlike.append(customer.pk)
        elif customer.merged_into_id is None:
            erasing.erase_customer(
                customer_id=customer.pk, reason=line.reason, document=line.document, actor=actor, now=now
            )
            done.erased.append(customer.pk)


def _is_his(customer: Customer, line: Line) -> bool:
    """A number is given once; a base that was begun anew gives it to another, whose key is another too."""
    if customer.source_id is None or customer.external_id is None:
        return True
    hashed = rules.hash_of_key(line.salt, customer.source_id, customer.external_id)
    return any(digest == hashed for kind, digest, _target in line.keys if kind == "customers")
