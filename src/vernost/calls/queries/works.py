"""What can be offered to the customer of an invitation: its own work, and what he put off before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, QuerySet
from django.utils.translation import gettext

from vernost.calls.queries import columns
from vernost.calls.rules.works import Origin, Plan, Work, fitting_plan
from vernost.core.i18n import _
from vernost.core.prepared import Given, Prepared
from vernost.core.wall import whole_group_rows
from vernost.invitations.kinds.seasonal import SEASONS
from vernost.invitations.models import Invitation
from vernost.vehicles.models import Vehicle
from vernost.workshop import queries as workshop
from vernost.workshop.models import OrderKind, OrderStatus, RepairOrder

# Where the maker's plan says nothing.
MAINTENANCE_HOURS = Decimal("1.5")
RECALL_HOURS = Decimal(1)
SEASON_HOURS = Decimal(1)
# A put-off part without its labour line still has to be fitted.
FITTING_HOURS = Decimal("0.5")
# A labour line's quantity above this is not hours.
MOST_HOURS = 40
MOST_DEFERRED = 6

MAINTENANCE_NAMES = {True: _("Maintenance %(number)s"), False: _("Maintenance")}
# Calls that are not about the workshop offer nothing to tick, except what was put off.
_WITHOUT_WORK = {"courtesy", "repurchase"}

# Works put off in orders of the car's visits and not done, nor put off again, since.
# Columns are named as `PutOff` is.
DEFERRED = f"""
SELECT line.name, line.kind, line.quantity::text, line.amount::text, visit.closed_on, visit.id AS order_id, line.line_no
FROM workshop_repairorder visit
JOIN workshop_orderline line ON line.order_id = visit.id
WHERE visit.vehicle_id = %(vehicle)s AND visit.status = 'closed' AND visit.kind NOT IN ('internal', 'presale')
  AND line.declined
  AND NOT EXISTS (
      SELECT FROM workshop_repairorder later
      JOIN workshop_orderline done ON done.order_id = later.id
      WHERE later.vehicle_id = visit.vehicle_id AND later.status = 'closed'
        AND later.kind NOT IN ('internal', 'presale') AND later.id <> visit.id
        AND (later.closed_on > visit.closed_on
             OR later.closed_on = visit.closed_on AND (NOT done.declined OR later.id > visit.id))
        AND CASE WHEN done.code <> '' AND line.code <> '' THEN done.code = line.code
                 ELSE lower(trim(done.name)) = lower(trim(line.name)) END
  )
ORDER BY visit.closed_on DESC, line.amount DESC, visit.id, line.line_no
LIMIT {MOST_DEFERRED}
"""  # noqa: S608 - our own words
# Plans of the maker; the columns are named as `Plan` is.
PLANS = """
SELECT engine, year_from, year_to, interval_months, interval_km, labour_hours::text FROM vehicles_maintenanceplan
WHERE upper(make) = upper(%(make)s) AND upper(model) = upper(%(model)s)
"""


@dataclass(frozen=True, slots=True)
class PutOff:
    """A line of an order that the customer put off."""

    name: str
    kind: str
    quantity: Decimal | None
    amount: Decimal | None
    closed_on: date
    order_id: int
    line_no: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be offered for a car: works put off, plans of its make and model."""

    put_off: Sequence[PutOff]
    plans: Sequence[Plan]


# Two columns of a statement (`columns.joined`), of the values of `of_car`; `offer_in` reads them.
OFFER = (DEFERRED, PLANS)


def of_car(car: Vehicle | None) -> dict[str, Any]:
    make, model = (car.make.strip(), car.model.strip()) if car else ("", "")
    return {"vehicle": car.pk if car else None, "make": make, "model": model}


def offer_in(put_off: Iterable[dict[str, Any]], plans: Iterable[dict[str, Any]]) -> Offer:
    return Offer([_put_off(row) for row in put_off], [_plan(row) for row in plans])


def _put_off(row: dict[str, Any]) -> PutOff:
    numbers = {name: _decimal(row[name]) for name in ("quantity", "amount")}
    return PutOff(**{**row, **numbers, "closed_on": date.fromisoformat(row["closed_on"])})


def _plan(row: dict[str, Any]) -> Plan:
    return Plan(**{**row, "labour_hours": _decimal(row["labour_hours"])})


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


