"""The production calendar: one for the whole group."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from vernost.accounts import operations, queries
from vernost.office.access import OfficeRequest, managers
from vernost.office.forms.branches import CalendarDayForm
from vernost.office.journal import journal
from vernost.office.yearview import months

FIRST_YEAR, LAST_YEAR = 2000, 2099


@managers
def calendar_year(request: OfficeRequest, year: int | None = None) -> HttpResponse:
    year = year or timezone.localdate().year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    days = queries.calendar_year(year)
    chosen = _chosen(request, year)
    values = {
        "year": year,
        "months": months(year, days),
        "unverified": sum(not day.verified for day in days.values()),
        "empty": not days,
        "decreed": year <= queries.last_decreed_year(),
        "form": CalendarDayForm(initial=CalendarDayForm.initial_of(chosen, days)) if chosen else None,
        "chosen": chosen,
        "changes": journal(queries.changes(subject="calendar", subject_id=year)),
        "may_change": request.actor.branch_ids is None,
    }
    return render(request, "office/calendar/year.html", values)


@managers
@require_POST
def calendar_day(request: OfficeRequest) -> HttpResponse:
    _only_group(request)
    form = CalendarDayForm(request.POST)
    if not form.is_valid():
        raise Http404
    on = form.cleaned_data["on"]
    operations.set_day(
        on=on,
        kind=form.day_kind(),
        title=form.cleaned_data["title"],
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("Saved"))
    return redirect(f"{reverse('office:calendar', args=[on.year])}?day={on}")


@managers
@require_POST
def calendar_import(request: OfficeRequest, year: int) -> HttpResponse:
    _only_group(request)
    added = operations.import_year(year=year, actor=request.actor, now=timezone.now())
    words = ngettext("%(count)s day is put in", "%(count)s days are put in", added) % {"count": added}
    messages.success(request, words)
    return redirect("office:calendar", year)


@managers
@require_POST
def calendar_verify(request: OfficeRequest, year: int) -> HttpResponse:
    _only_group(request)
    operations.verify_year(year=year, actor=request.actor, now=timezone.now())
    messages.success(request, _("The year is marked as checked"))
    return redirect("office:calendar", year)


def _only_group(request: OfficeRequest) -> None:
    """The calendar holds for every branch, so only who sees the whole group changes it."""
    if request.actor.branch_ids is not None:
        raise PermissionDenied


def _chosen(request: OfficeRequest, year: int) -> date | None:
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if day.year == year else None
