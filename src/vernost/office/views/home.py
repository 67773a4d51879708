"""The home page of managers and administrators: what should I do now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from vernost.accounts import audit
from vernost.accounts.queries import users_without_totp
from vernost.automation.queries import work as automation
from vernost.core.actor import Actor
from vernost.core.views import words_of
from vernost.facts.mirror import MirrorMissing
from vernost.intake import queries as intake
from vernost.invitations.queries.counts import calling_load
from vernost.invitations.queries.programmes import programmes
from vernost.office import agenda, health
from vernost.office.access import OfficeRequest, managers
from vernost.office.funnel_table import Bar
from vernost.reports.queries import month_funnel
from vernost.reports.rules import KPI_TITLES, STAGE_KPIS
from vernost.segments import sleep_alarms
from vernost.segments.queries import saved
from vernost.workshop.queries import BranchLoad, loads


@managers
def home(request: OfficeRequest) -> HttpResponse:
    now = timezone.now()
    return render(request, "office/home.html", {"now": timezone.localtime(now), **_page(request.actor, now)})


@managers
def home_funnel(request: OfficeRequest) -> HttpResponse:
    """The month's funnel, counted while the rest of the page is already read."""
    try:
        month = month_funnel(request.actor, timezone.localdate())
    except MirrorMissing as error:
        return render(request, "office/_funnel.html", {"asked": True, "missing": words_of(error)})
    values = {"asked": True, "month": month, "stages": list(_stages(month.counts))}
    return render(request, "office/_funnel.html", values)


def _stages(counts: Mapping[str, int]) -> Iterator[Bar]:
    top, before = counts[STAGE_KPIS[0]], None
    for stage in STAGE_KPIS:
        count = counts[stage]
        conversion = 1.0 if before is None else count / before if before else None
        url = f"{reverse('office:funnel-people')}?stage={stage}"
        yield Bar(gettext(KPI_TITLES[stage]), count, count / top if top else 0.0, conversion, "", weak=False, url=url)
        before = count


def _page(actor: Actor, now: datetime) -> dict[str, object]:
    today = timezone.localdate(now)
    night, work = automation.last_night(), automation.work(now)
    calling = calling_load(actor, now=now, on=today)
    rows = programmes(actor, on=night.as_of if night else today)
    quarantine, imported_at = intake.open_rows(), intake.last_import_at()
    branches = loads(actor, today)
    asleep = sleep_alarms.alarms(actor.branch_ids, on=today)
    tasks = agenda.in_order(
        agenda.of_work(work),
        agenda.of_night(night, now),
        agenda.of_import(imported_at, now),
        agenda.of_calls(calling),
        agenda.of_quarantine(quarantine),
        *agenda.of_sleeping(asleep, {each.branch_id: each.name for each in branches}),
        *agenda.of_segments(saved.notices(actor, on=today)),
        agenda.of_programmes(sum(not row.active and not row.is_campaign for row in rows)),
    )
    alarms = list(audit.alarms(now=now)) if actor.may("audit.view") else []
    pulse = health.Pulse(automation.database(), work, night, imported_at, users_without_totp(actor), alarms)
    return {
        "tasks": tasks,
        "night": night,
        "calling": calling,
        "quarantine": quarantine,
        "programmes": [row for row in rows if row.active],
        "invited": sum(row.invited for row in rows),
        "candidates": {each.code: each.candidates for each in night.programmes} if night else {},
        "group": actor.branch_ids is None,
        "loads": [_shown(load) for load in branches],
        "health": list(health.lines(pulse, now)) if actor.may("users.view") else [],
    }


@dataclass(frozen=True, slots=True)
class ShownLoad:
    """A branch's load with its share of the capacity, None where that is unknown."""

    load: BranchLoad
    share: float | None


def _shown(load: BranchLoad) -> ShownLoad:
    capacity = load.capacity_hours
    return ShownLoad(load, float(load.booked_hours / capacity) if capacity else None)
