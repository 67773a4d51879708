"""A new card; who is known already is shown while it is being typed."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from vernost.accounts.audit import record_search
from vernost.accounts.models import User
from vernost.core import plate, vin
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.customers import operations
from vernost.customers.queries.cards import Matches, exact_matches
from vernost.office.access import OfficeRequest, everybody
from vernost.office.forms.customers import PERSON, NewCardForm, email_of, phone_of
from vernost.vehicles import operations as vehicles
from vernost.vehicles.queries import known_cars

# The button of who has seen the match and makes another card all the same.
_SURE = "sure"


@everybody
def customer_new(request: OfficeRequest) -> HttpResponse:
    """Make a card. An exact match is shown instead of saving, until somebody says that it is another customer."""
    initial = {"kind": PERSON, "phone": request.GET.get("phone", ""), "advisor": _own(request.user)}
    form = NewCardForm(request.POST or None, actor=request.actor, initial=initial)
    matches = Matches([], 0)
    if request.method == "POST" and form.is_valid():
        matches = _matches(request.POST, request.actor)
        if not (matches.seen or matches.hidden) or _SURE in request.POST:
            try:
                made = _made(request, form)
            except DomainError as error:
                form.add_error(None, words_of(error))
            else:
                messages.success(request, _("The card is made"))
                return redirect("office:customer", made)
    values = {"form": form, "matches": matches, "asks": bool(matches.seen or matches.hidden)}
    status = 422 if form.errors or values["asks"] else 200
    return render(request, "office/customers/new.html", values, status=status)


@everybody
@require_GET
def customer_matches(request: OfficeRequest) -> HttpResponse:
    """Answer, while somebody types, whose the phone, e-mail, VIN or plate is already."""
    matches = _matches(request.GET, request.actor)
    # Who types one number after the other walks the base as by a search.
    typed = " ".join(request.GET.get(name, "") for name in ("phone", "email", "vin", "plate"))
    ids = list(dict.fromkeys(match.id for match in matches.seen))
    record_search(text=typed, customer_ids=ids, actor=request.actor, now=timezone.now())
    return render(request, "office/customers/_matches.html", {"matches": matches})


def _matches(typed: QueryDict, actor: Actor) -> Matches:
    return exact_matches(
        phones=_read(phone_of, typed.get("phone", "")),
        emails=_read(email_of, typed.get("email", "")),
        vin=vin.fold(typed.get("vin", "")),
        plate=plate.fold(typed.get("plate", "")),
        actor=actor,
    )


def _read(read: Callable[[str], str], text: str) -> list[str]:
    try:
        found = read(text)
    except ValidationError:
        return []
    return [found] if found else []


@transaction.atomic
def _made(request: OfficeRequest, form: NewCardForm) -> int:
    data, now = form.cleaned_data, timezone.now()
    made = operations.create_customer(
        entry=form.entry(),
        phones=[data["phone"]] if data["phone"] else [],
        emails=[data["email"]] if data["email"] else [],
        actor=request.actor,
        now=now,
    )
    if car := form.car():
        known = known_cars(vin=car.vin, plate=car.plate)
        who: dict[str, Any] = {"customer_id": made, "actor": request.actor, "now": now}
        if len(known) == 1:
            vehicles.begin_ownership(**who, vehicle_id=known[0].pk, since=timezone.localdate(now))
        else:
            vehicles.add_car(**who, entry=car, since=timezone.localdate(now))
    return made


def _own(user: User) -> int | None:
    return user.employee_id
