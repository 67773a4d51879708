"""The journal: who saw and changed what. Written in the transaction of the thing itself, sealed by a job."""

import logging
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from vernost.accounts.models import AuditRecord, AuditSeal, User
from vernost.accounts.rules.harvest import (
    PEOPLE_AT_ONCE,
    SHOWN_STOP_AT,
    STOP_AT,
    WINDOW,
    Harvest,
    judged,
    judged_shown,
)
from vernost.core import chain, origin
from vernost.core.actor import Actor, Role
from vernost.core.errors import DomainError, TooMuch
from vernost.core.i18n import _
from vernost.core.rights import Sensitive
from vernost.core.sensitive import MASKS, told

VIEWED, SEARCHED, LISTED, EXPORTED = "viewed", "searched", "listed", "exported"
HARVEST, UNDONE = "harvest", "undone"
SIGNED_IN, SIGNED_OUT, REFUSED, CODE_REFUSED = "signed_in", "signed_out", "sign_in_refused", "code_refused"
# What tells who looked, not what has changed.
SEEN: Final = frozenset({VIEWED, SEARCHED, LISTED, EXPORTED, HARVEST, SIGNED_IN, SIGNED_OUT, REFUSED, CODE_REFUSED})
# Journals of these tell of customers; of the dealer's own people and branches nothing is hidden.
_ABOUT_PEOPLE: Final = frozenset({"customer", "vehicle"})
# Fields whose values are masked before they are written, by name. What can be taken back is kept whole (`phones`,
# `vin`): who is not shown it, is told it masked, and it goes with the person.
_MASKED: Final[Mapping[str, Sensitive]] = {
    "phone": Sensitive.PHONE,
    "email": Sensitive.EMAIL,
}
# To whom nothing is shown that not everybody is.
_NOBODY: Final = Actor(code="nobody", branch_ids=frozenset(), role=Role.OPERATOR)
# What is typed of a number is a number already.
_PART_OF_A_NUMBER: Final = 5
_LONGEST_QUESTION: Final = 200
_ALL_BUT_TWO_DIGITS: Final = re.compile(r"\d(?=(?:\D*\d){2})")
_SEALED_AT_ONCE: Final = 10_000
# Rows of transactions that were open while later ones were sealed lie not further back than this.
_LOOKED_BACK: Final = 100_000
_TURN: Final = 7_240_119
# Cards opened, a search that finds one customer has shown his; and everybody whom searches and lists have shown.
_COUNT: Final = """
      WITH seen AS MATERIALIZED (
        SELECT action, subject, subject_id, fields FROM accounts_auditrecord
         WHERE user_id = %s AND at > %s AND action IN ('viewed', 'searched', 'listed'))
    SELECT (SELECT count(DISTINCT (CASE action WHEN 'searched' THEN 'customer' ELSE subject END, subject_id))
              FROM seen WHERE action = 'viewed' OR action = 'searched' AND subject_id <> ''),
           (SELECT count(*) FROM (SELECT DISTINCT id::bigint
              FROM seen, jsonb_array_elements_text(fields -> 'customers') id WHERE action <> 'viewed') people)
         + (SELECT count(*) FROM (SELECT DISTINCT id::bigint
              FROM seen, jsonb_array_elements_text(fields -> 'vehicles') id WHERE action = 'listed') cars)
"""
_TO_SEAL: Final = """
    SELECT record.id FROM accounts_auditrecord record
     WHERE record.id > (SELECT coalesce(max(record_id), 0) - %s FROM accounts_auditseal)
       AND NOT EXISTS (SELECT FROM accounts_auditseal seal WHERE seal.record_id = record.id)
     ORDER BY record.id LIMIT %s
"""

logger = logging.getLogger(__name__)


class TooManyCards(TooMuch):
    code = "too_many_cards"
    text = _("You have opened more than %(most)s cards within an hour: the administrator has been told")


class TooManyShown(TooMuch):
    code = "too_many_shown"
    text = _(
        "Lists and searches have shown you more than %(most)s people within an hour: the administrator has been told"
    )


class TooManyPeople(DomainError):
    code = "too_many_people"
    text = _("Your role takes out at most %(most)s people at once: narrow the list, or ask the administrator")


def record_change(
    *, subject: str, subject_id: object, action: str, fields: Mapping[str, Any], actor: Actor, now: datetime
) -> int:
    """Put a line into the journal; `fields` maps a name to `[before, after]`, as JSON can hold them. Return its id."""
    record = AuditRecord.objects.create(
        at=now,
        actor=actor.code,
        user_id=actor.user_id,
        address=origin.address(),
        subject=subject,
        subject_id=str(subject_id),
        action=action,
        fields={name: _masked(name, value) for name, value in fields.items()} if subject in _ABOUT_PEOPLE else fields,
        salt=chain.new_salt(),
    )
    return record.pk


