"""What people change on the card of a customer."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vernost.accounts.audit import record_search
from vernost.accounts.undoing import undo_of
from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.customers import operations, queries
from vernost.customers.queries import cards
from vernost.customers.rules.addresses import WAYS
from vernost.office.access import OfficeRequest, everybody
from vernost.office.forms.customers import OWNER, AddressForm, CardForm, CarForm, PersonForm
from vernost.vehicles import operations as vehicles
from vernost.vehicles.operations import CarEntry
from vernost.vehicles.queries import known_cars
from vernost.workshop import operations as workshop


@everybody
def customer_edit(request: OfficeRequest, customer_id: int) -> HttpResponse:
    identity = queries.identity(request.actor, customer_id)
    initial = CardForm.initial_of(identity, timezone.localdate())
    form = CardForm(request.POST or None, actor=request.actor, zone=identity.timezone, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_customer(
                customer_id=customer_id, entry=form.entry(), actor=request.actor, now=timezone.now()
            )
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("Saved"))
            return redirect("office:customer", customer_id)
    values = {"form": form, "customer": identity}
    return render(request, "office/customers/edit.html", values, status=422 if form.errors else 200)


@everybody
@require_POST
def customer_note(request: OfficeRequest, customer_id: int) -> HttpResponse:
    text = request.POST.get("text", "")
    operations.add_note(customer_id=customer_id, text=text, actor=request.actor, now=timezone.now())
    messages.success(request, _("The note is written down"))
    return _card(customer_id, "history")


@everybody
def address_add(request: OfficeRequest, customer_id: int) -> HttpResponse:
    identity = queries.identity(request.actor, customer_id)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.add_address(
                customer_id=customer_id, **form.cleaned_data, actor=request.actor, now=timezone.now()
            )
        except DomainError as error:
            form.add_error("value", words_of(error))
        else:
            return _card(customer_id)
    title = _("A phone, an e-mail or a messenger")
    values = {"form": form, "customer": identity, "title": title}
    return render(request, "office/customers/add.html", values, status=422 if form.errors else 200)


@everybody
@require_POST
def address_mark(request: OfficeRequest, customer_id: int, address_id: int) -> HttpResponse:
    """Say of an address that it is wrong, right again, or that somebody made sure of it (`how`)."""
    who = {"customer_id": customer_id, "address_id": address_id}
    how, now = request.POST.get("how", ""), timezone.now()
    if how in WAYS:
        operations.check_address(**who, how=how, actor=request.actor, now=now)
    else:
        operations.mark_address(**who, wrong=how == "wrong", actor=request.actor, now=now)
    return _card(customer_id)


@everybody
def person_add(request: OfficeRequest, customer_id: int) -> HttpResponse:
    identity = queries.identity(request.actor, customer_id)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        operations.add_contact_person(
            customer_id=customer_id, entry=form.entry(), actor=request.actor, now=timezone.now()
        )
        return _card(customer_id)
    values = {"form": form, "customer": identity, "title": _("Contact person")}
    return render(request, "office/customers/add.html", values, status=422 if form.errors else 200)


@everybody
@require_POST
def person_end(request: OfficeRequest, customer_id: int, person_id: int) -> HttpResponse:
    operations.end_contact_person(customer_id=customer_id, person_id=person_id, actor=request.actor, now=timezone.now())
    return _card(customer_id)


@everybody
def household(request: OfficeRequest, customer_id: int) -> HttpResponse:
    """Choose who lives with the customer: from those who may, or by a search."""
    identity = queries.identity(request.actor, customer_id)
    if request.method == "POST":
        other = _number(request.POST.get("other", ""))
        operations.join_household(customer_id=customer_id, other_id=other, actor=request.actor, now=timezone.now())
        return _card(customer_id)
    text = request.GET.get("q", "").strip()
    rows = queries.search(text, actor=request.actor, limit=10)
    record_search(text=text, customer_ids=[row.id for row in rows], actor=request.actor, now=timezone.now())
    values = {
        "customer": identity,
        "text": text,
        "found": [row for row in rows if row.id != customer_id],
        "suggested": cards.suggested_relatives(customer_id, actor=request.actor),
    }
    return render(request, "office/customers/household.html", values)


@everybody
@require_POST
def household_leave(request: OfficeRequest, customer_id: int) -> HttpResponse:
    """Take the customer, or the one named, out of the household."""
    queries.identity(request.actor, customer_id)
    whom = _number(request.POST.get("other", "")) or customer_id
    operations.leave_household(customer_id=whom, actor=request.actor, now=timezone.now())
    return _card(customer_id)


@everybody
def car_add(request: OfficeRequest, customer_id: int) -> HttpResponse:
    """Give the customer a car: a known one by its VIN or plate, else a new one."""
    identity = queries.identity(request.actor, customer_id)
    form = CarForm(request.POST or None, initial={"role": OWNER, "since": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            if _take_car(request, customer_id, form):
                return _card(customer_id)
        except DomainError as error:
            form.add_error(None, words_of(error))
    values = {"form": form, "customer": identity, "title": _("Car")}
    return render(request, "office/customers/add.html", values, status=422 if form.errors else 200)


def _take_car(request: OfficeRequest, customer_id: int, form: CarForm) -> bool:
    data, now = form.cleaned_data, timezone.now()
    who: dict[str, Any] = {"customer_id": customer_id, "actor": request.actor, "now": now}
    since = data["since"] or timezone.localdate(now)
    found = known_cars(vin=data["vin"], plate=data["plate"])
    if len(found) > 1:
        form.add_error("vin", _("Several cars have it: name the VIN"))
        return False
    if data["role"] != OWNER:
        if not found:
            form.add_error("plate", _("There is no such car: add it to its owner first"))
            return False
        vehicles.add_role(**who, vehicle_id=found[0].pk, role=data["role"], since=since)
        return True
    if found:
        vehicles.begin_ownership(**who, vehicle_id=found[0].pk, since=since)
        return True
    if not data["make"] or not data["model"]:
        form.add_error("make", _("Nobody knows this car yet: name its make and model"))
        return False
    entry = CarEntry(data["make"].strip(), data["model"].strip(), data["vin"], data["plate"], data["year"])
    vehicles.add_car(**who, entry=entry, since=data["since"])
    return True


@everybody
@require_POST
def car_part(request: OfficeRequest, customer_id: int, vehicle_id: int) -> HttpResponse:
    until = _day(request)
    vehicles.end_ownership(
        customer_id=customer_id, vehicle_id=vehicle_id, until=until, actor=request.actor, now=timezone.now()
    )
    messages.success(request, _("The car is no longer his; its history stays"))
    return _card(customer_id)


@everybody
@require_POST
def role_end(request: OfficeRequest, customer_id: int, role_id: int) -> HttpResponse:
    vehicles.end_role(customer_id=customer_id, role_id=role_id, actor=request.actor, now=timezone.now())
    return _card(customer_id)


@everybody
@require_POST
def detach(request: OfficeRequest, customer_id: int, attachment_id: int) -> HttpResponse:
    queries.identity(request.actor, customer_id)
    workshop.detach_from_advisor(attachment_id=attachment_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The customer is given back; he will not be attached to this advisor again"))
    if queries.visible_to(request.actor).filter(pk=customer_id).exists():
        return _card(customer_id)
    return redirect("workplace:reception")


@everybody
@require_POST
def customer_change_undo(request: OfficeRequest, customer_id: int, record_id: int) -> HttpResponse:
    undo_of(subject="customer", subject_id=customer_id, record_id=record_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("Taken back"))
    return _card(customer_id)


def _card(customer_id: int, part: str = "") -> HttpResponse:
    answer = redirect("office:customer", customer_id)
    if part:
        answer["Location"] += f"#{part}"
    return answer


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0  # noqa: PLR2004 - a bigint


def _day(request: HttpRequest) -> date:
    try:
        return min(date.fromisoformat(request.POST.get("on", "")), timezone.localdate())
    except ValueError:
        return timezone.localdate()
