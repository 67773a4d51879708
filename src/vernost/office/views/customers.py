"""Customers: the search and the first card."""

from dataclasses import dataclass, replace
from datetime import date

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from vernost.accounts.audit import record_view
from vernost.contacts.queries import interactions_of
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.formats import day, phone
from vernost.core.rights import Sensitive
from vernost.customers import queries
from vernost.customers.queries.duplicates import standing_card
from vernost.facts.mirror import MirrorMissing
from vernost.facts.queries import Forecast, forecasts
from vernost.invitations.queries.customer import invitations_of
from vernost.office import consents
from vernost.office.access import OfficeRequest, managers, words_of
from vernost.office.history import KINDS, Past, counts, timeline
from vernost.office.whys import answers_of
from vernost.vehicles.queries import CarRow, cars_of
from vernost.workshop.queries import appointments_of, orders_of

LATEST = 50
FOUND_IN_DIALOG, FOUND_ON_PAGE = 8, 50


@managers
def customer_list(request: OfficeRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    values = {"text": text, "rows": queries.search(text, actor=request.actor, limit=FOUND_ON_PAGE)}
    return render(request, "office/customers/list.html", values)


@managers
def customer_search(request: OfficeRequest) -> HttpResponse:
    """Answer the Ctrl+K dialog."""
    rows = queries.search(request.GET.get("q", ""), actor=request.actor, limit=FOUND_IN_DIALOG)
    items = [
        {
            "url": reverse("office:customer", args=[row.id]),
            "icon": "user",
            "title": row.name,
            "note": ", ".join(
                filter(None, [phone(row.phone) if row.phone else "", *(car for _pk, car, _p in row.cars[:1])])
            ),
        }
        for row in rows
    ]
    return render(request, "ui/search_results.html", {"title": _("Customers"), "items": items})


@managers
def customer(request: OfficeRequest, customer_id: int) -> HttpResponse:
    if (standing := standing_card(customer_id)) != customer_id:
        return redirect("office:customer", standing)
    identity = queries.identity(request.actor, customer_id)
    record_view(customer_id=customer_id, actor=request.actor, now=timezone.now())
    on = _day(request.GET.get("on", ""))
    past = _past(request.actor, customer_id)
    show = request.GET.get("show", "")
    values = {
        "customer": identity,
        "consents": consents.card_of(request.actor, customer_id, timezone.localdate()),
        "blocked": identity.is_blocked(timezone.localdate()),
        "cars": _cars(customer_id, request.actor),
        "on": on,
        "show": show,
        "kinds": [(code, title, counts(past)[code]) for code, title in KINDS.items()],
        "events": timeline(past, show=show),
    }
    return render(request, "office/customers/card.html", values)


@managers
def customer_why(request: OfficeRequest, customer_id: int) -> HttpResponse:
    """Answer for a day why each programme does or does not invite him: a fragment, or a page that asks for it.

    The answer takes seconds: the page is there at once, and `full` gets it whole without scripts.
    """
    identity = queries.identity(request.actor, customer_id)
    values: dict[str, object] = {"customer": identity, "on": (on := _day(request.GET.get("on", "")))}
    if not request.htmx and "full" not in request.GET:
        return render(request, "office/customers/why.html", values)
    values["asked"] = True
    try:
        values["answers"] = answers = answers_of(customer_id, on)
        values["candidates"] = any(answer.state != "not_candidate" for answer in answers)
    except MirrorMissing as error:
        values["why_missing"] = words_of(error)
    template = "office/customers/_why.html" if request.htmx else "office/customers/why.html"
    return render(request, template, values)


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


def _cars(customer_id: int, actor: Actor) -> list[ShownCar]:
    cars = [replace(car, vin=sensitive.shown(actor, Sensitive.VIN, car.vin)) for car in cars_of(customer_id)]
    known = forecasts([car.id for car in cars], on=timezone.localdate())
    return [ShownCar(car, known.get(car.id)) for car in cars]


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return timezone.localdate()
