"""Appointments in lists: who may see them, what is still to come, what a customer had."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from vernost.core.actor import Actor
from vernost.core.wall import whole_group_rows
from vernost.workshop.models import OCCUPYING, Appointment, AppointmentStatus

# Still to come, so not to be booked twice.
EXPECTED = [AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED]


def visible_to(actor: Actor) -> QuerySet[Appointment]:
    """Appointments of the actor's branches; one without a branch belongs to the whole group."""
    rows = Appointment.objects.all()
    if actor.own_only:
        rows = rows.filter(advisor_id=actor.employee_id, advisor__isnull=False)
    return rows if actor.branch_ids is None else rows.filter(branch_id__in=actor.branch_ids)


# Wherever it is booked, it need not be called for.
@whole_group_rows()
def expected_of(vehicle_id: int | None, customer_id: int | None, on: date) -> Appointment | None:
    """Return the next appointment still to come of the vehicle, or of the customer where none names a vehicle.

    One that was made after `on` is not known on that day.
    """
    owner = Q(customer_id=customer_id, vehicle=None) if customer_id else Q()
    mine = Q(vehicle_id=vehicle_id) | owner if vehicle_id else owner
    if not mine:
        return None
    known = Q(booked_on=None) | Q(booked_on__lte=on)
    rows = Appointment.objects.filter(mine, known, status__in=EXPECTED, starts_on__gte=on)
    return rows.order_by("starts_at", "pk").first()


def arrivals_by_advisor(branch_id: int, hour: datetime) -> dict[int, int]:
    """Return how many cars each advisor of the branch receives in the hour that begins at `hour`."""
    rows = (
        Appointment.objects.filter(
            branch_id=branch_id,
            status__in=OCCUPYING,
            # The index is by day, that of the branch's zone.
            starts_on__range=((hour - timedelta(days=1)).date(), (hour + timedelta(days=1)).date()),
            starts_at__gte=hour,
            starts_at__lt=hour + timedelta(hours=1),
            advisor__isnull=False,
        )
        .values_list("advisor_id")
        .annotate(cars=Count("pk"))
    )
    return {advisor_id: cars for advisor_id, cars in rows if advisor_id is not None}


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """An appointment in a history; `starts_at` in the branch's zone."""

    id: int
    starts_at: datetime
    branch: str
    car: str
    status: str
    note: str


def appointments_of(customer_id: int, *, actor: Actor, limit: int) -> list[AppointmentRow]:
    """Return the customer's latest appointments first."""
    found = visible_to(actor).filter(customer_id=customer_id).exclude(status=AppointmentStatus.HELD)
    return [_row(row) for row in found.select_related("branch", "vehicle").order_by("-starts_at", "-pk")[:limit]]


def _row(row: Appointment) -> AppointmentRow:
    return AppointmentRow(
        id=row.pk,
        starts_at=row.starts_at.astimezone(ZoneInfo(row.branch.timezone)) if row.branch else row.starts_at,
        branch=row.branch.name if row.branch else "",
        car=str(row.vehicle) if row.vehicle else "",
        status=row.status,
        note=row.note,
    )


def expected_appointment(customer_id: int, *, actor: Actor, on: date) -> AppointmentRow | None:
    """Return the customer's next appointment from the day on, of whatever car."""
    rows = visible_to(actor).filter(customer_id=customer_id, status__in=EXPECTED, starts_on__gte=on)
    found = rows.select_related("branch", "vehicle").order_by("starts_at", "pk").first()
    return _row(found) if found else None
