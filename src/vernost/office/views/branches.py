"""Branches: who and where they are, their hours and special days."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vernost.accounts import operations, queries
from vernost.office.access import OfficeRequest, managers
from vernost.office.forms.bays import BaySheet
from vernost.office.forms.branches import BranchForm, SpecialDayForm
from vernost.office.journal import journal
from vernost.workshop import queries as workshop
from vernost.workshop.operations import set_bays


@managers
def branch_list(request: OfficeRequest) -> HttpResponse:
    return render(request, "office/branches/list.html", {"branches": queries.branches(request.actor)})


@managers
def branch_add(request: OfficeRequest) -> HttpResponse:
    if request.actor.branch_ids is not None:
        raise PermissionDenied
    form = BranchForm(request.POST or None, initial={"timezone": "Europe/Moscow", "vat": True})
    if request.method == "POST" and form.is_valid():
        branch_id = operations.save_branch(branch_id=None, entry=form.entry(), actor=request.actor, now=timezone.now())
        messages.success(request, _("The branch is added"))
        return redirect("office:branch", branch_id)
    return render(request, "office/branches/form.html", {"form": form}, status=422 if form.errors else 200)


@managers
def branch_edit(request: OfficeRequest, branch_id: int) -> HttpResponse:
    branch = queries.branch(request.actor, branch_id)
    form = BranchForm(request.POST or None, present=branch.timezone, initial=BranchForm.initial_of(branch))
    if request.method == "POST" and form.is_valid():
        operations.save_branch(branch_id=branch_id, entry=form.entry(), actor=request.actor, now=timezone.now())
        messages.success(request, _("Saved"))
        return redirect("office:branch", branch_id)
    return _branch_page(request, branch, form=form)


@managers
@require_POST
def branch_bays(request: OfficeRequest, branch_id: int) -> HttpResponse:
    branch = queries.branch(request.actor, branch_id)
    sheet = BaySheet(request.POST, count=branch.bays, bays=workshop.bays(branch_id))
    if not sheet.is_valid():
        return _branch_page(request, branch, sheet=sheet)
    set_bays(
        branch_id=branch_id,
        count=sheet.count,
        entries=sheet.entries(),
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("The bays are saved"))
    return redirect(f"{reverse('office:branch', args=[branch_id])}#bays")


@managers
@require_POST
def branch_day_set(request: OfficeRequest, branch_id: int) -> HttpResponse:
    branch = queries.branch(request.actor, branch_id)
    form = SpecialDayForm(request.POST, prefix="day")
    if not form.is_valid():
        return _branch_page(request, branch, day_form=form)
    operations.set_branch_day(
        branch_id=branch_id,
        on=form.cleaned_data["on"],
        hours=form.hours(),
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("The special day is set"))
    return redirect(f"{reverse('office:branch', args=[branch_id])}#days")


@managers
@require_POST
def branch_day_drop(request: OfficeRequest, branch_id: int, on: date) -> HttpResponse:
    operations.drop_branch_day(branch_id=branch_id, on=on, actor=request.actor, now=timezone.now())
    messages.success(request, _("The day has its usual hours again"))
    return redirect(f"{reverse('office:branch', args=[branch_id])}#days")


def _branch_page(
    request: OfficeRequest,
    branch: queries.BranchRow,
    *,
    form: BranchForm | None = None,
    day_form: SpecialDayForm | None = None,
    sheet: BaySheet | None = None,
) -> HttpResponse:
    """Show the three forms of a branch; the one that was sent wrong keeps what was typed."""
    main = form or BranchForm(present=branch.timezone, initial=BranchForm.initial_of(branch))
    values = {
        "branch": branch,
        "form": main,
        "sheet": sheet or BaySheet(None, count=branch.bays, bays=workshop.bays(branch.id)),
        "day_form": day_form or SpecialDayForm(prefix="day"),
        "days": queries.special_days(branch.id, since=timezone.localdate()),
        "changes": journal(queries.changes(subject="branch", subject_id=branch.id)),
    }
    wrong = day_form or sheet or main.errors
    return render(request, "office/branches/form.html", values, status=422 if wrong else 200)
