"""The customer as the desk and his card show him: addresses, cars, what he has brought, what happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, QuerySet

from vernost.calls.queries import scope
from vernost.calls.queries.life import Answer, Contact, Life, Owned, Visit
from vernost.contacts.models import Channel
from vernost.contacts.rules import OutboundChannel, Statement, outcome_title
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.prepared import Given, Prepared
from vernost.facts.queries import Forecast, forecast
from vernost.workshop import queries as workshop
from vernost.workshop.models import OrderKind, OrderStatus, RepairOrder

# As many orders of a customer are read for his history and his figures; fleets have more than is shown.
ORDERS_READ = 200
ITEMS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Consent:
    """What he said of advertising by telephone; `given` None: nothing yet."""

    given: bool | None
    on: date | None


@dataclass(frozen=True, slots=True)
class Car:
    """A car he owns today, with the odometer's forecast."""

    id: int
    title: str
    year: int | None
    engine: str
    plate: str
    vin: str
    forecast: Forecast | None
    due_programme: str
    is_subject: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Orders and money of the actor's branches only; days since the last visit anywhere he may see."""

    days_away: int | None
    visits: int
    revenue: Decimal
    nps: int | None
    nps_on: date | None


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the history: `kind` is visit, call, message, survey or booking.

    `code` is the order's kind, the contact's outcome (a marked text), the score or the appointment's status.
    """

    kind: str
    icon: str
    at: datetime
    code: str
    note: str
    number: str = ""
    amount: Decimal | None = None
    has_time: bool = True


def consent_of(statements: Iterable[Statement], on: date) -> Consent:
    """Return the latest statement that speaks of calls; of one day's a no goes first."""
    known = [each for each in statements if (each.on or on) <= on]
    if not known:
        return Consent(None, None)
    latest = max(known, key=lambda each: (each.on or date.min, not each.given))
    return Consent(latest.given, latest.on)


def cars_of(life: Life, *, subject: int | None, on: date) -> list[Car]:
    """Return his cars of today, the one that is spoken of first; what else is due is named beside each."""
    cars = [_car(owned, subject, life.due, on) for owned in life.cars]
    return sorted(cars, key=lambda car: (not car.is_subject, not car.due_programme, car.id))


def _car(owned: Owned, subject: int | None, due: Mapping[int, str], on: date) -> Car:
    car = owned.car
    return Car(
        id=car.pk,
        title=str(car),
        year=car.year,
        engine=car.engine,
        plate=car.plate,
        vin=car.vin,
        forecast=forecast(owned.state, on) if owned.state else None,
        due_programme="" if car.pk == subject else due.get(car.pk, ""),
        is_subject=car.pk == subject,
    )


@dataclass(frozen=True, slots=True)
class History:
    """`orders`: the latest first, with totals; `contacts`: outbound ones, day and invitation (None: of no one)."""

    figures: Figures
    items: Sequence[Item]
    orders: Sequence[Any]
    contacts: Sequence[tuple[date, int | None]]


def history_of(customer_id: int, *, life: Life, actor: Actor, on: date, zone: ZoneInfo) -> History:
    """Put his orders to what else happened, once for the list and for the figures above it."""
    orders = _ORDERS.rows(customer=customer_id, **scope.of(actor))
    answers, contacts = life.answers, life.contacts
    visits = {
        order.closed_on
        for order in orders
        if order.status == OrderStatus.CLOSED and order.kind not in {OrderKind.INTERNAL, OrderKind.PRESALE}
    }
    figures = Figures(
        days_away=(on - max(visits)).days if visits else None,
        visits=len(visits),
        revenue=sum((order.total for order in orders if order.closed_on in visits), Decimal(0)),
        nps=answers[0].score if answers else None,
        nps_on=answers[0].on if answers else None,
    )
    items = [
        *(_order_item(order, zone) for order in orders),
        *(_survey_item(answer) for answer in answers),
        *(_contact_item(row) for row in contacts[:ITEMS_SHOWN]),
        *(_visit_item(visit) for visit in life.visits),
    ]
    out = [row for row in contacts if row.direction == "out" and row.channel in set(OutboundChannel)]
    return History(
        figures,
        [_to_whom(actor, item) for item in sorted(items, key=lambda item: item.at, reverse=True)[:ITEMS_SHOWN]],
        orders,
        [(row.on, row.of_invitation) for row in out],
    )


def _to_whom(actor: Actor, item: Item) -> Item:
    return replace(item, code=sensitive.told(actor, item.code), note=sensitive.told(actor, item.note))


def _orders() -> QuerySet[Any]:
    of_him = RepairOrder.objects.filter(customer_id=Given("customer", BigIntegerField()))
    found = scope.within(of_him).exclude(status=OrderStatus.CANCELLED)
    return workshop.with_totals(found.select_related("vehicle")).order_by("-opened_on", "-pk")[:ORDERS_READ]


_ORDERS: Prepared[RepairOrder] = Prepared(_orders)


def _order_item(order: Any, zone: ZoneInfo) -> Item:  # noqa: ANN401 - a RepairOrder with its total
    day = order.closed_on or order.opened_on
    moment = datetime.combine(day, order.closed_time or time(12), zone)
    number = order.external_id or str(order.pk)
    note = str(order.vehicle) if order.vehicle else ""
    return Item(
        "visit", icon="tool", at=moment, code=order.kind, note=note, number=number, amount=order.total, has_time=False
    )


def _survey_item(answer: Answer) -> Item:
    return Item(
        "survey", icon="mood-smile", at=answer.at, code=str(answer.score), note=answer.text, number=answer.order
    )


def _contact_item(row: Contact) -> Item:
    is_call = row.channel == Channel.CALL
    sign = ("phone-outgoing" if row.direction == "out" else "phone-incoming") if is_call else "message-2"
    note = ", ".join(filter(None, [row.who, row.text]))
    code = outcome_title(row.outcome)
    return Item("call" if is_call else "message", icon=sign, at=row.at, code=code, note=note)


def _visit_item(visit: Visit) -> Item:
    return Item("booking", icon="calendar-event", at=visit.at, code=visit.status, note=visit.branch)
