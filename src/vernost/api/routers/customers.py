"""Customers, their contacts, their consents, their figures."""

from datetime import date
from functools import partial
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from ninja import Router, Schema
from ninja.params.functions import Query

from vernost.accounts import source_ids
from vernost.accounts.audit import record_search, record_view
from vernost.accounts.source_ids import References
from vernost.accounts.tokens import Scope
from vernost.api.access import ApiRequest, Needs
from vernost.api.fields import Fields, of_rows, shown_fields
from vernost.api.pages import USUAL, Page, page_of
from vernost.api.types import Cursor, Limit, Ref, Short
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.customers import queries
from vernost.customers.models import ContactAddress

router = Router(tags=["customers"])


class AddressOut(Schema):
    """`kind` is phone (E.164), email, messenger or note; `invalid_on`: found wrong on that day."""

    kind: str
    value: str
    note: str
    invalid_on: date | None


class CustomerOut(Schema):
    """`fields` are those that administrators have added, by their codes; what has no value is not named."""

    id: str
    kind: str
    full_name: str
    last_name: str
    first_name: str
    middle_name: str
    inn: str
    birth_date: date | None
    gender: str
    city: str
    address: str
    timezone: str
    source: str
    category: str
    created_on: date | None
    blocked: bool | None
    blocked_on: date | None
    blocked_reason: str
    advisor_id: str | None
    addresses: list[AddressOut]
    fields: Fields


def of(customer: Any, refs: References, actor: Actor) -> CustomerOut:  # noqa: ANN401 - a Customer with its addresses
    # Told here too: the answer to a change has the ETag that GET gives.
    return CustomerOut(
        id=refs.of(customer),
        kind=customer.kind,
        full_name=sensitive.told(actor, customer.full_name),
        last_name=sensitive.told(actor, customer.last_name),
        first_name=sensitive.told(actor, customer.first_name),
        middle_name=sensitive.told(actor, customer.middle_name),
        inn=customer.inn,
        birth_date=customer.birth_date,
        gender=customer.gender,
        city=customer.city,
        address=sensitive.told(actor, customer.address),
        timezone=customer.timezone,
        source=customer.origin,
        category=customer.category,
        created_on=customer.created_on,
        blocked=customer.blocked,
        blocked_on=customer.blocked_on,
        blocked_reason=sensitive.told(actor, customer.blocked_reason),
        advisor_id=refs.of(customer.advisor),
        addresses=[
            AddressOut(
                kind=row.kind,
                value=sensitive.address(actor, row.kind, row.value),
                note=sensitive.told(actor, row.note),
                invalid_on=row.invalid_on,
            )
            for row in customer.shown_addresses
        ],
        fields=of_rows(customer.shown_fields, actor),
    )


def shown(request: ApiRequest) -> "QuerySet[Any]":
    addresses = ContactAddress.objects.order_by("kind", "position", "pk")
    found = queries.visible_to(request.actor).select_related("advisor")
    return found.prefetch_related(Prefetch("addresses", addresses, to_attr="shown_addresses"), shown_fields("customer"))


@router.get("/customers", response=Page[CustomerOut], auth=Needs(Scope.CUSTOMERS), summary="Customers")
def list_customers(
    request: ApiRequest,
    q: Short = Query("", description="Telephone, plate, VIN, words of the name or a number of the source"),
    cursor: Cursor = Query(None),
    limit: Limit = Query(USUAL),
) -> Page[CustomerOut]:
    """All customers, or those whom a search finds (the first `limit`, without a page that follows)."""
    refs = source_ids.load()
    if not q.strip():
        told = partial(of, actor=request.actor)
        return page_of(shown(request), told, refs, cursor=cursor, limit=limit)
    ids = [row.id for row in queries.search(q.strip(), actor=request.actor, limit=limit)]
    record_search(text=q, customer_ids=ids, actor=request.actor, now=timezone.now())
    found = {row.pk: row for row in shown(request).filter(pk__in=ids)}
    return Page[CustomerOut](items=[of(found[pk], refs, request.actor) for pk in ids if pk in found], next=None)


@router.get("/customers/{path:customer_id}", response=CustomerOut, auth=Needs(Scope.CUSTOMERS), summary="One customer")
def get_customer(request: ApiRequest, customer_id: Ref) -> CustomerOut:
    refs = source_ids.load()
    customer = refs.find(shown(request), customer_id)
    record_view(subject="customer", subject_id=customer.pk, actor=request.actor, now=timezone.now())
    return of(customer, refs, request.actor)
