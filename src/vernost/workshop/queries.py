"""Reads of the workshop: what a branch can do, what is booked, the day of the reception."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from vernost.accounts.models import Branch, BranchDay, CalendarDay, Employee, EmployeeRole
from vernost.core.actor import Actor
from vernost.core.calendar import ProductionCalendar
from vernost.customers.models import AddressKind, ContactAddress
from vernost.workshop import rules
from vernost.workshop.models import (
    OCCUPYING,
    Appointment,
    AppointmentStatus,
    Bay,
    LinePayer,
    OrderKind,
    RepairOrder,
)
from vernost.workshop.rules import Busy, Hours, Place, Slot, Visit, Workshop

# The longest visit that can reach into a window: nothing is booked over a night, imports may be.
_REACH = timedelta(days=2)

# Still to come, so not to be booked twice.
EXPECTED = [AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED]


def visible_to(actor: Actor) -> QuerySet[Appointment]:
    """Appointments of the actor's branches; one without a branch belongs to the whole group."""
    rows = Appointment.objects.all()
    return rows if actor.branch_ids is None else rows.filter(branch_id__in=actor.branch_ids)


def branches_visible_to(actor: Actor) -> QuerySet[Branch]:
    rows = Branch.objects.all()
    return rows if actor.branch_ids is None else rows.filter(pk__in=actor.branch_ids)


def calendar_between(since: date, until: date) -> ProductionCalendar:
    days = CalendarDay.objects.filter(on__range=(since, until)).values_list("on", "kind")
    return ProductionCalendar(dict(days))


def workshop_of(branch: Branch, since: date, until: date, *, calendar: ProductionCalendar | None = None) -> Workshop:
    """Return what the branch can do on the days since..until."""
    own_days = BranchDay.objects.filter(branch=branch, on__range=(since, until))
    bays = [Place(bay_id, frozenset(skills)) for bay_id, skills in _active_bays(branch.pk).values_list("pk", "skills")]
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


def _active_bays(branch_id: int) -> QuerySet[Bay]:
    return Bay.objects.filter(branch_id=branch_id, active=True)


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
            branch_id=branch_id, status__in=OCCUPYING, starts_at__gt=start - _REACH, starts_at__lt=end
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


@dataclass(frozen=True, slots=True)
class Cell:
    """A slot as the grid shows it. `free` None: open without a limit."""

    starts_at: datetime
    local: datetime
    free: int | None
    recommended: bool
    held: bool

    @property
    def is_open(self) -> bool:
        return self.free != 0


@dataclass(frozen=True, slots=True)
class Week:
    """A branch's week: for each hour of the clock one cell a day, None where the branch is closed."""

    days: Sequence[date]
    rows: Sequence[tuple[time, Sequence[Cell | None]]]
    closed: frozenset[date]
    limited: bool

    @property
    def best(self) -> Cell | None:
        return next((cell for _hour, cells in self.rows for cell in cells if cell and cell.recommended), None)

    def cell_at(self, starts_at: datetime) -> Cell | None:
        return next((cell for _hour, row in self.rows for cell in row if cell and cell.starts_at == starts_at), None)


def week(
    *,
    branch: Branch,
    monday: date,
    visit: Visit,
    now: datetime,
    hold: Appointment | None = None,
    at_the_desk: bool = False,
) -> Week:
    """Return the grid of the week; a place that `hold` keeps counts as free, for it is the asker's own.

    `at_the_desk`: the customer is here, so the hour that has begun can still be booked.
    """
    earliest = now - timedelta(minutes=rules.SLOT_MINUTES - 1) if at_the_desk else now
    sunday = monday + timedelta(days=6)
    workshop = workshop_of(branch, monday, sunday)
    start, end = day_window(workshop.zone, monday, sunday)
    busy = busy_between(branch.pk, start, end, now, without=[hold.pk] if hold else [])
    days = [monday + timedelta(days=offset) for offset in range(7)]
    slots = {day: rules.slots_of(workshop, busy, day, visit, earliest) for day in days}
    best = frozenset(rules.recommended(slots, now))
    held_at = hold.starts_at if hold else None
    return Week(
        days=days,
        rows=_clock_rows(slots, workshop, best, held_at),
        closed=frozenset(day for day in days if not slots[day]),
        limited=bool(workshop.places),
    )


def _clock_rows(
    slots: Mapping[date, Sequence[Slot]], workshop: Workshop, best: frozenset[datetime], held_at: datetime | None
) -> list[tuple[time, list[Cell | None]]]:
    cells: dict[tuple[time, date], Cell] = {}
    for day, day_slots in slots.items():
        for slot in day_slots:
            local = workshop.local(slot.starts_at)
            cells[local.time(), day] = Cell(
                slot.starts_at, local, slot.free, slot.starts_at in best, slot.starts_at == held_at
            )
    hours = sorted({hour for hour, _day in cells})
    return [(hour, [cells.get((hour, day)) for day in slots]) for hour in hours]


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
        rows=[_day_row(row, workshop, phones) for row in appointments],
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


def _day_row(row: Appointment, workshop: Workshop, phones: Mapping[int, str]) -> DayAppointment:
    return DayAppointment(
        id=row.pk,
        starts_at=workshop.local(row.starts_at),
        ends_at=workshop.local(row.ends_at) if row.ends_at else None,
        status=row.status,
        bay=bay_name(row.bay) if row.bay else "",
        bay_id=row.bay_id,
        customer_id=row.customer_id,
        customer=row.customer.full_name if row.customer else "",
        phone=phones.get(row.customer_id or 0, ""),
        vehicle=str(row.vehicle) if row.vehicle else "",
        plate=row.vehicle.plate if row.vehicle else "",
        advisor=row.advisor.name if row.advisor else "",
        works=row.works,
        labour_hours=row.labour_hours,
        note=row.note,
        has_order=row.order_id is not None,
    )


