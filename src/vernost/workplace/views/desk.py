"""The operator's workplace: the customer in hand, the queue, what came of the call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from vernost.calls import operations
from vernost.calls.operations import Recorded
from vernost.calls.queries import desk as queries
from vernost.calls.queries.gate import clock_of
from vernost.calls.rules.outcomes import BUTTONS
from vernost.calls.rules.presence import PRESENCE_TITLES, Presence, presence_at
from vernost.core import reader
from vernost.core.errors import DomainError
from vernost.core.formats import moment
from vernost.core.htmx import with_toast
from vernost.invitations.models import Invitation
from vernost.invitations.rules import STATE_TITLES, InvitationState
from vernost.reports.queries.day_plan import bookings_of_the_day
from vernost.workplace.access import WorkplaceRequest, callers
from vernost.workplace.forms.desk import OUTCOME_MISSING, CallForm, FieldMisread
from vernost.workplace.scripts import script_of

TABS = ("mine", "callbacks", "all")


class OutcomeMissing(DomainError):
    code = "outcome_missing"
    text = OUTCOME_MISSING


@callers
@require_GET
def desk(request: WorkplaceRequest) -> HttpResponse:
    return render(request, "workplace/desk/desk.html", _context(request, timezone.now()))


def _context(request: WorkplaceRequest, now: datetime) -> dict[str, Any]:
    subject, around = queries.in_hand(request.actor, now)
    line = around.line
    state = presence_at(line.state, line.seen_at, now) if line else Presence.AWAY
    common = {
        "presence": state,
        "presence_title": PRESENCE_TITLES[state],
        "presence_since": line.since if line and state is not Presence.AWAY else None,
        "now": now,
    }
    if subject is None:
        return {**common, "subject": None, "nobody": queries.nobody(request.actor, now)}
    return {
        **common,
        "subject": subject,
        "script": script_of(subject, request.user),
        "buttons": BUTTONS,
        "reasons": around.reasons,
    }


def _panes(request: WorkplaceRequest, more: Mapping[str, Any] | None = None) -> HttpResponse:
    """Answer with the customer that the operator now has: the columns for htmx, the page for the rest."""
    if not request.htmx:
        return redirect("workplace:desk")
    reader.reads(request.actor)
    values = {**_context(request, timezone.now()), "swapped": True, **(more or {})}
    return trigger_client_event(render(request, "workplace/desk/_panes.html", values), "desk-changed", after="settle")


@callers
@require_GET
def queue(request: WorkplaceRequest) -> HttpResponse:
    """The left column: a tab of the queue, its counts, the operator's day."""
    now = timezone.now()
    side = queries.side(request.actor, now)
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        tab = "mine" if side.counts.mine else "all"
    plan = bookings_of_the_day(request.actor, timezone.localdate(now))
    values = {
        "tab": tab,
        "counts": side.counts,
        "rows": queries.rows(tab, actor=request.actor, current=side.held, now=now),
        "figures": side.figures,
        "plan": plan,
        "left": (plan or 0) - side.figures.booked,
        "now": now,
    }
    return render(request, "workplace/desk/_queue.html", values)


@callers
@require_POST
def next_customer(request: WorkplaceRequest) -> HttpResponse:
    operations.next_customer(actor=request.actor, now=timezone.now())
    return _panes(request)


@callers
@require_POST
def take(request: WorkplaceRequest, invitation_id: int) -> HttpResponse:
    operations.take(invitation_id=invitation_id, actor=request.actor, now=timezone.now())
    return _panes(request)


@callers
@require_POST
def put_back(request: WorkplaceRequest, invitation_id: int) -> HttpResponse:
    """Return the customer without a call, and take the next one."""
    operations.put_back(invitation_id=invitation_id, actor=request.actor, now=timezone.now())
    operations.next_customer(actor=request.actor, now=timezone.now())
    return _panes(request)


@callers
@require_POST
def save(request: WorkplaceRequest, invitation_id: int) -> HttpResponse:
    """Write the call down and take the next customer, in one request."""
    form = CallForm(request.POST)
    if not form.is_valid():
        raise _misread(form)
    # Only a moment that he named is on the customer's clock.
    zone = _customer_zone(invitation_id) if form.cleaned_data["other"] else None
    recorded, _following = operations.save_and_next(
        invitation_id=invitation_id,
        result=form.result(zone),
        key=form.cleaned_data["key"],
        actor=request.actor,
        now=timezone.now(),
    )
    undo = reverse("workplace:desk-undo", args=[recorded.key])
    return _panes(request, {"toast": _said(recorded), "undo_url": undo})


def _misread(form: CallForm) -> DomainError:
    """Name the field that cannot be read; without an outcome nothing else matters."""
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label
    if "outcome" in form.errors or label is None:
        return OutcomeMissing()
    return FieldMisread(name=_(str(label)), error=errors[0])


def _customer_zone(invitation_id: int) -> ZoneInfo:
    invitation = Invitation.objects.select_related("customer", "branch").get(pk=invitation_id)
    return clock_of(invitation)


def _said(recorded: Recorded) -> str:
    """Tell in a sentence where the invitation went."""
    if recorded.same_customer:
        return _("The number is marked as wrong: call the next one")
    if recorded.state is InvitationState.QUEUED and recorded.next_try_at:
        return _("Saved. Next try: %(moment)s") % {"moment": moment(recorded.next_try_at.astimezone(recorded.zone))}
    return _("Saved: %(state)s") % {"state": _(STATE_TITLES[recorded.state]).lower()}


@callers
@require_POST
def undo(request: WorkplaceRequest, key: UUID) -> HttpResponse:
    """Take the last call back: the customer returns to the desk."""
    operations.undo_call(key=key, actor=request.actor, now=timezone.now())
    return HttpResponseClientRedirect(reverse("workplace:desk"))


@callers
@require_POST
def alive(request: WorkplaceRequest) -> HttpResponse:
    """The open page's sign: it renews the lease, and learns when the lease is gone."""
    until = operations.keep(actor=request.actor, now=timezone.now())
    if until is None and request.POST.get("has"):
        words = _("The customer went back to the queue: the page had been silent for too long")
        return trigger_client_event(with_toast(HttpResponse(status=200), words, level="warn"), "desk-reload")
    return HttpResponse(status=204)


@callers
@require_POST
def draft(request: WorkplaceRequest, invitation_id: int) -> HttpResponse:
    operations.keep_draft(invitation_id=invitation_id, text=request.POST.get("note", "")[:4000], actor=request.actor)
    return HttpResponse(status=204)


@callers
@require_POST
def presence(request: WorkplaceRequest) -> HttpResponse:
    """On the line, or on a break: a break gives the customer back."""
    state = Presence.BREAK if request.POST.get("state") == Presence.BREAK else Presence.READY
    now = timezone.now()
    if state is Presence.BREAK:
        operations.release_all(actor=request.actor, now=now)
    operations.set_presence(state=state, actor=request.actor, now=now)
    return redirect("workplace:desk")
