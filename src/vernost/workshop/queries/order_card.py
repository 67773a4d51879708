"""One repair order with its lines, and where it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from vernost.core.actor import Actor
from vernost.core.money import VAT_RATES
from vernost.workshop.models import Appointment, LinePayer, OrderKind, OrderLine, OrderStatus, RepairOrder
from vernost.workshop.queries.orders import orders_visible_to, with_totals

_OF_THE_HOUSE = {OrderKind.WARRANTY.value, OrderKind.INTERNAL.value}
_PAID = {LinePayer.CUSTOMER.value, LinePayer.INSURER.value}
_KOPECK = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class LineRow:
    kind: str
    code: str
    name: str
    category: str
    quantity: Decimal | None
    unit_price: Decimal | None
    discount: Decimal | None
    amount: Decimal
    cost: Decimal | None
    payer: str
    advised_on: date | None


@dataclass(frozen=True, slots=True)
class OrderCard:
    """`amount` is what the customer and the insurer pay, VAT included; `margin` is without VAT, of a closed order."""

    id: int
    number: str
    source: str
    kind: str
    status: str
    opened_on: date
    opened_time: time | None
    closed_on: date | None
    closed_time: time | None
    mileage_km: int | None
    branch: str
    advisor: str
    customer_id: int | None
    customer: str
    vehicle_id: int | None
    vehicle: str
    plate: str
    amount: Decimal
    margin: Decimal | None
    lines: Sequence[LineRow]
    declined: Sequence[LineRow]
    appointment_id: int | None
    appointment_at: datetime | None


def order_card(order_id: int, *, actor: Actor) -> OrderCard:
    """Return one order of the actor's branches, in three statements; `RepairOrder.DoesNotExist` beyond them."""
    whose = ("customer", "vehicle", "branch", "advisor", "source")
    order = with_totals(orders_visible_to(actor).filter(pk=order_id)).select_related(*whose).get()
    lines = list(OrderLine.objects.filter(order_id=order_id).order_by("line_no"))
    booked = Appointment.objects.filter(order_id=order_id).order_by("pk").first()
    return OrderCard(
        id=order.pk,
        number=order.external_id or str(order.pk),
        source=order.source.title or order.source.code if order.source else "",
        kind=order.kind,
        status=order.status,
        opened_on=order.opened_on,
        opened_time=order.opened_time,
        closed_on=order.closed_on,
        closed_time=order.closed_time,
        mileage_km=order.mileage_km,
        branch=order.branch.name if order.branch else "",
        advisor=order.advisor.name if order.advisor else "",
        customer_id=order.customer_id,
        customer=order.customer.full_name if order.customer else "",
        vehicle_id=order.vehicle_id,
        vehicle=str(order.vehicle) if order.vehicle else "",
        plate=order.vehicle.plate if order.vehicle else "",
        amount=order.total,
        margin=_margin(order, order.total, lines),
        lines=[_line(line) for line in lines if not line.declined],
        declined=[_line(line) for line in lines if line.declined],
        appointment_id=booked.pk if booked else None,
        appointment_at=booked.starts_at if booked else None,
    )


def _margin(order: RepairOrder, amount: Decimal, lines: Sequence[OrderLine]) -> Decimal | None:
    """Amount without VAT less cost; of an order that is not closed nothing is known yet. As `facts.ORDERS` has it."""
    if order.status != OrderStatus.CLOSED or order.closed_on is None:
        return None
    paid = [
        line.cost or Decimal(0)
        for line in lines
        if not line.declined and (line.payer in _PAID or (not line.payer and order.kind not in _OF_THE_HOUSE))
    ]
    cost = order.cost if order.cost is not None else sum(paid, Decimal(0))
    if order.kind == OrderKind.WARRANTY:
        cost = Decimal(0)
    rate = next(rate for start, rate in reversed(VAT_RATES) if order.closed_on >= start)
    if order.branch and not order.branch.vat:
        rate = 0
    return (amount * 100 / (100 + rate)).quantize(_KOPECK, ROUND_HALF_UP) - cost


def _line(line: OrderLine) -> LineRow:
    return LineRow(**{name: getattr(line, name) for name in LineRow.__slots__})