def bay_name(bay: Bay) -> str:
    return bay.name or str(bay.number)


@dataclass(frozen=True, slots=True)
class BayRow:
    """A bay in service; without skills it takes every kind of order."""

    number: int
    name: str
    skills: tuple[str, ...]


def bays(branch_id: int) -> list[BayRow]:
    found = _active_bays(branch_id).order_by("number").values_list("number", "name", "skills")
    return [BayRow(number, name, tuple(skills)) for number, name, skills in found]


def _bay_loads(branch: Branch, appointments: Sequence[Appointment], hours: Hours | None) -> list[BayLoad]:
    minutes: dict[int, int] = {}
    for row in appointments:
        if row.status in OCCUPYING:
            length = row.ends_at - row.starts_at if row.ends_at else rules.length_of(row.labour_hours)
            minutes[row.bay_id or 0] = minutes.get(row.bay_id or 0, 0) + int(length.total_seconds() // 60)
    loads = []
    for bay in _active_bays(branch.pk):
        taken = minutes.get(bay.pk, 0)
        loads.append(BayLoad(bay.pk, bay_name(bay), taken, taken / hours.length if hours else None))
    return [*loads, BayLoad(0, "", minutes[0], None)] if minutes.get(0) else loads


def expected_of(vehicle_id: int | None, customer_id: int | None, on: date) -> Appointment | None:
    """Return the next appointment still to come of the vehicle, or of the customer where none names a vehicle."""
    owner = Q(customer_id=customer_id, vehicle=None) if customer_id else Q()
    mine = Q(vehicle_id=vehicle_id) | owner if vehicle_id else owner
    if not mine:
        return None
    rows = Appointment.objects.filter(mine, status__in=EXPECTED, starts_on__gte=on)
    return rows.order_by("starts_at", "pk").first()


def arrivals_by_advisor(branch_id: int, hour: datetime) -> dict[int, int]:
    """Return how many cars each advisor of the branch receives in the hour that begins at `hour`."""
    rows = (
        Appointment.objects.filter(
            branch_id=branch_id,
            status__in=OCCUPYING,
            starts_at__gte=hour,
            starts_at__lt=hour + timedelta(hours=1),
            advisor__isnull=False,
        )
        .values_list("advisor_id")
        .annotate(cars=Count("pk"))
    )
    return {advisor_id: cars for advisor_id, cars in rows if advisor_id is not None}


def booked_hours(branch_id: int, since: date, until: date) -> Decimal:
    """Return the labour hours booked at the branch on the days since..until."""
    rows = Appointment.objects.filter(branch_id=branch_id, starts_on__range=(since, until), status__in=OCCUPYING)
    return rows.aggregate(hours=Sum(F("labour_hours")))["hours"] or Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A repair order in a history. `amount` is what the customer and the insurer pay, VAT included."""

    id: int
    number: str
    opened_on: date
    closed_on: date | None
    kind: str
    status: str
    car: str
    branch: str
    advisor: str
    mileage_km: int | None
    amount: Decimal


def orders_of(customer_id: int, *, actor: Actor, limit: int) -> list[OrderRow]:
    """Return the customer's latest orders first; of another branch's none is shown."""
    found = RepairOrder.objects.filter(customer_id=customer_id)
    if actor.branch_ids is not None:
        found = found.filter(branch_id__in=actor.branch_ids)
    found = with_totals(found.select_related("vehicle", "branch", "advisor"))
    return [_order_row(order) for order in found.order_by("-opened_on", "-pk")[:limit]]


def with_totals(orders: QuerySet[RepairOrder]) -> QuerySet[Any]:
    """Give each order its `total`: its own amount, else the lines that the customer and the insurer pay."""
    paid_by_him = Q(lines__declined=False) & (
        Q(lines__payer__in=[LinePayer.CUSTOMER, LinePayer.INSURER])
        | Q(lines__payer="") & ~Q(kind__in=[OrderKind.WARRANTY, OrderKind.INTERNAL])
    )
    lines = Coalesce(Sum("lines__amount", filter=paid_by_him), Decimal(0))
    return orders.annotate(total=Coalesce("amount", lines))


def _order_row(order: Any) -> OrderRow:  # noqa: ANN401 - a RepairOrder with its total
    return OrderRow(
        id=order.pk,
        number=order.external_id or str(order.pk),
        opened_on=order.opened_on,
        closed_on=order.closed_on,
        kind=order.kind,
        status=order.status,
        car=str(order.vehicle) if order.vehicle else "",
        branch=order.branch.name if order.branch else "",
        advisor=order.advisor.name if order.advisor else "",
        mileage_km=order.mileage_km,
        amount=order.total,
    )


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
    return [
        AppointmentRow(
            id=row.pk,
            starts_at=row.starts_at.astimezone(ZoneInfo(row.branch.timezone)) if row.branch else row.starts_at,
            branch=row.branch.name if row.branch else "",
            car=str(row.vehicle) if row.vehicle else "",
            status=row.status,
            note=row.note,
        )
        for row in found.select_related("branch", "vehicle").order_by("-starts_at", "-pk")[:limit]
    ]


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
    counted = Q(appointment__starts_on=on, appointment__status__in=OCCUPYING)
    branches = branches_visible_to(actor).annotate(
        appointments=Count("appointment", filter=counted),
        hours=Coalesce(Sum("appointment__labour_hours", filter=counted), Decimal(0)),
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


def local_today(branch: Branch, now: datetime) -> date:
    return now.astimezone(ZoneInfo(branch.timezone)).date()
