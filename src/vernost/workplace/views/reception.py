"""The day of the reception: who comes when, to which bay, and what becomes of it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from vernost.accounts import queries as accounts
from vernost.accounts.audit import record_list
from vernost.accounts.models import Branch
from vernost.core.rights import Sensitive
from vernost.workplace.access import WorkplaceRequest, everybody
from vernost.workplace.panels import day_of
from vernost.workplace.views.booking import reception_url
from vernost.workplace.words import APPOINTMENT_CHANGES
from vernost.workshop import operations, queries
from vernost.workshop.models import Appointment

CHANGES: dict[str, Callable[..., Appointment]] = {
    "confirm": operations.confirm,
    "arrive": operations.arrive,
    "miss": operations.miss,
    "cancel": operations.cancel,
    "restore": operations.restore,
}
# What only those who receive the customer can know.
AT_THE_DESK = {"arrive", "miss"}


@everybody
@require_GET
def reception(request: WorkplaceRequest) -> HttpResponse:
    branches = list(accounts.branches_visible_to(request.actor))
    if not branches:
        return render(request, "workplace/reception/day.html", {"branch": None})
    branch = _branch(request, branches)
    today = queries.local_today(branch, timezone.now())
    on = day_of(request.GET.get("day", "")) or today
    day = queries.day(branch=branch, on=on, actor=request.actor)
    record_list(
        what=f"reception/{branch.pk}",
        kind="customers",
        ids=list(dict.fromkeys(row.customer_id for row in day.rows if row.customer_id)),
        tells=Sensitive.PHONE,
        actor=request.actor,
        now=timezone.now(),
    )
    values = {
        "branches": branches,
        "branch": branch,
        "day": day,
        "today": today,
        "now": timezone.now(),
        "previous": on - timedelta(days=1),
        "following": on + timedelta(days=1),
        "tomorrow": today + timedelta(days=1),
        "unconfirmed": _unconfirmed(branch, today + timedelta(days=1), request),
        "may_receive": request.actor.may("appointments.receive"),
    }
    template = "_day.html" if request.htmx and not request.htmx.boosted else "day.html"
    return render(request, f"workplace/reception/{template}", values)


def _branch(request: WorkplaceRequest, branches: list[Branch]) -> Branch:
    asked = request.GET.get("branch", "")
    found = next((branch for branch in branches if str(branch.pk) == asked), None)
    if asked and found is None:
        raise Branch.DoesNotExist
    return found or branches[0]


def _unconfirmed(branch: Branch, on: date, request: WorkplaceRequest) -> int:
    return queries.visible_to(request.actor).filter(branch=branch, starts_on=on, status="booked").count()


@everybody
@require_POST
def change(request: WorkplaceRequest, appointment_id: int, what: str) -> HttpResponse:
    """Do one of `CHANGES`; the page says what was done and offers to take it back."""
    if what not in CHANGES:
        raise Http404(what)
    if what in AT_THE_DESK and not request.actor.may("appointments.receive"):
        raise PermissionDenied
    appointment = CHANGES[what](appointment_id=appointment_id, actor=request.actor, now=timezone.now())
    name = appointment.customer.full_name if appointment.customer else _("The customer")
    undo = (
        ""
        if what in {"restore", "confirm"}
        else reverse("workplace:appointment-change", args=[appointment_id, "restore"])
    )
    messages.success(request, _(APPOINTMENT_CHANGES[what]) % {"name": name}, extra_tags=f"undo:{undo}" if undo else "")
    # The undo of a toast is sent by htmx, which would follow a redirect and show nothing of it.
    return HttpResponseClientRefresh() if request.htmx else redirect(reception_url(appointment))


@everybody
@require_GET
def move(request: WorkplaceRequest, appointment_id: int) -> HttpResponse:
    """Show the booking column in the page's dialog."""
    rows = queries.visible_to(request.actor).select_related("customer", "vehicle")
    return render(request, "workplace/reception/_move.html", {"appointment": rows.get(pk=appointment_id)})


@everybody
@require_GET
def walk_in(request: WorkplaceRequest) -> HttpResponse:
    """Book somebody who has no card: name and car go into the note."""
    values: dict[str, Any] = {"may_receive": request.actor.may("appointments.receive")}
    return render(request, "workplace/reception/walk_in.html", values)
