"""What operators did and what came of it; the schemes they are paid by, and their statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vernost.accounts.queries import changes
from vernost.core import formats
from vernost.core.actor import ROLE_TITLES, Role
from vernost.core.i18n import _
from vernost.core.period import add_months
from vernost.facts.mirror import MirrorMissing
from vernost.office import list_segments
from vernost.office.access import OfficeRequest, managers, office_page
from vernost.office.downloads import download, wanted
from vernost.office.forms.motivation import SchemeForm, unit_of
from vernost.office.journal import journal
from vernost.office.pages import SIZE, page_of
from vernost.office.periods import PERIODS, Period, month_in, number_in, period_of
from vernost.office.views.funnel import STAGE_TITLES, STATES, export_query, people_sheet, save_people
from vernost.reports import operations
from vernost.reports.exports import Column, Sheet, Value
from vernost.reports.queries import operators as queries
from vernost.reports.queries.operators import OF_ATTEMPTS, OF_BOOKINGS, OperatorRow, OperatorsPage, Statement
from vernost.reports.rules import KPI_TITLES, Kpi

COLUMNS = {
    "attempts": _("Attempts"),
    "talk_seconds": _("Talk time"),
    "reached": KPI_TITLES[Kpi.REACHED],
    "booked": KPI_TITLES[Kpi.BOOKED],
    "arrived": KPI_TITLES[Kpi.ARRIVED],
    "paid": KPI_TITLES[Kpi.PAID],
    "revenue": KPI_TITLES[Kpi.REVENUE],
    "margin": KPI_TITLES[Kpi.MARGIN],
}
# Each count's share in the one before it.
OF_WHOLE = {"reached": "attempts", "booked": "reached", "arrived": "booked", "paid": "arrived"}
PAID_ROLES = (Role.OPERATOR, Role.ADVISOR, Role.MANAGER)


@dataclass(frozen=True, slots=True)
class OperatorCell:
    """A figure, its people, its share in the figure before, and the threshold of the scheme."""

    figure: str
    value: Decimal | int
    url: str
    share: float | None
    plan: Decimal | None

    @property
    def is_behind(self) -> bool:
        return self.plan is not None and self.value < self.plan


@dataclass(frozen=True, slots=True)
class ShownOperator:
    name: str
    url: str
    cells: Sequence[OperatorCell]


@managers
def operators(request: OfficeRequest) -> HttpResponse:
    period = period_of(request.GET, timezone.localdate())
    try:
        page = queries.operators_page(request.actor, start=period.start, end=period.end)
    except MirrorMissing:
        return render(request, "office/reports/none.html", {"tab": "operators"})
    if wanted(request.GET):
        return download(request, operators_sheet(page, period))
    values = {
        "page": page,
        "period": period,
        "periods": PERIODS.items(),
        "heads": COLUMNS.values(),
        "rows": [_shown(row, period) for row in page.rows],
        "total": _shown(page.total, period),
        "export": export_query(request),
    }
    return render(request, "office/reports/operators.html", values)


def _shown(row: OperatorRow, period: Period) -> ShownOperator:
    statement = ""
    if row.user_id:
        statement = f"{reverse('office:statement', args=[row.user_id])}?month={period.start:%Y-%m}"
    return ShownOperator(row.name, statement, [_cell(row, figure, period) for figure in COLUMNS])


def _cell(row: OperatorRow, figure: str, period: Period) -> OperatorCell:
    opened = {"talk_seconds": "attempts", "revenue": "paid", "margin": "paid"}.get(figure, figure)
    query = {"period": "custom", "from": period.start.isoformat(), "to": period.end.isoformat(), "figure": opened}
    address = reverse("office:operator-people", args=[row.user_id]) if row.user_id else ""
    return OperatorCell(
        figure=figure,
        value=getattr(row, figure),
        url=f"{address}?{urlencode(query)}" if address else "",
        share=row.share(figure, OF_WHOLE[figure]) if figure in OF_WHOLE else None,
        plan=row.plan.get(figure) if figure in OF_WHOLE or figure == "attempts" else None,
    )


def operators_sheet(page: OperatorsPage, period: Period) -> Sheet:
    columns = [Column(gettext("Operator"))]
    for figure, title in COLUMNS.items():
        head = gettext(title)
        if figure == "talk_seconds":
            head = gettext("%(figure)s, seconds") % {"figure": head}
        columns.append(Column(head, "money" if figure in {"revenue", "margin"} else "count"))
        if figure in OF_WHOLE:
            columns.append(Column(gettext("%(stage)s, conversion") % {"stage": head}, "share"))
    rows = [_sheet_row(row, row.name) for row in page.rows]
    about = [f"{formats.day(period.start)} – {formats.day(period.end)}"]
    return Sheet(gettext("Operators"), columns, [*rows, _sheet_row(page.total, gettext("Total"))], about)


def _sheet_row(row: OperatorRow, name: str) -> list[Value]:
    values: list[Value] = [name]
    for figure in COLUMNS:
        values.append(getattr(row, figure))
        if figure in OF_WHOLE:
            values.append(row.share(figure, OF_WHOLE[figure]))
    return values


@managers
def operator_people(request: OfficeRequest, user_id: int) -> HttpResponse:
    period = period_of(request.GET, timezone.localdate())
    figure = request.GET.get("figure", "attempts")
    if figure not in {*OF_ATTEMPTS, *OF_BOOKINGS}:
        raise Http404(figure)
    whole = wanted(request.GET) or request.method == "POST"
    found = queries.operator_people(
        request.actor,
        user_id=user_id,
        figure=figure,
        start=period.start,
        end=period.end,
        after=None if whole else number_in(request.GET, "after"),
        limit=None if whole else SIZE + 1,
    )
    about = f"{formats.day(period.start)} – {formats.day(period.end)}"
    if request.method == "POST":
        names = [row.operator for row in found.rows[:1]]
        name = ", ".join([*names, gettext(COLUMNS[figure])])
        return save_people(request, found, name, about, min(period.end, timezone.localdate()))
    if whole:
        return download(request, people_sheet(found, gettext(COLUMNS[figure]), [about]), people=True)
    query = {"period": "custom", "from": period.start.isoformat(), "to": period.end.isoformat()}
    values = {
        "found": found,
        "page": page_of(found.rows, key=lambda row: row.id),
        "heading": COLUMNS[figure],
        "about": about,
        "called": figure in OF_BOOKINGS,
        "money": figure in OF_BOOKINGS,
        "stages": STAGE_TITLES,
        "states": STATES,
        "back": f"{reverse('office:operators')}?{urlencode(query)}",
        "back_title": _("Operators"),
        "export": export_query(request),
        "savable": list_segments.may_save(request),
    }
    return render(request, "office/reports/people.html", values)


@managers
def statement(request: OfficeRequest, user_id: int) -> HttpResponse:
    month = month_in(request.GET, timezone.localdate())
    try:
        found = queries.statement_of_visible(request.actor, user_id=user_id, month=month)
    except MirrorMissing:
        return render(request, "office/reports/none.html", {"tab": "operators"})
    return _statement_page(request, found, own=False)


@office_page
def my_statement(request: OfficeRequest) -> HttpResponse:
    month = month_in(request.GET, timezone.localdate())
    try:
        found = queries.own_statement(request.user.pk, month)
    except MirrorMissing:
        return render(request, "office/reports/none.html", {"tab": "", "own": True})
    return _statement_page(request, found, own=True)


def _statement_page(request: OfficeRequest, found: Statement, *, own: bool) -> HttpResponse:
    if wanted(request.GET):
        return download(request, statement_sheet(found), own=own)
    values = {
        "statement": found,
        "lines": [(gettext(KPI_TITLES[line.kpi]), unit_of(line.kpi), line) for line in found.lines],
        "role": ROLE_TITLES[found.role],
        "before": f"?month={add_months(found.month, -1):%Y-%m}",
        "after": f"?month={add_months(found.month, 1):%Y-%m}",
        "own": own,
        "over": found.month < timezone.localdate().replace(day=1),
        "export": export_query(request),
    }
    return render(request, "office/reports/statement.html", values)


def statement_sheet(found: Statement) -> Sheet:
    columns = [
        Column(gettext("Figure")),
        Column(gettext("Unit")),
        Column(gettext("Fact"), "money"),
        Column(gettext("Threshold"), "money"),
        Column(gettext("Rate, ₽"), "money"),
        Column(gettext("Cap, ₽"), "money"),
        Column(gettext("Pay, ₽"), "money"),
    ]
    rows: list[list[Value]] = [
        [gettext(KPI_TITLES[each.kpi]), unit_of(each.kpi), each.fact, each.threshold, each.rate, each.cap, each.pay]
        for each in found.lines
    ]
    rows.append([gettext("Total"), None, None, None, None, None, found.total])
    return Sheet(f"{found.name}, {formats.month(found.month)}", columns, rows, [found.name, formats.month(found.month)])


@managers
def motivation(request: OfficeRequest) -> HttpResponse:
    role = _role(request.GET.get("role", ""))
    month = month_in(request.GET, timezone.localdate())
    since, lines = queries.scheme_on(role, month)
    form = SchemeForm(request.POST or None, valid_from=month, lines=lines)
    if request.method == "POST" and form.is_valid():
        valid_from: date = form.cleaned_data["valid_from"]
        operations.save_scheme(
            role=role, valid_from=valid_from, lines=form.lines(), actor=request.actor, now=timezone.now()
        )
        messages.success(request, gettext("The scheme is saved"))
        return redirect(_scheme_address(role, valid_from))
    titles = {kpi.value: title for kpi, title in KPI_TITLES.items()}
    values = {
        "form": form,
        "rows": list(form.rows()),
        "role": role,
        "roles": [(each, ROLE_TITLES[each], _scheme_address(each, month)) for each in PAID_ROLES],
        "since": since,
        "month": month,
        "history": [(day, _scheme_address(role, day)) for day in queries.scheme_days(role)],
        "may_change": request.actor.branch_ids is None,
        "changes": journal(changes(subject="motivation", subject_id=role.value), titles=titles),
    }
    return render(request, "office/reports/motivation.html", values, status=422 if form.errors else 200)


@managers
@require_POST
def motivation_drop(request: OfficeRequest) -> HttpResponse:
    role, month = _role(request.POST.get("role", "")), month_in(request.POST, timezone.localdate())
    operations.drop_scheme(role=role, valid_from=month, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("The scheme is removed: the one before it holds"))
    return redirect(_scheme_address(role, month))


def _role(code: str) -> Role:
    return next((role for role in PAID_ROLES if role.value == code), Role.OPERATOR)


def _scheme_address(role: Role, month: date) -> str:
    return f"{reverse('office:motivation')}?{urlencode({'role': role.value, 'month': f'{month:%Y-%m}'})}"
