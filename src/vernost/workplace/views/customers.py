"""Finding a customer, and his card with the booking column."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from vernost.accounts.audit import record_search, record_view
from vernost.calls.queries import card, gate, life
from vernost.customers import queries as customers
from vernost.invitations.queries.customer import invitations_of
from vernost.workplace.access import WorkplaceRequest, everybody

FOUND_ON_PAGE = 30


@everybody
@require_GET
def find(request: WorkplaceRequest) -> HttpResponse:
    """Choose whom to book: the first step of a booking at the desk."""
    text = request.GET.get("q", "")
    rows = customers.search(text, actor=request.actor, limit=FOUND_ON_PAGE)
    record_search(text=text, customer_ids=[row.id for row in rows], actor=request.actor, now=timezone.now())
    return render(request, "workplace/customers/find.html", {"text": text, "rows": rows})


@everybody
@require_GET
def customer(request: WorkplaceRequest, customer_id: int) -> HttpResponse:
    person = customers.visible_to(request.actor).select_related("advisor__branch").get(pk=customer_id)
    now = timezone.now()
    record_view(subject="customer", subject_id=person.pk, actor=request.actor, now=now)
    zone = ZoneInfo(person.timezone) if person.timezone else timezone.get_current_timezone()
    on = now.astimezone(zone).date()
    lived = life.life_of(person.pk, actor=request.actor)
    cars = card.cars_of(lived, subject=_vehicle(request), on=on)
    subject = next((car for car in cars if car.is_subject), cars[0] if len(cars) == 1 else None)
    values: dict[str, Any] = {
        "customer": person,
        "addresses": gate.shown_addresses(gate.reachability_of(person.pk).addresses, request.actor),
        "zone": zone if person.timezone else None,
        "cars": cars,
        "subject": subject,
        "history": card.history_of(person.pk, life=lived, actor=request.actor, on=on, zone=zone),
        "invitations": invitations_of(person.pk, actor=request.actor, limit=10),
        "may_call": request.actor.may("calls.work"),
    }
    return render(request, "workplace/customers/card.html", values)


def _vehicle(request: WorkplaceRequest) -> int | None:
    text = request.GET.get("vehicle", "")
    return int(text) if text.isdecimal() and len(text) < 18 else None  # noqa: PLR2004 - a bigint