# A car has one history, whoever serviced it: what was put off elsewhere is offered too.
@whole_group_rows()
def works_of(invitation: Invitation, *, orders: Sequence[Any] | None = None, offer: Offer | None = None) -> list[Work]:
    """Return the works with those of the programme's own ticked.

    `orders`, with totals, and `offer`: what the caller has read already.
    """
    car = invitation.vehicle
    if car is None:
        return []
    offer = offer or offer_in(*columns.fetched(columns.joined(*OFFER), of_car(car)))
    ticked = invitation.programme.kind == "deferred_work"
    return [*_own(invitation, car, orders, offer.plans), *(_deferred(row, ticked=ticked) for row in offer.put_off)]


def chosen(works: Iterable[Work], codes: Iterable[str]) -> list[Work]:
    wanted = set(codes)
    return [work for work in works if work.code in wanted]


def name_of(work: Work) -> str:
    """Name a work in the reader's language; a numbered one carries its number."""
    words = gettext(work.name) if work.name else ""
    return words % {"number": work.number} if work.number is not None else words


def as_stored(works: Sequence[Work]) -> list[dict[str, Any]]:
    """Return what an appointment keeps of its works: names as the reception reads them."""
    return [
        {
            "code": work.code,
            "name": name_of(work),
            "hours": str(work.hours),
            "amount": None if work.amount is None else str(work.amount),
        }
        for work in works
    ]


def _own(invitation: Invitation, vehicle: Vehicle, orders: Sequence[Any] | None, plans: Sequence[Plan]) -> list[Work]:
    kind, facts = invitation.programme.kind, invitation.reason_facts
    if kind in _WITHOUT_WORK or kind == "deferred_work":
        return []
    if kind == "recall":
        name = str(facts.get("title") or facts.get("code") or "")
        return [Work("recall", Origin.RECALL, name, RECALL_HOURS, Decimal(0), ticked=True)]
    if kind == "seasonal":
        name = SEASONS.get(str(facts.get("season")), _("Seasonal service"))
        return [Work("season", Origin.SEASON, name, SEASON_HOURS, None, ticked=True)]
    return [_maintenance(vehicle, facts, orders, plans)]


def _maintenance(vehicle: Vehicle, facts: dict[str, Any], orders: Sequence[Any] | None, plans: Sequence[Plan]) -> Work:
    plan = fitting_plan(plans, engine=vehicle.engine, year=vehicle.year)
    last = _LAST_MAINTENANCE.first(vehicle=vehicle.pk) if orders is None else _last_maintenance_among(orders, vehicle)
    number = facts.get("service_number")
    return Work(
        code="maintenance",
        origin=Origin.MAINTENANCE,
        name=MAINTENANCE_NAMES[number is not None],
        hours=plan.labour_hours if plan and plan.labour_hours else MAINTENANCE_HOURS,
        amount=last.total if last else None,
        ticked=True,
        number=number,
        mark_km=facts.get("mark_km"),
        like=last.closed_on if last else None,
    )


def _maintained() -> QuerySet[Any]:
    orders = RepairOrder.objects.filter(
        vehicle=Given("vehicle", BigIntegerField()),
        kind=OrderKind.MAINTENANCE,
        status=OrderStatus.CLOSED,
        closed_on__isnull=False,
    )
    return workshop.with_totals(orders).order_by("-closed_on", "-closed_time", "-pk")[:1]


_LAST_MAINTENANCE: Prepared[RepairOrder] = Prepared(_maintained)


def _last_maintenance_among(orders: Sequence[Any], vehicle: Vehicle) -> Any:  # noqa: ANN401 - as above
    closed = [
        order
        for order in orders
        if order.vehicle_id == vehicle.pk and order.kind == OrderKind.MAINTENANCE and order.status == OrderStatus.CLOSED
    ]
    return max(closed, key=lambda order: (order.closed_on, order.closed_time or time.min, order.pk), default=None)


def _deferred(row: PutOff, *, ticked: bool) -> Work:
    return Work(
        code=f"deferred-{row.order_id}-{row.line_no}",
        origin=Origin.DEFERRED,
        name=row.name,
        hours=_hours(row.kind, row.quantity),
        amount=row.amount,
        ticked=ticked,
        on=row.closed_on,
    )


def _hours(kind: str, quantity: Decimal | None) -> Decimal:
    if kind == "labour" and quantity is not None and 0 < quantity <= MOST_HOURS:
        return quantity.quantize(Decimal("0.01"))
    return FITTING_HOURS
