"""Writes to the ledger of consents, and the narrow rows that follow from it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import localdate

from vernost.accounts import operations as accounts
from vernost.core.actor import Actor
from vernost.core.chain import new_salt
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import ChannelStop, ConsentEntry, ConsentStatement, ConsentText, Customer
from vernost.customers.operations import cards
from vernost.customers.queries import ledger
from vernost.customers.queries.visible import visible_to
from vernost.customers.rules import consents as rules
from vernost.customers.rules.consents import BY_CHANNEL, CHANNELS, WHOLE, Entry, Purpose, Row, Way
from vernost.files import operations as files
from vernost.files.queries import sha256_of

_ONE_AT_A_TIME: Final = 0x434F_4E53
_AT_ONCE: Final = 1000
# The channel of a stop for each channel of a consent.
STOPPED: Final[Mapping[str, str]] = {"calls": "call", "sms": "sms", "email": "email", "messenger": "messenger"}


class NothingSaid(DomainError):
    code = "nothing_said"
    text = _("Name at least one channel of the consent")


class NotYet(DomainError):
    code = "not_yet"
    text = _("This lies in the future: only what has happened is written down")


class EvidenceMissing(DomainError):
    code = "evidence_missing"
    text = _("A consent counts only with its evidence: say how it can be proved")


class TextDoesNotFit(DomainError):
    code = "text_does_not_fit"
    text = _("The text %(title)s is not one for this: it is archived, not yet in force or of another purpose")


@dataclass(frozen=True, slots=True)
class Scan:
    """A photo or a PDF of the paper that proves it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What a customer said once. `answers` maps channels, or `rules.WHOLE`, to a yes or a no."""

    purpose: Purpose
    answers: Mapping[str, bool]
    way: Way
    on: date | None
    evidence: str = ""
    reference: str = ""
    text_id: int | None = None
    legal_entity_id: int | None = None
    scan: Scan | None = None


@transaction.atomic
def record_statement(*, customer_id: int, said: Said, actor: Actor, now: datetime) -> ConsentEntry:
    """Write down what a customer said; `Customer.DoesNotExist` where the actor does not see him.

    A yes needs its evidence; a no is taken from whoever brings it.
    """
    _check(said, localdate(now))
    found = visible_to(actor).filter(pk=customer_id).values_list("pk", flat=True).get()
    lock(found)
    entry = append(customer_id=customer_id, said=said, actor=actor, now=now)
    show(customer_id)
    accounts.record_change(
        subject="consent",
        subject_id=customer_id,
        action="given" if any(said.answers.values()) else "withdrawn",
        fields={
            **{channel: [None, given] for channel, given in sorted(said.answers.items())},
            "purpose": [None, said.purpose.value],
            "on": [None, said.on.isoformat() if said.on else None],
            "evidence": [None, said.evidence],
            **({"file": [None, entry.file.name]} if entry.file else {}),
        },
        actor=actor,
        now=now,
    )
    return entry


@transaction.atomic
def withdraw_all(
    *, customer_id: int, way: Way, on: date, evidence: str, actor: Actor, now: datetime
) -> list[ConsentEntry]:
    """Write down that a customer takes back every consent that he has given."""
    made = []
    for purpose in (Purpose.ADVERTISING, Purpose.PROCESSING, Purpose.TRANSFER):
        no = dict.fromkeys(CHANNELS if purpose in BY_CHANNEL else (WHOLE,), False)
        one = Said(purpose, no, way, on, evidence)
        made.append(record_statement(customer_id=customer_id, said=one, actor=actor, now=now))
    return made


@transaction.atomic
def record_in_call(*, customer_id: int, said: Said, actor: Actor, now: datetime) -> ConsentEntry:
    """Write down what a customer said while somebody spoke with him, who had him on the line already."""
    lock(customer_id)
    entry = append(customer_id=customer_id, said=said, actor=actor, now=now)
    show(customer_id)
    return entry


def lock(customer_id: int) -> None:
    """Let one at a time write of a customer: the narrow rows are made of all that stands in the ledger."""
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)


@transaction.atomic
def take_back(*, entry_id: int, actor: Actor, now: datetime) -> None:
    """Undo a line that was written by mistake, by one that says what stood there before it."""
    mistaken = ConsentEntry.objects.get(pk=entry_id)
    lock(mistaken.customer_id)
    earlier = [entry for entry in ledger.entries_of([mistaken.customer_id]) if entry.id < entry_id]
    purpose = Purpose(mistaken.purpose)
    rows = rules.rows(earlier, purpose)
    answers = {}
    for channel in CHANNELS:
        if getattr(mistaken, channel) is not None:
            before = rules.in_force(rows, channel, mistaken.on or date.max, mistaken.legal_entity_id)
            # Nothing was said before: contacts are allowed then, and advertising is not.
            answers[channel] = before.given if before else purpose is Purpose.CONTACT
    said = Said(purpose, answers, Way(mistaken.way), mistaken.on, reference=f"mistake:{entry_id}")
    append(customer_id=mistaken.customer_id, said=said, actor=actor, now=now)
    show(mistaken.customer_id)


def append(*, customer_id: int, said: Said, actor: Actor, now: datetime) -> ConsentEntry:
    """Add a line to the ledger, in the caller's transaction."""
    file = files.store(name=said.scan.name, content=said.scan.content, actor=actor, now=now) if said.scan else None
    return ConsentEntry.objects.create(
        customer_id=customer_id,
        purpose=said.purpose,
        **said.answers,
        on=said.on,
        way=said.way,
        evidence=said.evidence,
        reference=said.reference,
        file=file,
        file_sha256=sha256_of(file.pk) if file else "",
        text_id=said.text_id,
        legal_entity_id=said.legal_entity_id,
        recorded_at=now,
        actor=actor.code,
        user_id=actor.user_id,
        salt=new_salt(),
    )


