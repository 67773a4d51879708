"""How full each branch is on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from vernost.accounts import queries as accounts
from vernost.accounts.models import Branch, BranchDay
from vernost.core.actor import Actor
from vernost.core.calendar import ProductionCalendar
from vernost.workshop import rules
from vernost.workshop.models import OCCUPYING, Appointment
from vernost.workshop.queries.capacity import calendar_between
from vernost.workshop.rules import Hours, Workshop


@dataclass(frozen=True, slots=True)
class BranchLoad:
    """A branch's day: appointments, booked hours, bays × opening hours (None: no bays or closed)."""

    branch_id: int
    name: str
    appointments: int
    booked_hours: Decimal
    capacity_hours: Decimal | None


def loads(actor: Actor, on: date) -> list[BranchLoad]:
    """Return the load of every visible branch in a fixed number of statements."""
    # One branch after the other: a join would read all appointments that there ever were.
    booked = (
        Appointment.objects.filter(branch_id=OuterRef("pk"), starts_on=on, status__in=OCCUPYING)
        .order_by()
        .values("branch_id")
    )
    branches = accounts.branches_visible_to(actor).annotate(
        appointments=Coalesce(Subquery(booked.annotate(count=Count("pk")).values("count")), 0),
        hours=Coalesce(Subquery(booked.annotate(hours=Sum("labour_hours")).values("hours")), Decimal(0)),
    )
    own_days = {
        day.branch_id: rules.hours_between(day.open_at, day.close_at) for day in BranchDay.objects.filter(on=on)
    }
    calendar = calendar_between(on, on)
    return [
        BranchLoad(
            branch_id=branch.pk,
            name=branch.name,
            appointments=branch.appointments,
            booked_hours=branch.hours,
            capacity_hours=_capacity(branch, on, calendar, own_days),
        )
        for branch in branches.order_by("name", "pk")
    ]


def _capacity(
    branch: Branch, on: date, calendar: ProductionCalendar, own_days: Mapping[int, Hours | None]
) -> Decimal | None:
    workshop = Workshop(
        zone=ZoneInfo(branch.timezone),
        hours=rules.hours_between(branch.open_at, branch.close_at),
        calendar=calendar,
        exceptions={on: own_days[branch.pk]} if branch.pk in own_days else {},
    )
    hours = workshop.hours_on(on)
    return Decimal(hours.length * branch.bays) / 60 if hours and branch.bays else None
