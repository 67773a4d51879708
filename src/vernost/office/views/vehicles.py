"""The card of a car: what it is, who owns, drives and pays for it, what happened to it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vernost.accounts.audit import record_view
from vernost.accounts.undoing import undo_of
from vernost.core.i18n import _
from vernost.customers.queries.timeline import Whose, timeline_item
from vernost.facts.queries import forecasts
from vernost.office import history
from vernost.office.access import OfficeRequest, everybody
from vernost.office.card_blocks import layout_of
from vernost.office.forms.customers import CarCardForm
from vernost.office.taken_back import undoing_of
from vernost.vehicles import operations
from vernost.vehicles.queries import CarCard, car_card
from vernost.vehicles.timeline import ROLES

# The kind of the timeline's items that are changes of the card.
EDITS = "car_edits"
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
    thing = history.thing_url(_whose(card), item)
    values: dict[str, object] = {"card": card, "car": card.row, "item": item, "thing": thing}
    if kind == EDITS:
        values["undoing"] = undoing_of(row_id, request.actor)
        values["undo_url"] = reverse("office:vehicle-change-undo", args=[vehicle_id, row_id])
    return render(request, "office/vehicles/item.html", values)


@everybody
def vehicle_edit(request: OfficeRequest, vehicle_id: int) -> HttpResponse:
    card = car_card(vehicle_id, actor=request.actor)
    form = CarCardForm(request.POST or None, initial=CarCardForm.initial_of(card))
    if request.method == "POST" and form.is_valid():
        operations.change_car(vehicle_id=vehicle_id, entry=form.entry(), actor=request.actor, now=timezone.now())
        messages.success(request, gettext("Saved"))
        return redirect("office:vehicle", vehicle_id)
    values = {"form": form, "car": card.row}
    return render(request, "office/vehicles/edit.html", values, status=422 if form.errors else 200)


@everybody
@require_POST
def vehicle_change_undo(request: OfficeRequest, vehicle_id: int, record_id: int) -> HttpResponse:
    undo_of(subject="vehicle", subject_id=vehicle_id, record_id=record_id, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("Taken back"))
    return redirect("office:vehicle", vehicle_id)


def _whose(card: CarCard) -> Whose:
    return Whose("vehicle", card.row.id, {row.id for row in card.people if row.id is not None})
