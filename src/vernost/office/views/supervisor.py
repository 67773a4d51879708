"""The calling centre live: who does what, what is late, and work handed from one to another."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from vernost.calls import operations
from vernost.calls.queries import supervision
from vernost.calls.rules.presence import PRESENCE_TITLES
from vernost.office.access import OfficeRequest, managers
from vernost.reports.queries.day_plan import bookings_of_operators, bookings_of_the_day

EVERYBODY = "all"
MOST_SHARED = 500


class ShareForm(forms.Form):
    """Where from, how many, to whom; `all` is the common queue."""

    source = forms.CharField()
    target = forms.CharField()
    programme = forms.IntegerField(required=False)
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_SHARED)


@managers
@require_GET
def supervisor(request: OfficeRequest) -> HttpResponse:
    now = timezone.now()
    values = {
        "board": supervision.board(request.actor, on=timezone.localdate(now), now=now),
        "operators": supervision.operators_visible_to(request.actor),
        "presence_titles": PRESENCE_TITLES,
        "plan": bookings_of_the_day(request.actor, timezone.localdate(now)),
        "plans": bookings_of_operators(timezone.localdate(now)),
        "now": now,
    }
    template = "_board.html" if request.htmx else "page.html"
    return render(request, f"office/supervisor/{template}", values)


@managers
@require_POST
def supervisor_assign(request: OfficeRequest) -> HttpResponse:
    """Give the ticked call-backs to an operator, or back to everybody."""
    ids = [int(text) for text in request.POST.getlist("id") if text.isdecimal()]
    user_id = _user_id(request.POST.get("target", EVERYBODY))
    moved = operations.assign(invitation_ids=ids, user_id=user_id, actor=request.actor, now=timezone.now())
    return _said(request, moved)


@managers
@require_POST
def supervisor_share(request: OfficeRequest) -> HttpResponse:
    form = ShareForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("office:supervisor")
    asked = form.cleaned_data
    moved = operations.share(
        source_id=_user_id(asked["source"]),
        programme_id=asked["programme"],
        count=asked["count"],
        user_id=_user_id(asked["target"]),
        actor=request.actor,
        now=timezone.now(),
    )
    return _said(request, moved)


def _user_id(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _said(request: OfficeRequest, moved: int) -> HttpResponse:
    words = ngettext("%(count)s customer is handed over", "%(count)s customers are handed over", moved)
    (messages.success if moved else messages.warning)(request, words % {"count": moved})
    return redirect("office:supervisor")
