"""Calls, messages and visits, and what customers say of advertising."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from ninja.params.functions import Query
from pydantic import Field, StringConstraints

from vernost.accounts import source_ids
from vernost.accounts.queries import employees_visible_to
from vernost.accounts.source_ids import References
from vernost.accounts.tokens import Given, Scope
from vernost.api.access import ApiRequest, Needs
from vernost.api.once import key_header, once
from vernost.api.pages import USUAL, Page, narrowed, page_of
from vernost.api.service import api
from vernost.api.types import TEXT_PATTERN, Cursor, Day, Limit, Moment, Ref, Short, Strict, Words
from vernost.contacts import operations, queries
from vernost.contacts.operations import Contact, Proof
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.customers import queries as customers
from vernost.customers.operations import record_statement
from vernost.customers.queries import ConsentRow, ledger, statements_of, stops_of
from vernost.customers.queries.ledger import LedgerRow
from vernost.customers.rules.consents import Purpose, Way
from vernost.vehicles import queries as vehicles

router = Router(tags=["contacts"])


class ContactOut(Schema):
    id: str
    customer_id: str | None
    vehicle_id: str | None
    at: datetime
    channel: str
    direction: str
    outcome: str
    employee_id: str | None
    text: str


class ContactIn(Strict):
    """`outcome` is a code of docs/reference/exchange-format.md, or words of your own."""

    customer_id: Ref
    vehicle_id: Ref | None = None
    at: Moment
    channel: Literal["call", "sms", "email", "messenger", "visit", "web"]
    direction: Literal["in", "out"]
    outcome: Short = ""
    employee_id: Ref | None = None
    text: Words = ""


def of(row: Any, refs: References, actor: Actor) -> ContactOut:  # noqa: ANN401 - an Interaction with what it names
    return ContactOut(
        id=refs.of(row),
        customer_id=refs.of(row.customer),
        vehicle_id=refs.of(row.vehicle),
        at=row.at,
        channel=row.channel,
        direction=row.direction,
        outcome=sensitive.told(actor, row.outcome),
        employee_id=refs.of(row.employee),
        text=sensitive.told(actor, row.text),
    )


def shown(request: ApiRequest) -> "QuerySet[Any]":
    return queries.visible_to(request.actor).select_related("customer", "vehicle", "employee")


@router.get("/contacts", response=Page[ContactOut], auth=Needs(Scope.CONTACTS), summary="Contacts")
def list_contacts(
    request: ApiRequest,
    customer_id: Ref = Query(None),
    on: Day = Query(None),
    cursor: Cursor = Query(None),
    limit: Limit = Query(USUAL),
) -> Page[ContactOut]:
    refs = source_ids.load()
    rows = narrowed(shown(request), request.actor, refs, customer_id=customer_id, on=on)
    return page_of(rows, partial(of, actor=request.actor), refs, cursor=cursor, limit=limit)


@router.post("/contacts", response={201: ContactOut}, auth=Needs(Scope.CONTACTING), summary="Write down a contact")
def add_contact(request: ApiRequest, contact: ContactIn, idempotency_key: str = key_header()) -> HttpResponse:
    """Write down what has happened. The same Idempotency-Key writes once, however often it is sent."""
    now = timezone.now()

    def work() -> Given:
        refs = source_ids.load()
        actor = request.actor
        customer = refs.named(customers.visible_to(actor), contact.customer_id, field="customer_id")
        vehicle = contact.vehicle_id and refs.named(vehicles.visible_to(actor), contact.vehicle_id, field="vehicle_id")
        employee = contact.employee_id and refs.named(
            employees_visible_to(actor), contact.employee_id, field="employee_id"
        )
        made = operations.record_contact(
            customer_id=customer.pk,
            contact=Contact(
                at=contact.at,
                channel=contact.channel,
                direction=contact.direction,
                outcome=contact.outcome,
                text=contact.text,
                vehicle_id=vehicle.pk if vehicle else None,
                employee_id=employee.pk if employee else None,
            ),
            actor=actor,
            now=now,
        )
        return Given(201, api.rendered(request, of(shown(request).get(pk=made.pk), refs, actor)))

    return once(request, idempotency_key, work, now)


ConsentChannel = Literal["calls", "sms", "email", "messenger"]
ConsentPurpose = Literal["advertising", "contact", "processing", "transfer"]


class StatementOut(Schema):
    """What was said on a day (null: holds on every day): yes, no, or null for nothing of the channel."""

    on: date | None
    calls: bool | None
    sms: bool | None
    email: bool | None
    messenger: bool | None
    origin: str


class StopOut(Schema):
    channel: str
    since: date
    note: str


class AnswerOut(Schema):
    """What is in force; null `on`: from the beginning."""

    given: bool
    on: date | None


class StateOut(Schema):
    """What is in force of a purpose on the day asked, by channel or as a `whole`; null: nothing was said."""

    purpose: ConsentPurpose
    answers: dict[str, AnswerOut | None]


class LedgerLineOut(Schema):
    """A line of the ledger, with its place in the chain: null until it is sealed."""

    line: int
    purpose: ConsentPurpose
    answers: dict[str, bool]
    on: date | None
    way: str
    evidence: str
    reference: str
    text: str
    company: str
    recorded_at: datetime
    link: int | None
    hash: str


class ConsentsOut(Schema):
    """What is in force on a day, every statement with the latest first, and where he wants no contact at all."""

    customer_id: str
    as_of: date
    state: list[StateOut]
    ledger: list[LedgerLineOut]
    statements: list[StatementOut]
    do_not_disturb: list[StopOut]


class ConsentIn(Strict):
    """`evidence` says how it is known: a recording, a form, a tick on a page, with its number or address.

    `channels` for advertising and contact; the other purposes are agreed to as a whole, without them. `text` is the
    code of the words, `company` the name of the company that they name; without it the whole group.
    """

    purpose: ConsentPurpose = "advertising"
    channels: Annotated[list[ConsentChannel], Field(max_length=4)] = []
    given: bool
    on: Day | None = None
    way: Literal["api", "paper", "call", "visit", "web"] = "api"
    reference: Annotated[str, StringConstraints(max_length=200, pattern=TEXT_PATTERN)] = ""
    text: Annotated[str, StringConstraints(max_length=40, pattern=TEXT_PATTERN)] = ""
    company: Annotated[str, StringConstraints(max_length=200, pattern=TEXT_PATTERN)] = ""
    evidence: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=TEXT_PATTERN)]


@router.get(
    "/customers/{path:customer_id}/consents", response=ConsentsOut, auth=Needs(Scope.CONSENTS), summary="Consents"
)
def get_consents(request: ApiRequest, customer_id: Ref, on: Day | None = None) -> ConsentsOut:
    """Tell what is in force today, or was on another day, and give the whole ledger of the customer."""
    refs = source_ids.load()
    return _consents(request, refs.find(customers.visible_to(request.actor), customer_id), refs, on)


@router.post(
    "/customers/{path:customer_id}/consents",
    response={201: ConsentsOut},
    auth=Needs(Scope.CONSENTING),
    summary="Write a consent",
)
def add_consent(
    request: ApiRequest, customer_id: Ref, consent: ConsentIn, idempotency_key: str = key_header()
) -> HttpResponse:
    """Write down what was allowed (`given`) or forbidden; what is not named stays as it is. Nothing is ever changed."""
    now = timezone.now()

    def work() -> Given:
        refs = source_ids.load()
        customer = refs.find(customers.visible_to(request.actor), customer_id)
        said = operations.said_of(
            purpose=Purpose(consent.purpose),
            channels=set(consent.channels),
            given=consent.given,
            way=Way(consent.way),
            on=consent.on or timezone.localdate(now),
            proof=Proof(consent.evidence, consent.reference, consent.text, consent.company),
        )
        record_statement(customer_id=customer.pk, said=said, actor=request.actor, now=now)
        return Given(201, api.rendered(request, _consents(request, customer, refs)))

    return once(request, idempotency_key, work, now)


def _consents(
    request: ApiRequest,
    customer: Any,  # noqa: ANN401 - a Customer
    refs: References,
    on: date | None = None,
) -> ConsentsOut:
    as_of = on or timezone.localdate()
    return ConsentsOut(
        customer_id=refs.of(customer),
        as_of=as_of,
        state=[
            StateOut(
                purpose=one.purpose.value,
                answers={
                    name: AnswerOut(given=answer.given, on=answer.on) if answer else None
                    for name, answer in one.answers.items()
                },
            )
            for one in ledger.state_of(ledger.load(customer.pk), as_of)
        ],
        ledger=[_line(line) for line in ledger.ledger_of(request.actor, customer.pk)],
        statements=[_statement(row) for row in statements_of(customer.pk)],
        do_not_disturb=[
            StopOut(channel=row.channel, since=row.since, note=sensitive.told(request.actor, row.note))
            for row in stops_of(customer.pk)
        ],
    )


def _line(line: LedgerRow) -> LedgerLineOut:
    return LedgerLineOut(
        line=line.id,
        purpose=line.entry.purpose.value,
        answers=dict(line.entry.answers),
        on=line.entry.on,
        way=line.entry.way.value,
        evidence=line.evidence,
        reference=line.reference,
        text=line.text,
        company=line.legal_entity,
        recorded_at=line.entry.recorded_at,
        link=line.number,
        hash=line.hash,
    )


def _statement(row: ConsentRow) -> StatementOut:
    return StatementOut(
        on=row.on, calls=row.calls, sms=row.sms, email=row.email, messenger=row.messenger, origin=row.origin
    )
