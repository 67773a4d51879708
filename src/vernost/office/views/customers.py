"""The card of a customer: who he is, his cars, what he has brought, what happened. For every role."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from vernost.accounts.audit import record_view
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.formats import day
from vernost.core.rights import Sensitive
from vernost.core.views import words_of
from vernost.customers import queries
from vernost.customers.models import Customer
from vernost.customers.queries import Identity, cards
from vernost.customers.queries.duplicates import standing_card
from vernost.customers.queries.timeline import Whose, timeline_item
from vernost.customers.rules.addresses import WAYS
from vernost.facts.mirror import MirrorMissing
from vernost.facts.queries import Forecast, forecasts
from vernost.office import consents, history
from vernost.office.access import OfficeRequest, everybody, managers
from vernost.office.card_blocks import layout_of
from vernost.office.figures import shown_figures, shown_risks
from vernost.office.next_action import next_action
from vernost.office.taken_back import undoing_of
from vernost.office.whys import answers_of
from vernost.segments import one_customer as segments
from vernost.vehicles.queries import CarRow, brought_by, cars_of, roles_of

CARS_SHOWN = 12
# The kind of the timeline's items that are changes of the card.
EDITS = "edits"


@everybody
def customer(request: OfficeRequest, customer_id: int) -> HttpResponse:
    try:
        identity = queries.identity(request.actor, customer_id)
    except Customer.DoesNotExist:
        if (standing := standing_card(customer_id)) != customer_id:
            return redirect("office:customer", standing)
        raise
    record_view(subject="customer", subject_id=customer_id, actor=request.actor, now=timezone.now())
    today = timezone.localdate()
    every = [replace(car, vin=sensitive.shown(request.actor, Sensitive.VIN, car.vin)) for car in cars_of(customer_id)]
    shown = every if "cars" in request.GET else every[:CARS_SHOWN]
    cars = _cars(shown, today)
    names = {car.id: f"{car.title} {car.plate}".strip() for car in every}
    values = {
        **_whom(identity, request.actor, today),
        "cars": cars,
        "cars_hidden": len(every) - len(shown),
        "roles": roles_of(customer_id),
        "next": next_action(customer_id, actor=request.actor, cars=cars, on=today),
        "timeline": history.shown(Whose("customer", customer_id), actor=request.actor, asked=request.GET, cars=names),
        "is_manager": request.actor.may("customers.whole"),
        "on": today,
        "layout": layout_of("customer", request.actor),
    }
    return render(request, "office/customers/card.html", values)


def _whom(identity: Identity, actor: Actor, today: date) -> dict[str, Any]:
    return {
        "customer": identity,
        "consents": consents.card_of(identity.id, actor=actor, on=today),
        "blocked": identity.is_blocked(today),
        "persons": cards.contact_persons(identity.id, actor=actor) if identity.kind == "company" else [],
        "relatives": cards.household_of(identity.id, actor=actor) if identity.kind == "person" else [],
        "attachment": cards.attachment_of(identity.id, identity.advisor_id),
        "zone_by": cards.zone_set_by(identity.id) if identity.timezone else None,
        "ways": WAYS,
    }


@everybody
def customer_figures(request: OfficeRequest, customer_id: int) -> HttpResponse:
    """Answer the part of the card that the mirror is asked for: state, scores and money."""
    identity = queries.identity(request.actor, customer_id)
    values: dict[str, object] = {"customer": identity}
    try:
        found = segments.figures_of(customer_id, on=timezone.localdate(), ref=identity.ref, actor=request.actor)
    except MirrorMissing as error:
        values["missing"] = words_of(error)
    else:
        values["figures"] = found and shown_figures(found, identity, sees_margin=request.actor.shows(Sensitive.MARGIN))
    return render(request, "office/customers/_figures.html", values)


# A fleet has hundreds.
_RISKS_SHOWN: Final = 10


@everybody
def customer_risks(request: OfficeRequest, customer_id: int) -> HttpResponse:
    identity = queries.identity(request.actor, customer_id)
    cars = brought_by(customer_id)
    values: dict[str, object] = {"customer": identity}
    try:
        found = segments.risks_of(customer_id, vehicle_ids=list(cars), on=timezone.localdate())
    except MirrorMissing as error:
        values["missing"] = words_of(error)
    else:
        shown = shown_risks(found, cars, actor=request.actor)
        values |= {"risks": shown[:_RISKS_SHOWN], "earlier": shown[_RISKS_SHOWN:]}
    return render(request, "office/customers/_risks.html", values)


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


@everybody
def customer_item(request: OfficeRequest, customer_id: int, kind: str, row_id: int) -> HttpResponse:
    """Show one item of the timeline that has no card of its own."""
    identity = queries.identity(request.actor, customer_id)
    whose = Whose("customer", customer_id)
    item = timeline_item(whose, actor=request.actor, kind=kind, row_id=row_id)
    if item is None:
        raise Http404
    values: dict[str, object] = {"customer": identity, "item": item, "thing": history.thing_url(whose, item)}
    if kind == EDITS:
        values["undoing"] = undoing_of(row_id, request.actor)
        values["undo_url"] = reverse("office:customer-change-undo", args=[customer_id, row_id])
    return render(request, "office/customers/item.html", values)


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


def _cars(cars: list[CarRow], on: date) -> list[ShownCar]:
    known = forecasts([car.id for car in cars], on=on)
    return [ShownCar(car, known.get(car.id)) for car in cars]


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return timezone.localdate()
