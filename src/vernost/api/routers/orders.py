"""Repair orders with their lines."""

from datetime import date
from functools import partial
from typing import Any

from django.db.models import Prefetch, QuerySet
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
from vernost.api.types import Cursor, Day, Limit, Ref, clock, cost, money
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.workshop.models import OrderLine
from vernost.workshop.queries import orders_visible_to

router = Router(tags=["orders"])


class LineOut(Schema):
    """`declined` is advised work that the customer put off."""

    line_no: int
    kind: str
    code: str
    name: str
    category: str
    quantity: str | None
    unit_price: str | None
    discount: str | None
    amount: str
    cost: str | None
    declined: bool
    advised_on: date | None
    payer: str


class OrderOut(Schema):
    """Days and times are the branch's wall clock; `amount` and `cost` are the document's own, null if it has none."""

    id: str
    branch_id: str | None
    customer_id: str | None
    vehicle_id: str | None
    advisor_id: str | None
    opened_on: date
    opened_time: str | None
    closed_on: date | None
    closed_time: str | None
    mileage_km: int | None
    kind: str
    status: str
    amount: str | None
    cost: str | None
    lines: list[LineOut]
    fields: Fields


def _line(line: OrderLine, actor: Actor) -> LineOut:
    return LineOut(
        line_no=line.line_no,
        kind=line.kind,
        code=line.code,
        name=sensitive.told(actor, line.name),
        category=line.category,
        quantity=money(line.quantity),
        unit_price=money(line.unit_price),
        discount=money(line.discount),
        amount=str(line.amount),
        cost=cost(line.cost, actor),
        declined=line.declined,
        advised_on=line.advised_on,
        payer=line.payer,
    )


def of(order: Any, refs: References, actor: Actor) -> OrderOut:  # noqa: ANN401 - a RepairOrder with its lines
    return OrderOut(
        id=refs.of(order),
        branch_id=refs.of(order.branch),
        customer_id=refs.of(order.customer),
        vehicle_id=refs.of(order.vehicle),
        advisor_id=refs.of(order.advisor),
        opened_on=order.opened_on,
        opened_time=clock(order.opened_time),
        closed_on=order.closed_on,
        closed_time=clock(order.closed_time),
        mileage_km=order.mileage_km,
        kind=order.kind,
        status=order.status,
        amount=money(order.amount),
        cost=cost(order.cost, actor),
        lines=[_line(line, actor) for line in order.shown_lines],
        fields=of_rows(order.shown_fields, actor),
    )


def shown(request: ApiRequest) -> "QuerySet[Any]":
    lines = Prefetch("lines", OrderLine.objects.order_by("order_id", "line_no"), to_attr="shown_lines")
    found = orders_visible_to(request.actor).select_related("branch", "customer", "vehicle", "advisor")
    return found.prefetch_related(lines, shown_fields("order"))


@router.get("/orders", response=Page[OrderOut], auth=Needs(Scope.ORDERS), summary="Repair orders")
def list_orders(
    request: ApiRequest,
    customer_id: Ref = Query(None),
    vehicle_id: Ref = Query(None),
    opened_from: Day = Query(None, description="Opened on this day or later"),
    opened_to: Day = Query(None, description="Opened on this day or earlier"),
    cursor: Cursor = Query(None),
    limit: Limit = Query(USUAL),
) -> Page[OrderOut]:
    refs = source_ids.load()
    rows = narrowed(
        shown(request),
        request.actor,
        refs,
        customer_id=customer_id,
        vehicle_id=vehicle_id,
        opened_on__gte=opened_from,
        opened_on__lte=opened_to,
    )
    return page_of(rows, partial(of, actor=request.actor), refs, cursor=cursor, limit=limit)


@router.get("/orders/{path:order_id}", response=OrderOut, auth=Needs(Scope.ORDERS), summary="One repair order")
def get_order(request: ApiRequest, order_id: Ref) -> OrderOut:
    refs = source_ids.load()
    order = refs.find(shown(request), order_id)
    record_view(subject="order", subject_id=order.pk, actor=request.actor, now=timezone.now())
    return of(order, refs, request.actor)
