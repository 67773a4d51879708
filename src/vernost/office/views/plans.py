"""The plan of a month: figures of each programme, for the group or a branch."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from vernost.accounts.queries import changes
from vernost.core.period import add_months
from vernost.office.access import OfficeRequest, managers
from vernost.office.forms.plans import PlanForm
from vernost.office.journal import journal
from vernost.office.periods import month_in, number_in
from vernost.office.plan_words import figure_title
from vernost.reports import operations
from vernost.reports.queries import plans as queries
from vernost.reports.queries.source import branch_names
from vernost.reports.rules import KPI_TITLES, PLAN_KPIS


@managers
def plans(request: OfficeRequest) -> HttpResponse:
    month = month_in(request.GET, timezone.localdate())
    branches = branch_names(request.actor)
    branch_id = _branch(request, branches)
    present = queries.month_plan(month, branch_id)
    earlier = add_months(month, -1)
    copied = request.GET.get("copy") == "1"
    shown = queries.month_plan(earlier, branch_id) if copied else present
    form = PlanForm(request.POST or None, rows=queries.plan_rows(request.actor, {**present, **shown}), present=shown)
    if request.method == "POST" and form.is_valid():
        changed = operations.save_plan(
            month=month, branch_id=branch_id, figures=form.figures(), actor=request.actor, now=timezone.now()
        )
        words = ngettext(
            "%(count)s figure of the plan is changed", "%(count)s figures of the plan are changed", changed
        )
        messages.success(request, words % {"count": changed} if changed else gettext("Nothing has changed"))
        return redirect(_address(f"{month:%Y-%m}", branch_id))
    found = changes(subject="plan", subject_id=f"{month:%Y-%m}/{branch_id or ''}")
    programmes = {row.code: row.title for row in form.rows if row.code}
    titles = {name: figure_title(name, programmes) for change in found for name in change.fields}
    values = {
        "form": form,
        "grid": list(form.grid()),
        "base_fields": form.of_base(),
        "heads": [KPI_TITLES[kpi] for kpi in PLAN_KPIS],
        "month": month,
        "months": _Months(
            _address(f"{earlier:%Y-%m}", branch_id), _address(f"{add_months(month, 1):%Y-%m}", branch_id)
        ),
        "branches": branches,
        "branch_id": branch_id,
        "may_group": request.actor.branch_ids is None,
        "copied": copied,
        "copy_url": f"{_address(f'{month:%Y-%m}', branch_id)}&copy=1",
        "save_url": _address(f"{month:%Y-%m}", branch_id),
        "changes": journal(found, titles=titles),
    }
    return render(request, "office/reports/plans.html", values, status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class _Months:
    before: str
    after: str


def _branch(request: OfficeRequest, branches: dict[int, str]) -> int | None:
    """Return the chosen branch; who does not see the group begins with the first of his."""
    chosen = number_in(request.GET, "branch")
    if chosen is None and request.actor.branch_ids is not None:
        chosen = next(iter(branches), 0)
    if chosen is not None and chosen not in branches:
        raise Http404
    return chosen


def _address(month: str, branch_id: int | None) -> str:
    query = {"month": month, **({"branch": str(branch_id)} if branch_id else {})}
    return f"{reverse('office:plans')}?{urlencode(query)}"
