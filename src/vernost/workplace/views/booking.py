"""The booking column, wherever it stands: a week's places, keeping one, booking it."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from vernost.calls import operations as calls
from vernost.core.errors import DomainError
from vernost.core.formats import moment
from vernost.core.htmx import with_toast
from vernost.core.views import words_of
from vernost.workplace.access import WorkplaceRequest, callers, everybody
from vernost.workplace.panels import NoTimeMarked, Panel, panel
from vernost.workshop import operations as workshop
from vernost.workshop.models import Appointment

TEMPLATE = "workplace/booking/_slots.html"


@everybody
@require_GET
def slots(request: WorkplaceRequest) -> HttpResponse:
    return _show(request, panel(request.GET, actor=request.actor, now=timezone.now()))


@everybody
@require_POST
def hold(request: WorkplaceRequest) -> HttpResponse:
    """Keep the marked place for three minutes; one that has just gone is said and the grid shown anew."""
    now = timezone.now()
    asked = panel(request.POST, actor=request.actor, now=now)
    try:
        _check_time(asked)
        if asked.mode != "move":
            workshop.hold(booking=asked.booking, actor=request.actor, now=now)
    except DomainError as refusal:
        return with_toast(_again(request), words_of(refusal), level="bad")
    return _again(request)


@everybody
@require_POST
def book(request: WorkplaceRequest) -> HttpResponse:
    """Book the marked place, or move the appointment to it."""
    asked = panel(request.POST, actor=request.actor, now=timezone.now())
    try:
        key = UUID(request.POST.get("key", ""))
        _check_time(asked)
        return _BOOKED[asked.mode](request, asked, key)
    except ValueError:
        return HttpResponseBadRequest()
    except DomainError as refusal:
        return with_toast(_again(request), words_of(refusal), level="bad")


def _check_time(asked: Panel) -> None:
    if not asked.names_a_time:
        raise NoTimeMarked


def _book_call(request: WorkplaceRequest, asked: Panel, key: UUID) -> HttpResponse:
    if not request.actor.may("calls.work") or asked.invitation is None:
        raise PermissionDenied
    calls.book(
        invitation_id=asked.invitation.pk, booking=asked.booking, key=key, actor=request.actor, now=timezone.now()
    )
    return trigger_client_event(_again(request), "desk-booked")


def _book_visit(request: WorkplaceRequest, asked: Panel, key: UUID) -> HttpResponse:
    appointment = workshop.book(booking=asked.booking, key=key, actor=request.actor, now=timezone.now())
    messages.success(request, _("Booked for %(moment)s") % {"moment": moment(_local(appointment))})
    return HttpResponseClientRedirect(reception_url(appointment))


def _move(request: WorkplaceRequest, asked: Panel, key: UUID) -> HttpResponse:  # noqa: ARG001 - moving twice is once
    if asked.appointment is None:
        raise PermissionDenied
    appointment = workshop.move(
        appointment_id=asked.appointment.pk,
        branch_id=asked.branch.pk,
        starts_at=asked.booking.starts_at,
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("Moved to %(moment)s") % {"moment": moment(_local(appointment))})
    return HttpResponseClientRedirect(reception_url(appointment))


_BOOKED = {"call": _book_call, "visit": _book_visit, "move": _move}


@callers
@require_POST
def unbook(request: WorkplaceRequest, invitation_id: int) -> HttpResponse:
    """Give the time of this call back."""
    calls.unbook(invitation_id=invitation_id, actor=request.actor, now=timezone.now())
    return trigger_client_event(_again(request), "desk-unbooked")


def reception_url(appointment: Appointment) -> str:
    """Return the day of the appointment, with its line marked."""
    query = urlencode({"day": appointment.starts_on.isoformat(), "branch": appointment.branch_id or ""})
    return f"{reverse('workplace:reception')}?{query}#appointment-{appointment.pk}"


def _local(appointment: Appointment) -> datetime:
    zone = ZoneInfo(appointment.branch.timezone) if appointment.branch else None
    return appointment.starts_at.astimezone(zone)


def _again(request: WorkplaceRequest) -> HttpResponse:
    return _show(request, panel(request.POST, actor=request.actor, now=timezone.now()))


def _show(request: WorkplaceRequest, shown: Panel) -> HttpResponse:
    return render(request, TEMPLATE, {"panel": shown})