def show(*customer_ids: int) -> None:
    """Make the narrow rows of cards anew from their ledger, and what other cards show of them."""
    for first in range(0, len(customer_ids), _AT_ONCE):
        _show_some(customer_ids[first : first + _AT_ONCE])


def _show_some(customer_ids: Sequence[int]) -> None:
    said: dict[int, list[Entry]] = {customer_id: [] for customer_id in customer_ids}
    for customer_id, entry in ledger.entries_by_card(customer_ids):
        said[customer_id].append(entry)
    kept = ConsentStatement.objects.filter(customer_id__in=customer_ids).exclude(origin=Way.IMPORT)
    kept.exclude(origin__startswith="merge:").delete()
    ConsentStatement.objects.bulk_create(
        _statement(customer_id, row)
        for customer_id, entries in said.items()
        for row in rules.rows(entries, Purpose.ADVERTISING)
        if row.origin != Way.IMPORT
    )
    for customer_id, entries in said.items():
        if any(entry.purpose is Purpose.CONTACT for entry in entries):
            _show_stops(customer_id, rules.rows(entries, Purpose.CONTACT))
    merged = Customer.objects.filter(merged_into__isnull=False)
    if merged.filter(Q(pk__in=customer_ids) | Q(merged_into__in=customer_ids)).exists():
        cards.show_other_cards(_line_of(customer_ids[0]) if len(customer_ids) == 1 else None)


def _line_of(customer_id: int) -> list[int]:
    """Return the card, the one that it was merged into, the one into which that was, and so on."""
    line = [customer_id]
    while card := Customer.objects.filter(pk=line[-1]).values_list("merged_into_id", flat=True).first():
        line.append(card)
    return line


def _statement(customer_id: int, row: Row) -> ConsentStatement:
    origin = row.origin if row.legal_entity_id is None else f"{row.origin}@{row.legal_entity_id}"
    return ConsentStatement(
        customer_id=customer_id, on=row.on, origin=origin, legal_entity_id=row.legal_entity_id, **row.answers
    )


def _show_stops(customer_id: int, said: Collection[Row]) -> None:
    for channel, stopped in STOPPED.items():
        spoken = [row for row in said if channel in row.answers]
        if not spoken:
            continue
        last = rules.in_force(spoken, channel, date.max)
        stops = ChannelStop.objects.filter(customer_id=customer_id, channel=stopped)
        if last is None or last.given:
            stops.filter(imported=False, merge=None).delete()
        elif not stops.filter(merge=None).exists():
            asked = ConsentEntry.objects.filter(customer_id=customer_id, purpose=Purpose.CONTACT, **{channel: False})
            note = asked.order_by("-pk").values_list("evidence", flat=True)[0]
            # What stood there as the other card's is the customer's own now, and outlives the merge.
            own = {"since": last.on or date.min, "note": note, "merge": None}
            ChannelStop.objects.update_or_create(customer_id=customer_id, channel=stopped, defaults=own)


def _check(said: Said, today: date) -> None:
    allowed = CHANNELS if said.purpose in BY_CHANNEL else (WHOLE,)
    if not said.answers or not set(said.answers) <= set(allowed):
        raise NothingSaid
    if said.on is not None and said.on > today:
        raise NotYet
    if any(said.answers.values()) and not said.evidence.strip() and said.scan is None:
        raise EvidenceMissing
    if said.text_id is not None:
        _check_text(said)


