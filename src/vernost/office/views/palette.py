"""Ctrl+K: customers, their cars and orders, by whatever one has of them. Pages are found by the browser itself."""

from collections.abc import Iterator, Mapping, Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from vernost.accounts.audit import record_search
from vernost.core import formats, keyboard, plate, vin
from vernost.core.actor import Actor
from vernost.core.rights import Sensitive
from vernost.customers import queries as customers
from vernost.customers.queries import FoundCustomer
from vernost.office.access import OfficeRequest, everybody
from vernost.workshop.queries import OrderRow, find_orders
from vernost.workshop.rules import ORDER_KINDS

SHOWN = 8
_SHORTEST = 3

Item = Mapping[str, str]


@everybody
@require_GET
def search(request: OfficeRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    rows = customers.search(text, actor=request.actor, limit=SHOWN)
    record_search(text=text, customer_ids=[row.id for row in rows], actor=request.actor, now=timezone.now())
    cars = list(_cars(text, rows, request.actor)) or list(_cars(keyboard.switched(text), rows, request.actor))
    groups = [
        (gettext("Customers"), [_customer(row) for row in rows]),
        (gettext("Cars"), cars[:SHOWN]),
        (gettext("Orders"), [_order(row) for row in find_orders(text, actor=request.actor, limit=SHOWN)]),
    ]
    return render(request, "office/search.html", {"groups": [group for group in groups if group[1]]})


def _customer(row: FoundCustomer) -> Item:
    cars = [car.title for car in row.cars[:1]]
    return {
        "url": reverse("office:customer", args=[row.id]),
        "icon": "user",
        "title": row.name or row.ref,
        "note": ", ".join(filter(None, [formats.phone(row.phone) if row.phone else "", *cars])),
    }


def _cars(text: str, rows: Sequence[FoundCustomer], actor: Actor) -> Iterator[Item]:
    """Yield the cars whose plate or VIN the text is the beginning or the end of."""
    number, code = plate.fold(text), vin.fold(text)
    by_vin = actor.shows(Sensitive.VIN)
    if len(number) < _SHORTEST or not any(letter.isdigit() for letter in text):
        return
    for row in rows:
        for car in row.cars:
            known_by = car.vin if by_vin else ""
            if car.plate.startswith(number) or (known_by and (known_by.startswith(code) or known_by.endswith(code))):
                yield {
                    "url": reverse("office:vehicle", args=[car.id]),
                    "icon": "car",
                    "title": f"{car.title} {formats.plate(car.plate)}".strip(),
                    "note": row.name,
                }


def _order(row: OrderRow) -> Item:
    return {
        "url": reverse("office:order", args=[row.id]),
        "icon": "tool",
        "title": f"{gettext(ORDER_KINDS[row.kind])} · {row.number}",
        "note": ", ".join(filter(None, [formats.day(row.opened_on), row.car])),
    }
