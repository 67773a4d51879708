"""The card of a car: what it is, who owns, drives and pays for it, what happened to it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from vernost.accounts.audit import record_view
from vernost.core.i18n import _
from vernost.customers.queries.timeline import Whose, timeline_item
from vernost.facts.queries import forecasts
from vernost.office import history
from vernost.office.access import OfficeRequest, everybody
from vernost.office.card_blocks import layout_of
from vernost.vehicles.queries import CarCard, car_card
from vernost.vehicles.timeline import ROLES

PEOPLE = {"owner": _("Owner"), **ROLES}


@everybody
def vehicle(request: OfficeRequest, vehicle_id: int) -> HttpResponse:
    card = car_card(vehicle_id, actor=request.actor)
    record_view(subject="vehicle", subject_id=vehicle_id, actor=request.actor, now=timezone.now())
    values = {
        "card": card,
        "car": card.row,
        "forecast": forecasts([vehicle_id], on=timezone.localdate()).get(vehicle_id),
        "people": [(PEOPLE[row.role], row) for row in card.people],
        "timeline": history.shown(_whose(card), actor=request.actor, asked=request.GET, cars={}),
        "layout": layout_of("vehicle", request.actor),
    }
    return render(request, "office/vehicles/card.html", values)


@everybody
def vehicle_item(request: OfficeRequest, vehicle_id: int, kind: str, row_id: int) -> HttpResponse:
    card = car_card(vehicle_id, actor=request.actor)
    item = timeline_item(_whose(card), actor=request.actor, kind=kind, row_id=row_id)
    if item is None:
        raise Http404
    return render(request, "office/vehicles/item.html", {"card": card, "car": card.row, "item": item})


def _whose(card: CarCard) -> Whose:
    return Whose("vehicle", card.row.id, {row.id for row in card.people if row.id is not None})