def _check_text(said: Said) -> None:
    # The words cannot be rewritten while somebody consents to them.
    text = ConsentText.objects.select_for_update(of=("self",)).get(pk=said.text_id or 0)
    channels = {channel for channel, given in said.answers.items() if given and channel != WHOLE}
    fits = (
        text.archived_at is None
        and (said.on is None or text.from_on <= said.on)
        and said.purpose in text.purposes
        and channels <= set(text.channels)
        and text.legal_entity_id in {None, said.legal_entity_id}
    )
    if not fits:
        raise TextDoesNotFit(title=str(text))


_HAND_OVER = """
    INSERT INTO customers_consententry (customer_id, purpose, calls, sms, email, messenger, "on", way, evidence,
                                        reference, recorded_at, actor, user_id, salt)
    SELECT m.gone_id, e.purpose, CASE WHEN NOT e.calls THEN false END, CASE WHEN NOT e.sms THEN false END,
           CASE WHEN NOT e.email THEN false END, CASE WHEN NOT e.messenger THEN false END, e."on", e.way, e.evidence,
           'merge:' || m.id || ' line:' || e.id, %(now)s, %(actor)s, %(user)s,
           uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
      FROM customers_customermerge m JOIN customers_consententry e ON e.customer_id = m.survivor_id
     WHERE m.id = %(merge)s AND e.id > (m.marks ->> 'entry')::bigint AND e.way <> 'import'
       AND (NOT e.calls OR NOT e.sms OR NOT e.email OR NOT e.messenger)
       AND NOT e.reference ^@ 'mistake:' AND NOT EXISTS (
           SELECT FROM customers_consententry t
            WHERE t.customer_id = e.customer_id AND t.reference = 'mistake:' || e.id)
     ORDER BY e.id
"""


def hand_over_refusals(*, merge_id: int, actor: Actor, now: datetime) -> None:
    """Let what was refused since a merge stand in the ledger of the other card too: nobody knows whose it was.

    What was taken back as a mistake, nobody refused.
    """
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"merge": merge_id, "actor": actor.code, "user": actor.user_id, "now": now}
        cursor.execute(_HAND_OVER, values)
        if not cursor.rowcount:
            return
        cursor.execute("SELECT gone_id FROM customers_customermerge WHERE id = %s", [merge_id])
        gone_id = cursor.fetchone()[0]
    show(gone_id)


