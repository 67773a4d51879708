"""Customers: the search and the first card."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from vernost.contacts.queries import interactions_of
from vernost.core.actor import Actor
from vernost.core.formats import day
from vernost.customers import queries
from vernost.facts.queries import Forecast, forecasts
from vernost.invitations.queries.customer import invitations_of
from vernost.office import consents
from vernost.office.access import OfficeRequest, managers
from vernost.office.history import KINDS, Past, counts, timeline
from vernost.vehicles.queries import CarRow, cars_of
from vernost.workshop.queries import appointments_of, orders_of

LATEST = 50


@managers
def customer(request: OfficeRequest, customer_id: int) -> HttpResponse:
    identity = queries.identity(request.actor, customer_id)
    on = _day(request.GET.get("on", ""))
    past = _past(request.actor, customer_id)
    show = request.GET.get("show", "")
    values = {
        "customer": identity,
        "consents": consents.shown(identity.consents),
        "stops": consents.stops(identity.stops),
        "blocked": identity.is_blocked(timezone.localdate()),
        "cars": _cars(customer_id),
        "on": on,
        "show": show,
        "kinds": [(code, title, counts(past)[code]) for code, title in KINDS.items()],
        "events": timeline(past, show=show),
    }
    return render(request, "office/customers/card.html", values)


def _past(actor: Actor, customer_id: int) -> Past:
    return Past(
        orders=orders_of(customer_id, actor=actor, limit=LATEST),
        appointments=appointments_of(customer_id, actor=actor, limit=LATEST),
        invitations=invitations_of(customer_id, actor=actor, limit=LATEST),
        contacts=interactions_of(customer_id, limit=LATEST),
    )


@dataclass(frozen=True, slots=True)
class ShownCar:
    """A car with what the odometer says of it, None where it says nothing."""

    car: CarRow
    forecast: Forecast | None

    @property
    def about(self) -> str:
        car = self.car
        parts = [f"VIN {car.vin}" if car.vin else "", car.engine]
        if car.owned_until:
            parts.append(_("owned until %(day)s") % {"day": day(car.owned_until)})
        elif car.owned_from:
            parts.append(_("owned from %(day)s") % {"day": day(car.owned_from)})
        if car.scrapped:
            parts.append(_("scrapped"))
        return " · ".join(filter(None, parts))


def _cars(customer_id: int) -> list[ShownCar]:
    cars = cars_of(customer_id)
    known = forecasts([car.id for car in cars], on=timezone.localdate())
    return [ShownCar(car, known.get(car.id)) for car in cars]


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return timezone.localdate()
