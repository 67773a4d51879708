"""The service funnel of a period, and the people behind each of its figures."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from vernost.contacts.rules import OUTCOMES
from vernost.core import formats
from vernost.core.i18n import _
from vernost.facts.mirror import MirrorMissing
from vernost.invitations.rules import STATE_TITLES
from vernost.office import funnel_table as tables
from vernost.office import list_segments
from vernost.office.access import OfficeRequest, managers
from vernost.office.downloads import download, wanted
from vernost.office.pages import SIZE, Page, page_of
from vernost.office.periods import CUTS, PERIODS, filter_of, number_in, period_of
from vernost.reports.exports import Column, Sheet
from vernost.reports.facts import STAGES
from vernost.reports.queries.funnel import FunnelFilter, FunnelPage, funnel_page
from vernost.reports.queries.people import CAME, HELD_OUT, STAYED_AWAY, People, Person, people
from vernost.reports.rules import KPI_TITLES, STAGE_KPIS, WEAK_FROM, Kpi

STAGE_TITLES: dict[str, str] = {
    **{kpi.value: KPI_TITLES[kpi] for kpi in STAGE_KPIS},
    HELD_OUT: _("Control group"),
    CAME: _("Came"),
    STAYED_AWAY: _("Did not come"),
}
STATES: dict[str, str] = {
    **{outcome.value: title for outcome, title in OUTCOMES.items()},
    **{state.value: title for state, title in STATE_TITLES.items()},
}


@managers
def funnel(request: OfficeRequest) -> HttpResponse:
    today = timezone.localdate()
    chosen = filter_of(request.GET, today)
    try:
        page = funnel_page(request.actor, chosen, today=today)
    except MirrorMissing:
        return render(request, "office/reports/none.html", {"tab": "funnel"})
    if wanted(request.GET):
        return download(request, tables.sheet(page, chosen.by, _about(chosen)))
    links = tables.PeopleLinks(request.GET, chosen.by)
    values = {
        "page": page,
        "chosen": chosen,
        "period": period_of(request.GET, today),
        "periods": PERIODS.items(),
        "cuts": CUTS.items(),
        "cut_title": tables.CUT_TITLES[chosen.by],
        "bars": tables.bars(page, links),
        "heads": tables.heads(),
        "rows": [tables.table_row(row, tables.titled(row, chosen.by), links) for row in page.rows],
        "total": tables.table_row(page.total, gettext("Total"), links, total=True),
        "plan": tables.plan_lines(page.total.counts, page.total.revenue, page.plan),
        "tiles": _tiles(page, links),
        "insight": _insight(page, links),
        "export": export_query(request),
        "today": today,
    }
    return render(request, "office/reports/funnel.html", values)


@managers
def funnel_people(request: OfficeRequest) -> HttpResponse:
    chosen = filter_of(request.GET, timezone.localdate())
    stage, stopped = request.GET.get("stage", STAGES[0]), request.GET.get("stopped") == "1"
    if stage not in {*STAGES, HELD_OUT}:
        raise Http404(stage)
    whole = wanted(request.GET) or request.method == "POST"
    found = people(
        request.actor,
        chosen,
        stage=stage,
        stopped=stopped,
        after=None if whole else number_in(request.GET, "after"),
        limit=None if whole else SIZE + 1,
    )
    about = f"{_about(chosen)[0]}{gettext(', and no further') if stopped else ''}"
    if request.method == "POST":
        name = f"{gettext('Service funnel')}: {gettext(STAGE_TITLES[stage])}"
        return save_people(request, found, name, about, chosen.as_of)
    if whole:
        return download(request, people_sheet(found, gettext(STAGE_TITLES[stage]), _about(chosen)), people=True)
    page: Page[Person] = page_of(found.rows, key=lambda row: row.id)
    values = {
        "found": found,
        "page": page,
        "heading": STAGE_TITLES[stage],
        "about": about,
        "called": stage != HELD_OUT,
        "money": stage != HELD_OUT,
        "stages": STAGE_TITLES,
        "states": STATES,
        "back": f"{reverse('office:funnel')}?{_query(request, drop=('stage', 'stopped', 'after'))}",
        "back_title": _("Service funnel"),
        "export": export_query(request),
        "savable": list_segments.may_save(request),
    }
    return render(request, "office/reports/people.html", values)


def save_people(request: OfficeRequest, found: People, name: str, about: str, on: date) -> HttpResponse:
    """Save a whole list as a segment of its people."""
    ids = {row.customer_id for row in found.rows}
    return list_segments.save(request, name=name, about=f"{name}: {about}", on=on, customer_ids=ids)


def people_sheet(found: People, title: str, about: Sequence[str]) -> Sheet:
    columns = [
        Column(gettext("Customer")),
        Column(gettext("Car")),
        Column(gettext("Plate")),
        Column(gettext("Programme")),
        Column(gettext("Branch")),
        Column(gettext("Target date"), "day"),
        Column(gettext("Operator")),
        Column(gettext("Stage")),
        Column(gettext("State")),
        Column(gettext("Attempts"), "count"),
        Column(gettext(KPI_TITLES[Kpi.REVENUE]), "money"),
        Column(gettext(KPI_TITLES[Kpi.MARGIN]), "money"),
    ]
    rows = [
        (
            row.customer,
            row.car,
            row.plate,
            row.programme,
            row.branch,
            row.on,
            row.operator,
            gettext(STAGE_TITLES[row.stage]) if row.stage else "",
            gettext(STATES.get(row.state, row.state)) if row.state else "",
            row.attempts,
            row.revenue,
            row.margin,
        )
        for row in found.rows
    ]
    return Sheet(title, columns, rows, about)


def _about(chosen: FunnelFilter) -> list[str]:
    return [f"{formats.day(chosen.start)} – {formats.day(chosen.end)}"]


def export_query(request: OfficeRequest) -> str:
    return _query(request, drop=("format", "after"))


def _query(request: OfficeRequest, *, drop: Sequence[str]) -> str:
    query = request.GET.copy()
    for name in drop:
        query.pop(name, None)
    return query.urlencode()


def _tiles(page: FunnelPage, links: tables.PeopleLinks) -> list[dict[str, object]]:
    now, before = page.total, page.previous
    tiles = [
        {
            **_tile(now.counts[stage], before.counts[stage], formats.number, of=before.counts[stage]),
            "title": gettext(STAGE_TITLES[stage]),
            "url": links.to(stage),
        }
        for stage in ("targeted", "booked", "arrived")
    ]
    money = (
        (gettext("Revenue"), now.revenue, before.revenue, "paid"),
        (gettext("Margin"), now.margin, before.margin, "paid"),
        (gettext("Cost of contact"), now.cost, before.cost, "attempted"),
    )
    tiles += [
        {
            **_tile(value, earlier, formats.roubles_short, of=before.counts[stage]),
            "title": title,
            "url": links.to(stage),
        }
        for title, value, earlier, stage in money
    ]
    # More contacts cost more: neither good nor bad by itself.
    tiles[-1]["good"] = None
    return tiles


def _tile(
    now: Decimal | int, before: Decimal | int, write: Callable[[Decimal | int], str], *, of: int
) -> dict[str, object]:
    # Against a handful (`of` invitations before, or their money) a change in per cent only frightens.
    if of < WEAK_FROM or not before:
        return {"value": write(now), "change": "", "good": None, "note": ""}
    change = (Decimal(now) - before) / abs(Decimal(before))
    return {
        "value": write(now),
        "change": formats.percent_change(change),
        "good": change > 0 if change else None,
        "note": gettext("to the period before"),
    }


def _insight(page: FunnelPage, links: tables.PeopleLinks) -> dict[str, object] | None:
    """Say where most is lost, and open those who stopped there."""
    weak = page.weak
    if weak is None:
        return None
    before = STAGES[STAGES.index(weak.stage) - 1]
    return {
        "stage": gettext(STAGE_TITLES[weak.stage]),
        "points": formats.number(Decimal(str(weak.expected - weak.conversion)) * 100, 1),
        "missing": weak.missing,
        "money": None if weak.kopecks is None else Decimal(weak.kopecks) / 100,
        "stopped": page.total.counts[before] - page.total.counts[weak.stage],
        "url": links.to(before, stopped=True),
    }
