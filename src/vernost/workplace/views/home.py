"""The operator's first page of the day: what should I do now."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from vernost.calls import operations
from vernost.calls.queries import desk as queries
from vernost.calls.queries.queue import overdue_call_backs
from vernost.core.actor import Role
from vernost.reports.queries.day_plan import bookings_of_the_day
from vernost.workplace.access import WorkplaceRequest, callers

ROWS = 8


@callers
@require_GET
def home(request: WorkplaceRequest) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    held = operations.held_by(request.actor, now)
    side = queries.side(request.actor, now)
    values = {
        "now": now,
        "held": held,
        "overdue": overdue_call_backs(request.actor, now),
        "counts": side.counts,
        "figures": side.figures,
        "plan": bookings_of_the_day(request.actor, today),
        "call_backs": queries.rows("callbacks", actor=request.actor, current=None, now=now)[:ROWS],
        "nobody": None if held else queries.nobody(request.actor, now),
        "is_operator": request.actor.role is Role.OPERATOR,
    }
    return render(request, "workplace/home.html", values)
