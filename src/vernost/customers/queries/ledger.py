"""Reads of the ledger of consents: the lines of a customer, what is in force on a day, whether the chain holds."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import connection, transaction

from vernost.core import chain, sensitive
from vernost.core.actor import Actor
from vernost.core.chain import Head, Kept, Link, Verified
from vernost.customers.models import ConsentEntry, ConsentSeal, ConsentText, Customer, CustomerMerge, UnsealedEntry
from vernost.customers.queries.visible import visible_to
from vernost.customers.rules import consents as rules
from vernost.customers.rules.consents import CHANNELS, WHOLE, Entry, InForce, Purpose, Row, Way
from vernost.files.models import StoredFile
from vernost.files.queries import sha256_of

_ANSWERS: Final = (*CHANNELS, WHOLE)
_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A line as pages and papers show it. `hash` is that of its link, empty while it waits for its seal.

    `holds`: it says what was sealed, and so does its scan. `customer_id` is the card that it was said to: another
    one than the card asked for, where that was merged.
    """

    id: int
    customer_id: int
    entry: Entry
    evidence: str
    reference: str
    text: str
    text_body: str
    legal_entity: str
    file: StoredFile | None
    file_sha256: str
    file_holds: bool
    actor: str
    who: str
    number: int | None
    digest: str
    hash: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class PurposeState:
    """What is in force of a purpose on a day, by channel or as a whole; None: nothing was said."""

    purpose: Purpose
    answers: dict[str, InForce | None]


def family_of(customer_id: int) -> list[int]:
    """Return the card and all cards that were merged into it, directly or by way of another one."""
    found, fresh = [customer_id], [customer_id]
    while fresh:
        fresh = list(Customer.objects.filter(merged_into__in=fresh).order_by("pk").values_list("pk", flat=True))
        found += fresh
    return found


def entries_of(customer_ids: Collection[int]) -> list[Entry]:
    """Return the lines of these cards, oldest first."""
    return [_entry(row) for row in ConsentEntry.objects.filter(customer_id__in=customer_ids).order_by("pk")]


def entries_by_card(customer_ids: Collection[int]) -> Iterator[tuple[int, Entry]]:
    """Yield the lines of these cards with the card of each, oldest first."""
    for row in ConsentEntry.objects.filter(customer_id__in=customer_ids).order_by("pk"):
        yield row.customer_id, _entry(row)


def _entry(row: ConsentEntry) -> Entry:
    answers = {name: given for name in _ANSWERS if (given := getattr(row, name)) is not None}
    return Entry(row.pk, Purpose(row.purpose), answers, row.on, Way(row.way), row.recorded_at, row.legal_entity_id)


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that was said to a card and to those merged into it, read once."""

    customer_id: int
    family: list[int]
    merges: list[CustomerMerge]
    entries: dict[int, list[Entry]]

    def rows(self, purpose: Purpose, *, known_at: datetime | None = None, of: int | None = None) -> list[Row]:
        """Return the narrow rows of a purpose that follow for the card; `known_at`: as the ledger was then."""
        card = self.customer_id if of is None else of
        entries = self.entries.get(card, [])
        found = rules.rows(entries if known_at is None else rules.known_at(entries, known_at), purpose)
        for merge in self.merges:
            if merge.survivor_id == card:
                other = self.rows(purpose, known_at=known_at, of=merge.gone_id)
                found = rules.with_other_card(found, other, on=merge.on, origin=f"merge:{merge.pk}")
        return found


def visible(actor: Actor, customer_id: int) -> None:
    """Raise `Customer.DoesNotExist` where the actor does not see the customer."""
    visible_to(actor).values_list("pk").get(pk=customer_id)


def load(customer_id: int) -> Ledger:
    """Read the ledger of a card."""
    family = family_of(customer_id)
    merges = CustomerMerge.objects.filter(undone_at=None, survivor__in=family).order_by("pk")
    entries: dict[int, list[Entry]] = defaultdict(list)
    for line in ConsentEntry.objects.filter(customer_id__in=family).order_by("pk"):
        entries[line.customer_id].append(_entry(line))
    return Ledger(customer_id, family, list(merges) if len(family) > 1 else [], entries)


def rows_of(customer_id: int, purpose: Purpose, *, known_at: datetime | None = None) -> list[Row]:
    """Return the narrow rows of a card that follow from the ledger, the cards merged into it with it."""
    return load(customer_id).rows(purpose, known_at=known_at)


def state_on(
    actor: Actor, customer_id: int, on: date, *, legal_entity_id: int | None = None, known_at: datetime | None = None
) -> list[PurposeState]:
    """Return what is in force on a day, as it is known now or was known at a moment."""
    visible(actor, customer_id)
    return state_of(load(customer_id), on, legal_entity_id=legal_entity_id, known_at=known_at)


def state_of(
    found: Ledger, on: date, *, legal_entity_id: int | None = None, known_at: datetime | None = None
) -> list[PurposeState]:
    """Return what is in force of each purpose on a day."""
    states = []
    for purpose in Purpose:
        said = found.rows(purpose, known_at=known_at)
        names = CHANNELS if purpose in rules.BY_CHANNEL else (WHOLE,)
        answers = {name: rules.in_force(said, name, on, legal_entity_id) for name in names}
        states.append(PurposeState(purpose, answers))
    return states


def ledger_of(actor: Actor, customer_id: int) -> list[LedgerRow]:
    """Return the lines of a customer and of the cards merged into his, the latest first, each with its seal."""
    visible(actor, customer_id)
    lines = ConsentEntry.objects.filter(customer_id__in=family_of(customer_id))
    lines = lines.select_related("text", "legal_entity", "user", "file").order_by("-pk")
    found = list(lines)
    seals = {seal.entry_id: seal for seal in ConsentSeal.objects.filter(entry_id__in=[line.pk for line in found])}
    return [_shown(line, seals.get(line.pk), actor) for line in found]


def scan_of(actor: Actor, customer_id: int, entry_id: int) -> StoredFile:
    """Return the scan of a line of a customer; DoesNotExist without one, or beyond the actor's scope."""
    visible(actor, customer_id)
    lines = ConsentEntry.objects.filter(customer_id__in=family_of(customer_id), file__isnull=False)
    file = lines.select_related("file").get(pk=entry_id).file
    assert file is not None  # noqa: S101 - asked for above
    return file