def _masked(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if name not in _MASKED:
        return value
    if isinstance(value, list):
        return [_masked(name, each) for each in value]
    return MASKS[_MASKED[name]](value) if isinstance(value, str) and value else value


def record_view(*, subject: str, subject_id: int, actor: Actor, now: datetime) -> None:
    """Note that somebody opens a card: of a `customer`, a `vehicle`, an `order`, a `deal`.

    A part of the system looks at nobody. TooManyCards where he reads the base through.
    """
    if _looks(actor):
        record_change(subject=subject, subject_id=subject_id, action=VIEWED, fields={}, actor=actor, now=now)
        _count(actor, now)


def record_search(*, text: str, customer_ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Note that somebody looks for a customer, and whom he was shown; TooManyCards, TooManyShown as for cards.

    Of numbers the last two digits are kept. Words that find nobody are not kept at all: they would outlive him whom
    they name. With a customer who is erased go the contents of the searches that showed him.
    """
    if not text.strip() or not _looks(actor):
        return
    found = list(customer_ids)
    _note_search(text, found, SEARCHED, actor, now)
    if found:
        _count(actor, now)


def record_search_file(*, text: str, customer_ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Note the words that chose the people of a file: the line of the file itself (`record_export`) has not got them.

    How many people files may have is ruled there: they are not counted as shown.
    """
    if _looks(actor):
        _note_search(text, list(customer_ids), EXPORTED, actor, now)


def _note_search(text: str, found: list[int], action: str, actor: Actor, now: datetime) -> None:
    record_change(
        subject="search",
        subject_id=found[0] if len(found) == 1 else "",
        action=action,
        fields={"question": _blurred(text) if found else "", "customers": found},
        actor=actor,
        now=now,
    )


def record_list(*, what: str, kind: str, ids: Sequence[int], tells: Sensitive, actor: Actor, now: datetime) -> None:
    """Note that a page of a list tells telephones or VINs; TooManyShown where he reads the base through by pages.

    `kind` is customers or vehicles, `ids` whose rows the page has. Who is told them masked harvests nothing. The same
    page of the same people, read again within the hour, is noted once.
    """
    if not ids or not _looks(actor) or not actor.shows(tells):
        return
    fields = {kind: list(ids)}
    same = AuditRecord.objects.filter(user=actor.user_id, at__gt=now - WINDOW, action=LISTED)
    if not same.filter(subject_id=what, fields=fields).exists():
        record_change(subject="list", subject_id=what, action=LISTED, fields=fields, actor=actor, now=now)
    _count(actor, now)


def _looks(actor: Actor) -> bool:
    return actor.user_id is not None or actor.code.startswith("token:")


def _blurred(text: str) -> str:
    text = told(_NOBODY, text.strip())[:_LONGEST_QUESTION]
    digits = sum(letter.isdigit() for letter in text)
    return _ALL_BUT_TWO_DIGITS.sub("·", text) if digits >= _PART_OF_A_NUMBER else text


def _count(actor: Actor, now: datetime) -> None:
    """Count what a person has seen within the hour. The alarm is a line of the journal, told once within it."""
    if actor.user_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [actor.user_id, now - WINDOW])
        cards, shown = cursor.fetchone()
    states = judged(cards), judged_shown(shown)
    for state in (Harvest.STOPPED, Harvest.ALERT):
        if state in states:
            _alarm(actor, {"cards": cards, "listed": shown, "state": state.value}, now)
            break
    if states[0] is Harvest.STOPPED:
        raise TooManyCards(most=STOP_AT)
    if states[1] is Harvest.STOPPED:
        raise TooManyShown(most=SHOWN_STOP_AT)


def _alarm(actor: Actor, fields: Mapping[str, Any], now: datetime) -> None:
    alarms = AuditRecord.objects.filter(user_id=actor.user_id or 0, at__gt=now - WINDOW, action=HARVEST)
    if not alarms.filter(fields__state=fields["state"]).exists():
        logger.warning("user %s has seen too many people within an hour", actor.user_id)
        record_change(subject="user", subject_id=actor.user_id, action=HARVEST, fields=fields, actor=actor, now=now)


def record_export(
    *, what: str, question: str, rows: int, people: bool, actor: Actor, now: datetime, login: str = ""
) -> None:
    """Note what leaves as a file, with the question that chose it; many people at once need a right of their own.

    `login` is the account of the machine by which a command is run.
    """
    if people and rows > PEOPLE_AT_ONCE and not actor.may("customers.export_many"):
        raise TooManyPeople(most=PEOPLE_AT_ONCE)
    fields: dict[str, Any] = {"rows": rows, "question": question, "people": people}
    if login:
        fields["login"] = login
    record_change(subject="export", subject_id=what, action=EXPORTED, fields=fields, actor=actor, now=now)


def record_copy(*, customer_id: int, actor: Actor, now: datetime, login: str = "") -> None:
    """Note that everything kept of one person is taken out: the line is the person's own, and goes with him."""
    fields = {"login": login} if login else {}
    record_change(subject="customer", subject_id=customer_id, action=EXPORTED, fields=fields, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is looked for; empty: anything. Days are [since, until)."""

    who: int | None = None
    subject: str = ""
    subject_id: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


def found(asked: AuditFilter, actor: Actor) -> QuerySet[AuditRecord]:
    """Return the lines of the journal, the latest first; of people of other branches only the group sees them."""
    rows = AuditRecord.objects.select_related("user").order_by("-at", "-pk")
    if actor.branch_ids is not None:
        rows = rows.filter(user__in=_people_of(actor))
    if asked.who is not None:
        rows = rows.filter(user_id=asked.who)
    if asked.subject:
        rows = rows.filter(subject=asked.subject)
    if asked.subject_id:
        rows = rows.filter(subject_id=asked.subject_id)
    if asked.action:
        rows = rows.filter(action=asked.action)
    if asked.since:
        rows = rows.filter(at__gte=asked.since)
    if asked.until:
        rows = rows.filter(at__lt=asked.until)
    return rows


def _people_of(actor: Actor) -> QuerySet[User]:
    # As in `queries.users_visible_to`, which lies above.
    foreign = User.branches.through.objects.filter(user_id=OuterRef("pk")).exclude(branch_id__in=actor.branch_ids or ())
    return User.objects.filter(~Exists(foreign), all_branches=False, branches__in=actor.branch_ids or ())


def alarms(*, now: datetime) -> QuerySet[AuditRecord]:
    """Return who saw too many people within the last day, the latest first."""
    return AuditRecord.objects.filter(action=HARVEST, at__gt=now - 24 * WINDOW).select_related("user").order_by("-at")


def seal(*, now: datetime) -> int:
    """Chain the committed lines that are not chained yet, in the order of their ids; return how many.

    One sealer at a time. A line of a transaction that ended late gets the next free number.
    """
    sealed = 0
    while count := _seal_some(now):
        sealed += count
    return sealed


@transaction.atomic
def _seal_some(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        cursor.execute(_TO_SEAL, [_LOOKED_BACK, _SEALED_AT_ONCE])
        ids = [pk for (pk,) in cursor.fetchall()]
    records = AuditRecord.objects.in_bulk(ids)
    rows = ((pk, chain.digest_of(payload(records[pk]), bytes(records[pk].salt or b""))) for pk in ids)
    links = [
        AuditSeal(number=link.number, record_id=link.row_id, digest=link.digest, hash=link.hash, at=now)
        for link in chain.seal(rows, head())
    ]
    AuditSeal.objects.bulk_create(links)
    return len(links)


def head() -> chain.Head:
    """Return the last link; noted elsewhere it shows a chain whose end was cut off."""
    last = AuditSeal.objects.order_by("-number").first()
    return chain.Head(last.number, bytes(last.hash)) if last else chain.Head()


def payload(record: AuditRecord) -> dict[str, Any]:
    """Return what of a line is chained. Its user is told by the actor's code, which outlives his account."""
    return {
        "at": record.at.timestamp(),
        "actor": record.actor,
        "address": record.address,
        "subject": record.subject,
        "subject_id": record.subject_id,
        "action": record.action,
        "fields": record.fields,
    }


def verify(*, expected: chain.Head | None = None) -> chain.Verified:
    """Read the whole chain once and name every line that is not as it was sealed."""
    return chain.verify(_kept(), expected=expected)


def _kept() -> Iterator[chain.Kept]:
    last = 0
    while seals := list(AuditSeal.objects.filter(number__gt=last).order_by("number")[:_SEALED_AT_ONCE]):
        records = AuditRecord.objects.in_bulk([each.record_id for each in seals])
        for each in seals:
            link = chain.Link(each.number, each.record_id, bytes(each.digest), bytes(each.hash))
            record = records.get(each.record_id)
            if record is None or record.salt is None:
                yield chain.Kept(link, erased=record is not None and each.erased_at is not None)
            else:
                yield chain.Kept(link, payload(record), bytes(record.salt))
        last = seals[-1].number


@transaction.atomic
def erase(*, subject: str, subject_ids: Collection[object], now: datetime) -> int:
    """Take the contents out of the lines about somebody who is erased; that a line was there stays. Return how many.

    Lines are sealed first, so that the chain has their hashes. Only the owner of the tables may: a job or a command.
    """
    seal(now=now)
    rows = AuditRecord.objects.filter(subject=subject, subject_id__in=[str(each) for each in subject_ids])
    if subject == "customer":
        for customer_id in subject_ids:
            rows |= AuditRecord.objects.filter(subject="search", fields__customers__contains=[customer_id])
    ids = list(rows.exclude(salt=None).values_list("pk", flat=True))
    AuditRecord.objects.filter(pk__in=ids).update(fields=None, salt=None)
    AuditSeal.objects.filter(record_id__in=ids).update(erased_at=now)
    return len(ids)