# What the source's records say now, less the lines that stand: a later one takes back those of its day and after.
_TAKE_IMPORTED = """
    WITH lines AS (
        SELECT customer_id, "on", calls, sms, email, messenger, coalesce("on", '-infinity') AS place,
               min(coalesce("on", '-infinity')) OVER (PARTITION BY customer_id ORDER BY id DESC
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_back_from
          FROM customers_consententry
         WHERE way = 'import' AND purpose = 'advertising'
           AND (%(whose)s::bigint[] IS NULL OR customer_id = ANY(%(whose)s))),
    said AS (
        SELECT s.customer_id, s."on", s.calls, s.sms, s.email, s.messenger
          FROM customers_consentstatement s
         WHERE s.origin = 'import' AND (%(whose)s::bigint[] IS NULL OR s.customer_id = ANY(%(whose)s))
        EXCEPT
        SELECT customer_id, "on", calls, sms, email, messenger
          FROM lines WHERE taken_back_from IS NULL OR place < taken_back_from)
    INSERT INTO customers_consententry (customer_id, purpose, calls, sms, email, messenger, "on", way, evidence,
                                        reference, recorded_at, actor, salt)
    SELECT customer_id, 'advertising', calls, sms, email, messenger, "on", 'import', '', %(reference)s, %(now)s,
           %(actor)s, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
      FROM said WHERE coalesce(calls, sms, email, messenger) IS NOT NULL
"""
_TAKE_STOPS = """
    WITH said AS (
        SELECT s.customer_id, s.channel, s.since FROM customers_channelstop s
         WHERE s.imported AND s.merge_id IS NULL AND (%(whose)s::bigint[] IS NULL OR s.customer_id = ANY(%(whose)s))
           AND NOT EXISTS (
               SELECT FROM customers_consententry e
                WHERE e.customer_id = s.customer_id AND e.purpose = 'contact' AND e.way = 'import' AND e."on" = s.since
                  AND CASE s.channel WHEN 'call' THEN e.calls WHEN 'sms' THEN e.sms
                                     WHEN 'email' THEN e.email WHEN 'messenger' THEN e.messenger END IS FALSE)
           AND s.channel IN ('call', 'sms', 'email', 'messenger'))
    INSERT INTO customers_consententry (customer_id, purpose, calls, sms, email, messenger, "on", way, evidence,
                                        reference, recorded_at, actor, salt)
    SELECT customer_id, 'contact', CASE WHEN channel = 'call' THEN false END,
           CASE WHEN channel = 'sms' THEN false END, CASE WHEN channel = 'email' THEN false END,
           CASE WHEN channel = 'messenger' THEN false END, since, 'import', '', %(reference)s, %(now)s,
           %(actor)s, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
      FROM said
"""
# A line for each record of a file that the ledger has not got as the record stands now.
_FILES = """
    INSERT INTO customers_consententry (customer_id, purpose, calls, sms, email, messenger, whole, "on", way, evidence,
                                        reference, text_id, legal_entity_id, recorded_at, actor, salt)
    SELECT f.customer_id, f.purpose, {answers}, CASE WHEN NOT f.by_channel THEN f.given END, f."on", f.way, f.evidence,
           f.place, (SELECT t.id FROM customers_consenttext t
                      WHERE f.text <> '' AND f.text IN (t.code, t.title) AND t.from_on <= f."on"
                      ORDER BY t.version DESC LIMIT 1),
           (SELECT l.id FROM accounts_legalentity l WHERE f.company <> '' AND f.company IN (l.inn, l.name)
             ORDER BY l.id LIMIT 1),
           %(now)s, %(actor)s, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
      FROM (SELECT i.*, i.purpose IN ('advertising', 'contact') AS by_channel,
                   concat_ws(' ', nullif(i.reference, ''),
                             'record:' || i.source_id || ':' || i.external_id || ':' || i.import_hash) AS place
              FROM customers_importedconsent i
             WHERE %(whose)s::bigint[] IS NULL OR i.customer_id = ANY(%(whose)s)) f
     WHERE NOT EXISTS (SELECT FROM customers_consententry e
                        WHERE e.customer_id = f.customer_id AND e.reference = f.place)
       -- A yes to a company that has another name by now is none to the whole group.
       AND NOT (f.given AND f.company <> ''
                AND NOT EXISTS (SELECT FROM accounts_legalentity l WHERE f.company IN (l.inn, l.name)))
     ORDER BY f."on", f.id
 RETURNING customer_id
"""
_TAKE_FILES: Final = _FILES.format(
    answers=", ".join(
        f"CASE WHEN f.by_channel AND f.channel IN ('', '{stopped}') THEN f.given END" for stopped in STOPPED.values()
    )
)
# Who had said no himself before the import's yes, and nothing since, has not agreed: `rules._refused_before`.
_REFUSED_BEFORE = """
    SELECT DISTINCT s.customer_id FROM customers_consentstatement s
      JOIN customers_consententry e ON e.customer_id = s.customer_id AND e.way <> 'import' AND e."on" <= s."on"
     WHERE s.origin = 'import'
       AND (%(whose)s::bigint[] IS NULL OR s.customer_id = ANY(%(whose)s) AND e.customer_id = ANY(%(whose)s))
       AND (s.calls AND e.calls IS FALSE OR s.sms AND e.sms IS FALSE
           OR s.email AND e.email IS FALSE OR s.messenger AND e.messenger IS FALSE)
"""


@transaction.atomic
def take_imported(*, reference: str, whose: Collection[int] | None = None, actor: Actor, now: datetime) -> int:
    """Add to the ledger what the imports have said since it was looked at last; return how many lines.

    `whose` are the only cards of which anything was said; None: nobody has noted them, and all are looked at.
    Then the narrow rows follow wherever an import's yes meets an earlier no of the customer himself.
    """
    values: dict[str, Any] = {
        "reference": reference,
        "now": now,
        "actor": actor.code,
        "whose": None if whose is None else list(whose),
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        cursor.execute(_TAKE_IMPORTED, values)
        taken: int = cursor.rowcount
        cursor.execute(_TAKE_STOPS, values)
        taken += int(cursor.rowcount)
        cursor.execute(_TAKE_FILES, values)
        again = {row[0] for row in cursor.fetchall()}
        taken += int(cursor.rowcount)
        cursor.execute(_REFUSED_BEFORE, values)
        again |= {row[0] for row in cursor.fetchall()}
    show(*sorted(again))
    return taken
