"""What a branch can do: hours, bays, advisors, and what of it is taken."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from vernost.accounts.models import Branch, BranchDay, CalendarDay, Employee, EmployeeRole
from vernost.core.calendar import ProductionCalendar
from vernost.workshop import rules
from vernost.workshop.models import OCCUPYING, Appointment, AppointmentStatus, Bay
from vernost.workshop.rules import Busy, Place, Workshop

# The longest visit that can reach into a window: nothing is booked over a night, imports may be.
_REACH = timedelta(days=2)
# A moment's day in the branch's zone is this far from its day in UTC, at most.
_ZONES_APART = timedelta(days=1)


def calendar_between(since: date, until: date) -> ProductionCalendar:
    days = CalendarDay.objects.filter(on__range=(since, until)).values_list("on", "kind")
    return ProductionCalendar(dict(days))


def workshop_of(branch: Branch, since: date, until: date, *, calendar: ProductionCalendar | None = None) -> Workshop:
    """Return what the branch can do on the days since..until."""
    own_days = BranchDay.objects.filter(branch=branch, on__range=(since, until))
    bays = [Place(bay_id, frozenset(skills)) for bay_id, skills in active_bays(branch.pk).values_list("pk", "skills")]
    # Bays are written down by the first booking (operations.ensure_bays); until then only their number is known.
    unwritten = [Place(-number) for number in range(1, (branch.bays or 0) + 1)]
    return Workshop(
        zone=ZoneInfo(branch.timezone),
        hours=rules.hours_between(branch.open_at, branch.close_at),
        calendar=calendar or calendar_between(since, until),
        exceptions={day.on: rules.hours_between(day.open_at, day.close_at) for day in own_days},
        places=tuple(bays or unwritten),
        advisors=Employee.objects.filter(branch=branch, role=EmployeeRole.ADVISOR).count(),
    )


def day_window(zone: ZoneInfo, since: date, until: date) -> tuple[datetime, datetime]:
    """Return the instants between which the local days since..until (both included) lie."""
    start = datetime.combine(since, time.min, zone).astimezone(UTC)
    return start, datetime.combine(until + timedelta(days=1), time.min, zone).astimezone(UTC)


def busy_between(
    branch_id: int, start: datetime, end: datetime, now: datetime, *, without: Collection[int] = ()
) -> list[Busy]:
    """Return what takes a place in the branch; a hold that has run out takes none."""
    rows = (
        Appointment.objects.filter(
            branch_id=branch_id,
            status__in=OCCUPYING,
            # The index is by day.
            starts_on__range=((start - _REACH - _ZONES_APART).date(), (end + _ZONES_APART).date()),
            starts_at__gt=start - _REACH,
            starts_at__lt=end,
        )
        .exclude(status=AppointmentStatus.HELD, held_until__lte=now)
        .exclude(pk__in=without)
        .values_list("starts_at", "ends_at", "bay_id", "labour_hours")
    )
    return [
        busy
        for starts_at, ends_at, bay_id, hours in rows
        if (busy := Busy(starts_at, ends_at or starts_at + rules.length_of(hours), bay_id)).ends_at > start
    ]


def local_today(branch: Branch, now: datetime) -> date:
    return now.astimezone(ZoneInfo(branch.timezone)).date()


@dataclass(frozen=True, slots=True)
class BayRow:
    """A bay in service; without skills it takes every kind of order."""

    number: int
    name: str
    skills: tuple[str, ...]


def bays(branch_id: int) -> list[BayRow]:
    found = active_bays(branch_id).order_by("number").values_list("number", "name", "skills")
    return [BayRow(number, name, tuple(skills)) for number, name, skills in found]


def active_bays(branch_id: int) -> QuerySet[Bay]:
    return Bay.objects.filter(branch_id=branch_id, active=True)


def bay_name(bay: Bay) -> str:
    return bay.name or str(bay.number)
