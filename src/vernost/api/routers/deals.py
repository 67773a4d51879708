"""Car deals: sold, taken in trade, talked about, lost."""

from datetime import date
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from ninja import Router, Schema
from ninja.params.functions import Query

from vernost.accounts import source_ids
from vernost.accounts.audit import record_view
from vernost.accounts.source_ids import References
from vernost.accounts.tokens import Scope
from vernost.api.access import ApiRequest, Needs
from vernost.api.fields import Fields, of_rows, shown_fields
from vernost.api.pages import USUAL, Page, narrowed, page_of
from vernost.api.types import Cursor, Day, Limit, Ref, cost, money
from vernost.core.actor import Actor
from vernost.sales.models import DealKind, DealStatus
from vernost.sales.queries import visible_to

router = Router(tags=["deals"])


class DealOut(Schema):
    """`kind` is what the car is: sold new, sold used, or taken from the customer in `trade_in`."""

    id: str
    branch_id: str | None
    customer_id: str | None
    vehicle_id: str | None
    manager_id: str | None
    opened_on: date | None
    closed_on: date | None
    kind: DealKind
    status: DealStatus
    amount: str | None
    cost: str | None
    fields: Fields


def of(deal: Any, refs: References, actor: Actor) -> DealOut:  # noqa: ANN401 - a Deal with its fields
    return DealOut(
        id=refs.of(deal),
        branch_id=refs.of(deal.branch),
        customer_id=refs.of(deal.customer),
        vehicle_id=refs.of(deal.vehicle),
        manager_id=refs.of(deal.manager),
        opened_on=deal.opened_on,
        closed_on=deal.closed_on,
        kind=deal.kind,
        status=deal.status,
        amount=money(deal.amount),
        cost=cost(deal.cost, actor),
        fields=of_rows(deal.shown_fields, actor),
    )


def shown(request: ApiRequest) -> "QuerySet[Any]":
    found = visible_to(request.actor).select_related("branch", "customer", "vehicle", "manager")
    return found.prefetch_related(shown_fields("deal"))


@router.get("/deals", response=Page[DealOut], auth=Needs(Scope.DEALS), summary="Car deals")
def list_deals(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    request: ApiRequest,
    customer_id: Ref = Query(None),
    vehicle_id: Ref = Query(None),
    status: DealStatus = Query(None),
    opened_from: Day = Query(None, description="Opened on this day or later"),
    opened_to: Day = Query(None, description="Opened on this day or earlier"),
    closed_from: Day = Query(None, description="Won or lost on this day or later"),
    closed_to: Day = Query(None, description="Won or lost on this day or earlier"),
    cursor: Cursor = Query(None),
    limit: Limit = Query(USUAL),
) -> Page[DealOut]:
    refs = source_ids.load()
    rows = narrowed(
        shown(request),
        request.actor,
        refs,
        customer_id=customer_id,
        vehicle_id=vehicle_id,
        status=status,
        opened_on__gte=opened_from,
        opened_on__lte=opened_to,
        closed_on__gte=closed_from,
        closed_on__lte=closed_to,
    )
    return page_of(rows, partial(of, actor=request.actor), refs, cursor=cursor, limit=limit)


@router.get("/deals/{path:deal_id}", response=DealOut, auth=Needs(Scope.DEALS), summary="One car deal")
def get_deal(request: ApiRequest, deal_id: Ref) -> DealOut:
    refs = source_ids.load()
    deal = refs.find(shown(request), deal_id)
    record_view(subject="deal", subject_id=deal.pk, actor=request.actor, now=timezone.now())
    return of(deal, refs, request.actor)