def _shown(line: ConsentEntry, seal: ConsentSeal | None, actor: Actor) -> LedgerRow:
    file_holds = line.file_id is None or sha256_of(line.file_id) == line.file_sha256
    is_sealed = seal and chain.digest_of(payload(line), bytes(line.salt)) == bytes(seal.digest)
    return LedgerRow(
        id=line.pk,
        customer_id=line.customer_id,
        entry=_entry(line),
        evidence=sensitive.told(actor, line.evidence),
        reference=sensitive.told(actor, line.reference),
        text=str(line.text) if line.text else "",
        text_body=line.text.body if line.text else "",
        legal_entity=line.legal_entity.name if line.legal_entity else "",
        file=line.file,
        file_sha256=line.file_sha256,
        file_holds=file_holds,
        actor=line.actor,
        who=line.user.display_name if line.user else "",
        number=seal.number if seal else None,
        digest=bytes(seal.digest).hex() if seal else "",
        hash=bytes(seal.hash).hex() if seal else "",
        holds=bool(is_sealed) and file_holds if seal else None,
    )


def payload(line: ConsentEntry) -> dict[str, Any]:
    """Return what is sealed of a line: all that it says, with the words that were consented to."""
    return {
        "id": line.pk,
        "customer": line.customer_id,
        "purpose": line.purpose,
        **{name: getattr(line, name) for name in _ANSWERS},
        "on": line.on.isoformat() if line.on else None,
        "way": line.way,
        "evidence": line.evidence,
        "reference": line.reference,
        # Lines of before there were scans are sealed without.
        **({"file": line.file_sha256} if line.file_sha256 else {}),
        "text": _words(line.text) if line.text else None,
        "legal_entity": line.legal_entity_id,
        "recorded_at": line.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": line.actor,
        "user": line.user_id,
    }


def _words(text: ConsentText) -> dict[str, Any]:
    return {
        "code": text.code,
        "version": text.version,
        "sha256": hashlib.sha256(f"{text.title}\n{text.body}".encode()).hexdigest(),
    }


def head() -> Head:
    """Return the last link of the chain."""
    last = ConsentSeal.objects.order_by("-number").first()
    return Head(last.number, bytes(last.hash)) if last else Head()


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look through the chain found. `waiting` lines have no seal yet; `strays` should have one and have none."""

    chain: Verified
    waiting: int
    strays: tuple[int, ...]

    @property
    def holds(self) -> bool:
        return self.chain.holds and not self.strays


_STRAYS: Final = """
    SELECT e.id FROM customers_consententry e
     WHERE NOT EXISTS (SELECT FROM customers_consentseal s WHERE s.entry_id = e.id)
       AND NOT EXISTS (SELECT FROM customers_unsealedentry u WHERE u.entry_id = e.id) ORDER BY e.id LIMIT 100
"""


def check(*, expected: Head | None = None) -> Checked:
    """Look through the whole chain once, in one snapshot of the database where it begins a transaction."""
    begins = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if begins:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(_STRAYS)
        strays = tuple(row[0] for row in cursor.fetchall())
        verified = chain.verify(_kept(), expected=expected)
        return Checked(verified, UnsealedEntry.objects.count(), strays)


def altered_scans() -> list[int]:
    """Return the lines whose scan is not the one that was put in, or is lost; every scan is read."""
    lines = ConsentEntry.objects.filter(file__isnull=False).order_by("pk")
    scans = lines.values_list("pk", "file_id", "file_sha256")
    return [pk for pk, file_id, digest in scans.iterator() if file_id is None or sha256_of(file_id) != digest]


def _kept() -> Iterator[Kept]:
    """Yield the links in order, each with the line that it seals."""
    number = 0
    while seals := list(ConsentSeal.objects.filter(number__gt=number).order_by("number")[:_AT_ONCE]):
        number = seals[-1].number
        yield from _with_lines(seals)


def _with_lines(seals: Sequence[ConsentSeal]) -> Iterable[Kept]:
    ids = [seal.entry_id for seal in seals]
    lines = ConsentEntry.objects.select_related("text").in_bulk(ids)
    with connection.cursor() as cursor:
        # Erased is only what went with a person who is erased.
        cursor.execute(
            """SELECT g.entry_id FROM customers_erasedentry g JOIN customers_customer c ON c.id = g.customer_id
                WHERE g.entry_id = ANY(%s) AND c.erased_at IS NOT NULL""",
            [ids],
        )
        erased = {row[0] for row in cursor.fetchall()}
    for seal in seals:
        link = Link(seal.number, seal.entry_id, bytes(seal.digest), bytes(seal.hash))
        line = lines.get(seal.entry_id)
        if line is None:
            yield Kept(link, erased=seal.entry_id in erased)
        else:
            yield Kept(link, payload(line), bytes(line.salt))
