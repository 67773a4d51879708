"""The analytics pages: the home of all figures, and a page for each way to look at the base."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from vernost.accounts.queries import rule_settings
from vernost.core import formats
from vernost.facts.mirror import Mirror, MirrorMissing
from vernost.office.access import OfficeRequest, managers
from vernost.office.analytics import base_pages, cohort_page, expectation_pages, retention_page, time_pages, worth_pages
from vernost.office.analytics.chosen import AGAINST, PERIODS, Chosen, chosen_of
from vernost.office.analytics.page import Asked, Page
from vernost.office.analytics.shown import shown
from vernost.office.analytics.tabs import HOME, TABS
from vernost.office.downloads import download, wanted
from vernost.reports.queries.analytics.look import Base
from vernost.reports.queries.source import branch_names
from vernost.segments.queries import saved

Made = TypeVar("Made")

# What an address says of the file that is asked for.
_OF_FILES = ("format", "table")

# What makes the page of each tab but the first.
PAGES: dict[str, Callable[[Asked], Page]] = {
    "cascade": base_pages.cascade,
    "rfm": base_pages.rfm,
    "states": base_pages.states,
    "cohorts": cohort_page.cohorts,
    "retention": retention_page.retention,
    "abc": worth_pages.abc,
    "risks": worth_pages.risks,
    "lost": time_pages.lost,
    "upcoming": time_pages.upcoming,
    "sources": worth_pages.sources,
    "basket": worth_pages.basket,
    "value": expectation_pages.value,
    "load": expectation_pages.load,
}


@managers
def analytics(request: OfficeRequest) -> HttpResponse:
    from vernost.office.analytics import home  # noqa: PLC0415 - the office must not wait for Ibis to wake

    chosen = chosen_of(request.GET, timezone.localdate())
    try:
        asked, found = _shown(request, HOME, chosen, home.home)
        if wanted(request.GET):
            tables = {table.code: table for table in found.tables}
            table = tables.get(request.GET.get("table", ""), found.flows)
            return download(request, table.sheet(_about(asked)))
    except MirrorMissing:
        return render(request, "office/analytics/none.html", {"tab": HOME})
    values = {
        **_frame(request, asked, HOME),
        "home": found,
        "funnel_at": chosen.page("analytics-funnel"),
        "with_day": True,
        "with_period": True,
        "with_segment": True,
        "with_against": True,
        "rfm_insight": base_pages.to_save(asked),
        **{f"{code}_url": chosen.page(f"analytics-{code}") for code in ("cascade", "rfm", "states", "cohorts")},
    }
    return render(request, "office/analytics/home.html", values)


@managers
def analytics_funnel(request: OfficeRequest) -> HttpResponse:
    """The funnel of the overview, counted while the rest is already read: it is of invitations, and has plans."""
    from vernost.office.analytics import home  # noqa: PLC0415 - as above

    asked = _asked(request, chosen_of(request.GET, timezone.localdate()))
    return render(request, "office/analytics/_funnel.html", {"funnel": home.funnel_of(asked)})


@managers
def analytics_page(request: OfficeRequest, tab: str) -> HttpResponse:
    if tab not in PAGES:
        raise Http404(tab)
    chosen = chosen_of(request.GET, timezone.localdate())
    try:
        asked, page = _shown(request, tab, chosen, PAGES[tab])
    except MirrorMissing:
        return render(request, "office/analytics/none.html", {"tab": tab})
    if wanted(request.GET):
        tables = {table.code: table for table in page.tables}
        table = tables.get(request.GET.get("table", ""), page.tables[0])
        return download(request, table.sheet(_about(asked)))
    values = {
        **_frame(request, asked, tab),
        "page": page,
        "selects": page.selects,
        "with_day": page.with_day,
        "with_period": page.with_period,
        "with_segment": page.with_segment,
        "with_against": False,
    }
    return render(request, "office/analytics/page.html", values)


def _shown(request: OfficeRequest, tab: str, chosen: Chosen, made: Callable[[Asked], Made]) -> tuple[Asked, Made]:
    """Return a page with what it was asked of: a version of the mirror whose figures are known (`analytics.shown`)."""

    def make(mirror: Mirror | None) -> tuple[Asked, Made]:
        asked = _asked(request, chosen, mirror)
        return asked, made(asked)

    # A segment's people change without the mirror: nothing of it is kept.
    if chosen.look.segment is not None:
        return make(None)
    query = sorted((name, *values) for name, values in request.GET.lists() if name not in _OF_FILES)
    key = (tab, request.actor.branch_ids, rule_settings(), chosen.look, tuple(query))
    return shown.page(key, make)


def _asked(request: OfficeRequest, chosen: Chosen, mirror: Mirror | None = None) -> Asked:
    base = Base(request.actor, chosen.look, mirror=mirror)
    return Asked(base, chosen, request.GET, branch_names(request.actor))


def _about(asked: Asked) -> list[str]:
    look = asked.chosen.look
    parts = [f"{formats.day(look.start)} – {formats.day(look.as_of)}", asked.branches.get(look.branch_id or 0, "")]
    return list(filter(None, parts))


def _frame(request: OfficeRequest, asked: Asked, tab: str) -> dict[str, Any]:
    """Return what the filters, the tabs and the files of every page show."""
    chosen = asked.chosen
    query = request.GET.copy()
    for name in _OF_FILES:
        query.pop(name, None)
    tabs = [
        {
            "code": code,
            "icon": tab.icon,
            "title": gettext(tab.title),
            "url": chosen.page("analytics" if code == HOME else f"analytics-{code}"),
        }
        for code, tab in TABS.items()
    ]
    tabs.append({"code": "pivot", "icon": "table", "title": gettext("Pivot"), "url": reverse("office:pivot")})
    tabs.append({"code": "price", "icon": "scale", "title": gettext("Price"), "url": reverse("office:price-tests")})
    segments = saved.visible_to(request.actor).order_by("title").values_list("code", "title")
    return {
        "tab": tab,
        "tabs": tabs,
        "chosen": chosen,
        "periods": PERIODS.items(),
        "againsts": AGAINST.items(),
        "branches": asked.branches,
        "branch_name": asked.branches.get(chosen.look.branch_id or 0, ""),
        "segments": list(segments),
        "refreshed_at": asked.base.refreshed_at,
        "export": query.urlencode(),
    }
