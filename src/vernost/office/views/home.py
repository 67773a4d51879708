"""The home page of managers and administrators: what should I do now."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from vernost.accounts.queries import users_without_totp
from vernost.automation import queries as automation
from vernost.core.actor import Actor, Role
from vernost.intake import queries as intake
from vernost.invitations.queries.counts import calling_load
from vernost.invitations.queries.programmes import programmes
from vernost.office import agenda, health
from vernost.office.access import OfficeRequest, managers
from vernost.workshop.queries import BranchLoad, loads


@managers
def home(request: OfficeRequest) -> HttpResponse:
    now = timezone.now()
    return render(request, "office/home.html", {"now": timezone.localtime(now), **_page(request.actor, now)})


def _page(actor: Actor, now: datetime) -> dict[str, object]:
    today = timezone.localdate(now)
    night, work = automation.last_night(), automation.work(now)
    calling = calling_load(actor, now=now, on=today)
    rows = programmes(actor, on=night.as_of if night else today)
    quarantine, imported_at = intake.open_rows(), intake.last_import_at()
    tasks = agenda.in_order(
        agenda.of_work(work),
        agenda.of_night(night, now),
        agenda.of_import(imported_at, now),
        agenda.of_calls(calling),
        agenda.of_quarantine(quarantine),
        agenda.of_programmes(sum(not row.active and not row.is_campaign for row in rows)),
    )
    pulse = health.Pulse(automation.database(), work, night, imported_at, users_without_totp(actor))
    return {
        "tasks": tasks,
        "night": night,
        "calling": calling,
        "quarantine": quarantine,
        "programmes": [row for row in rows if row.active],
        "invited": sum(row.invited for row in rows),
        "candidates": {each.code: each.candidates for each in night.programmes} if night else {},
        "group": actor.branch_ids is None,
        "loads": [_shown(load) for load in loads(actor, today)],
        "health": list(health.lines(pulse, now)) if actor.role == Role.ADMINISTRATOR else [],
    }


@dataclass(frozen=True, slots=True)
class ShownLoad:
    """A branch's load with its share of the capacity, None where that is unknown."""

    load: BranchLoad
    share: float | None


def _shown(load: BranchLoad) -> ShownLoad:
    capacity = load.capacity_hours
    return ShownLoad(load, float(load.booked_hours / capacity) if capacity else None)
