"""The reception's day: who comes when, and how full the bays are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from vernost.accounts.models import Branch
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.rights import Sensitive
from vernost.customers.models import AddressKind, ContactAddress
from vernost.workshop import rules
from vernost.workshop.models import OCCUPYING, Appointment, AppointmentStatus
from vernost.workshop.queries.appointments import visible_to
from vernost.workshop.queries.capacity import active_bays, bay_name, workshop_of
from vernost.workshop.rules import Hours, Workshop


@dataclass(frozen=True, slots=True)
class DayAppointment:
    """A line of the reception's day."""

    id: int
    starts_at: datetime
    ends_at: datetime | None
    status: str
    bay: str
    bay_id: int | None
    customer_id: int | None
    customer: str
    phone: str
    vehicle: str
    plate: str
    advisor: str
    works: Sequence[Mapping[str, object]]
    labour_hours: Decimal | None
    note: str
    has_order: bool


@dataclass(frozen=True, slots=True)
class BayLoad:
    """How full a bay is on the day, by minutes of the branch's hours; bay 0 gathers those without a bay."""

    bay_id: int
    name: str
    minutes: int
    share: float | None

    @property
    def hours(self) -> float:
        return self.minutes / 60


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    hours: Hours | None
    rows: Sequence[DayAppointment]
    bays: Sequence[BayLoad]
    counts: Mapping[str, int]
    load: float | None


def day(*, branch: Branch, on: date, actor: Actor) -> Day:
    """Return the reception's day: everything booked, in order of time, and how full the bays are."""
    workshop = workshop_of(branch, on, on)
    found = (
        visible_to(actor)
        .filter(branch=branch, starts_on=on)
        .exclude(status=AppointmentStatus.HELD)
        .select_related("customer", "vehicle", "advisor", "bay")
        .order_by("starts_at", "bay__number", "pk")
    )
    appointments = list(found)
    phones = _first_phones(row.customer_id for row in appointments if row.customer_id)
    hours = workshop.hours_on(on)
    bays = _bay_loads(branch, appointments, hours)
    shares = [bay.share for bay in bays if bay.share is not None]
    counts = {status.value: 0 for status in AppointmentStatus}
    for row in appointments:
        counts[row.status] += 1
    return Day(
        on=on,
        hours=hours,
        rows=[_day_row(row, workshop, phones, actor) for row in appointments],
        bays=bays,
        counts=counts,
        load=sum(shares) / len(shares) if shares else None,
    )


def _first_phones(customer_ids: Iterable[int]) -> dict[int, str]:
    rows = (
        ContactAddress.objects.filter(customer_id__in=set(customer_ids), kind=AddressKind.PHONE, invalid_on=None)
        .order_by("customer_id", "position", "pk")
        .values_list("customer_id", "value")
    )
    return dict(reversed(list(rows)))


def _day_row(row: Appointment, workshop: Workshop, phones: Mapping[int, str], actor: Actor) -> DayAppointment:
    return DayAppointment(
        id=row.pk,
        starts_at=workshop.local(row.starts_at),
        ends_at=workshop.local(row.ends_at) if row.ends_at else None,
        status=row.status,
        bay=bay_name(row.bay) if row.bay else "",
        bay_id=row.bay_id,
        customer_id=row.customer_id,
        customer=row.customer.full_name if row.customer else "",
        phone=sensitive.shown(actor, Sensitive.PHONE, phones.get(row.customer_id or 0, "")),
        vehicle=str(row.vehicle) if row.vehicle else "",
        plate=row.vehicle.plate if row.vehicle else "",
        advisor=row.advisor.name if row.advisor else "",
        works=row.works,
        labour_hours=row.labour_hours,
        note=sensitive.told(actor, row.note),
        has_order=row.order_id is not None,
    )


def _bay_loads(branch: Branch, appointments: Sequence[Appointment], hours: Hours | None) -> list[BayLoad]:
    minutes: dict[int, int] = {}
    for row in appointments:
        if row.status in OCCUPYING:
            length = row.ends_at - row.starts_at if row.ends_at else rules.length_of(row.labour_hours)
            minutes[row.bay_id or 0] = minutes.get(row.bay_id or 0, 0) + int(length.total_seconds() // 60)
    loads = []
    for bay in active_bays(branch.pk):
        taken = minutes.get(bay.pk, 0)
        loads.append(BayLoad(bay.pk, bay_name(bay), taken, taken / hours.length if hours else None))
    return [*loads, BayLoad(0, "", minutes[0], None)] if minutes.get(0) else loads
