"""A customer's repair orders, with what he paid."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from vernost.core import keyboard
from vernost.core.actor import Actor
from vernost.workshop.models import LinePayer, OrderKind, RepairOrder

_SHORTEST_NUMBER = 3
# The operator keeps its index under row-level security.
_BY_NUMBER = """
    SELECT o.id FROM accounts_source s JOIN workshop_repairorder o ON o.source_id = s.id AND o.external_id ^@ %(number)s
     WHERE %(whole)s OR o.branch_id = ANY(%(branches)s) LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A repair order in a history. `amount` is what the customer and the insurer pay, VAT included."""

    id: int
    number: str
    opened_on: date
    closed_on: date | None
    kind: str
    status: str
    car: str
    branch: str
    advisor: str
    mileage_km: int | None
    amount: Decimal


def orders_visible_to(actor: Actor) -> QuerySet[RepairOrder]:
    """Return the orders of the actor's branches; one without a branch belongs to the whole group."""
    rows = RepairOrder.objects.all()
    if actor.own_only:
        rows = rows.filter(advisor_id=actor.employee_id, advisor__isnull=False)
    return rows if actor.branch_ids is None else rows.filter(branch_id__in=actor.branch_ids)


def orders_of(customer_id: int, *, actor: Actor, limit: int) -> list[OrderRow]:
    """Return the customer's latest orders first; of another branch's none is shown."""
    found = orders_visible_to(actor).filter(customer_id=customer_id)
    found = with_totals(found.select_related("vehicle", "branch", "advisor"))
    return [_order_row(order) for order in found.order_by("-opened_on", "-pk")[:limit]]


def find_orders(text: str, *, actor: Actor, limit: int) -> list[OrderRow]:
    """Return orders whose number in the source begins with the text, the latest first.

    Where none does, the text in capitals is asked for, then what its keys write in the other layout.
    """
    number = text.strip()
    if len(number) < _SHORTEST_NUMBER:
        return []
    spelled = [number]
    if any(letter.isdigit() for letter in number):
        spelled += [number.upper(), keyboard.switched(number).upper()]
    found_by = (_by_number(each, actor, limit) for each in dict.fromkeys(spelled))
    ids = next(filter(None, found_by), [])
    if not ids:
        return []
    found = with_totals(RepairOrder.objects.filter(pk__in=ids).select_related("vehicle", "branch", "advisor"))
    return [_order_row(order) for order in found.order_by("-opened_on", "-pk")]


def _by_number(number: str, actor: Actor, limit: int) -> list[int]:
    values: dict[str, Any] = {
        "number": number,
        "whole": actor.branch_ids is None,
        "branches": sorted(actor.branch_ids or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_BY_NUMBER, {**values, "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def with_totals(orders: QuerySet[RepairOrder]) -> QuerySet[Any]:
    """Give each order its `total`: its own amount, else the lines that the customer and the insurer pay."""
    paid_by_him = Q(lines__declined=False) & (
        Q(lines__payer__in=[LinePayer.CUSTOMER, LinePayer.INSURER])
        | Q(lines__payer="") & ~Q(kind__in=[OrderKind.WARRANTY, OrderKind.INTERNAL])
    )
    lines = Coalesce(Sum("lines__amount", filter=paid_by_him), Decimal(0))
    return orders.annotate(total=Coalesce("amount", lines))


def _order_row(order: Any) -> OrderRow:  # noqa: ANN401 - a RepairOrder with its total
    return OrderRow(
        id=order.pk,
        number=order.external_id or str(order.pk),
        opened_on=order.opened_on,
        closed_on=order.closed_on,
        kind=order.kind,
        status=order.status,
        car=str(order.vehicle) if order.vehicle else "",
        branch=order.branch.name if order.branch else "",
        advisor=order.advisor.name if order.advisor else "",
        mileage_km=order.mileage_km,
        amount=order.total,
    )
