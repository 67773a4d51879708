"""Writes of the workshop: slots kept and booked, what becomes of an appointment.

Who books holds the branch's row (READ COMMITTED), so free places are counted by one at a time; the
exclusion constraint guards each bay even from writes that do not come this way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, OperationalError, transaction
from psycopg.errors import DeadlockDetected, ExclusionViolation

from vernost.accounts.models import Branch, Employee, EmployeeRole
from vernost.accounts.operations import record_change
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.events import publish
from vernost.core.i18n import _
from vernost.core.live import announce
from vernost.core.wall import whole_group_rows
from vernost.customers.models import Customer
from vernost.workshop import events, queries, rules
from vernost.workshop.models import OCCUPYING, Appointment, AppointmentStatus, Bay
from vernost.workshop.rules import Visit

_S = AppointmentStatus


class RequestKeyReused(DomainError):
    code = "request_key_reused"
    text = _("This request was already used for another booking: open the page again")


class VehicleAlreadyBooked(DomainError):
    code = "vehicle_already_booked"
    text = _("This car is already booked at this time")


class TooEarly(DomainError):
    code = "too_early"
    text = _("It is too early for this: the appointment is on %(on)s")


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be booked. `kind` chooses the bay, empty takes any; works as {code, name, hours, amount}."""

    branch_id: int
    starts_at: datetime
    customer_id: int | None
    vehicle_id: int | None
    labour_hours: Decimal | None
    kind: str = ""
    works: Sequence[Mapping[str, Any]] = ()
    note: str = ""
    advisor_id: int | None = None

    @property
    def visit(self) -> Visit:
        return Visit(rules.length_of(self.labour_hours), self.kind)


def lock_branch(branch_id: int, actor: Actor) -> Branch:
    """Let one booking of the branch count its places at a time; another branch's id is as good as none."""
    if not actor.sees_branch(branch_id):
        raise Branch.DoesNotExist
    branch = Branch.objects.select_for_update(no_key=True).get(pk=branch_id)
    _ensure_bays(branch)
    return branch


@transaction.atomic
def ensure_bays() -> None:
    """Write down the bays that branches are said to have."""
    for branch in Branch.objects.filter(bays__isnull=False).select_for_update(no_key=True).order_by("pk"):
        _ensure_bays(branch)


def _ensure_bays(branch: Branch) -> None:
    if branch.bays is None:
        return
    known = {bay.number: bay for bay in Bay.objects.filter(branch=branch)}
    missing = [number for number in range(1, branch.bays + 1) if number not in known]
    Bay.objects.bulk_create([Bay(branch=branch, number=number) for number in missing])
    for number, bay in known.items():
        if bay.active != (number <= branch.bays):
            bay.active = not bay.active
            bay.save(update_fields=["active"])


@transaction.atomic
def hold(*, booking: Booking, actor: Actor, now: datetime) -> Appointment:
    """Keep a slot for three minutes; the asker's earlier hold is let go."""
    branch = lock_branch(booking.branch_id, actor)
    _drop_holds(branch.pk, actor, now)
    until = now + rules.HOLD
    return _place(branch, booking, actor, now, {"status": _S.HELD, "held_until": until, "advisor_id": None})


# A hold is its asker's, in whatever branch he asked for it last.
@whole_group_rows()
@transaction.atomic
def release_hold(*, actor: Actor) -> None:
    held = Appointment.objects.filter(status=_S.HELD, booked_by_id=actor.user_id)
    branch_ids = set(held.values_list("branch_id", flat=True))
    held.delete()
    for branch_id in branch_ids:
        announce(f"branch-{branch_id}")


@transaction.atomic
def drop_ended_holds(*, now: datetime) -> int:
    ended = Appointment.objects.filter(status=_S.HELD, held_until__lte=now)
    branch_ids = set(ended.values_list("branch_id", flat=True))
    deleted, _by_model = ended.delete()
    for branch_id in branch_ids:
        announce(f"branch-{branch_id}")
    return deleted


@transaction.atomic
def book(*, booking: Booking, key: UUID, actor: Actor, now: datetime) -> Appointment:
    """Book a slot; the same key again returns the same appointment. The asker's hold makes room for it."""
    branch = lock_branch(booking.branch_id, actor)
    if known := _known(key):
        return _same(known, booking)
    _drop_holds(branch.pk, actor, now)
    advisor_id = booking.advisor_id or _least_busy_advisor(branch, booking)
    extra = {"status": _S.BOOKED, "request_key": key, "advisor_id": advisor_id}
    appointment = _place(branch, booking, actor, now, extra)
    _journal(appointment, "booked", {"starts_at": [None, appointment.starts_at.isoformat()]}, actor, now)
    publish(events.AppointmentBooked(appointment.pk))
    return appointment


# A key that was used for another branch is used all the same.
@whole_group_rows()
def _known(key: UUID) -> Appointment | None:
    return Appointment.objects.filter(request_key=key).first()


def _same(known: Appointment, booking: Booking) -> Appointment:
    asked = (booking.branch_id, booking.starts_at, booking.customer_id, booking.vehicle_id)
    if asked != (known.branch_id, known.starts_at, known.customer_id, known.vehicle_id):
        raise RequestKeyReused
    return known


def _drop_holds(branch_id: int, actor: Actor, now: datetime) -> None:
    held = Appointment.objects.filter(status=_S.HELD)
    held.filter(branch_id=branch_id, held_until__lte=now).delete()
    if actor.user_id is not None:
        release_hold(actor=actor)


def _place(branch: Branch, booking: Booking, actor: Actor, now: datetime, extra: Mapping[str, Any]) -> Appointment:
    ends_at, bay_id = _admit(branch, booking, now)
    appointment = Appointment(
        branch=branch,
        customer_id=booking.customer_id,
        vehicle_id=booking.vehicle_id,
        bay_id=bay_id,
        starts_at=booking.starts_at,
        ends_at=ends_at,
        starts_on=local_day(branch, booking.starts_at),
        booked_on=local_day(branch, now),
        labour_hours=booking.labour_hours,
        works=list(booking.works),
        note=booking.note,
        kind=booking.kind,
        booked_by_id=actor.user_id,
        **extra,
    )
    _insert(appointment)
    announce(f"branch-{branch.pk}")
    return appointment


def local_day(branch: Branch, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(branch.timezone)).date()


def _admit(
    branch: Branch, booking: Booking, now: datetime, *, without: Sequence[int] = ()
) -> tuple[datetime, int | None]:
    on = local_day(branch, booking.starts_at)
    workshop = queries.workshop_of(branch, on, on)
    start, end = queries.day_window(workshop.zone, on, on)
    busy = queries.busy_between(branch.pk, start, end, now, without=without)
    ends_at, bay_id = rules.admit(workshop, busy, booking.starts_at, booking.visit, now)
    _check_vehicle_is_free(booking, ends_at, without)
    return ends_at, bay_id


# A car cannot be in two branches at once.
@whole_group_rows()
def _check_vehicle_is_free(booking: Booking, ends_at: datetime, without: Sequence[int]) -> None:
    if booking.vehicle_id is None:
        return
    same_car = Appointment.objects.filter(vehicle_id=booking.vehicle_id, status__in=queries.EXPECTED)
    if same_car.filter(starts_at__lt=ends_at, ends_at__gt=booking.starts_at).exclude(pk__in=without).exists():
        raise VehicleAlreadyBooked


def _insert(appointment: Appointment) -> None:
    try:
        with transaction.atomic():
            appointment.save()
    except (IntegrityError, OperationalError) as error:
        # Two inserts of the same moment that both passed the lock by: PostgreSQL ends one as a deadlock.
        if isinstance(error.__cause__, ExclusionViolation | DeadlockDetected):
            raise rules.NoPlaceLeft from error
        raise


def _least_busy_advisor(branch: Branch, booking: Booking) -> int | None:
    """The customer's own advisor while he has time in that hour, else who has the fewest arrivals."""
    advisors = list(
        Employee.objects.filter(branch=branch, role=EmployeeRole.ADVISOR).order_by("pk").values_list("pk", flat=True)
    )
    if not advisors:
        return None
    hour = booking.starts_at.replace(minute=0, second=0, microsecond=0)
    arrivals = queries.arrivals_by_advisor(branch.pk, hour)
    own = _own_advisor(booking.customer_id)
    if own in advisors and arrivals.get(own or 0, 0) < rules.RECEPTIONS_PER_HOUR:
        return own
    return min(advisors, key=lambda advisor_id: (arrivals.get(advisor_id, 0), advisor_id))


def _own_advisor(customer_id: int | None) -> int | None:
    if customer_id is None:
        return None
    return Customer.objects.filter(pk=customer_id).values_list("advisor_id", flat=True).first()


@transaction.atomic
def move(*, appointment_id: int, branch_id: int, starts_at: datetime, actor: Actor, now: datetime) -> Appointment:
    """Give an appointment another time (and branch); a confirmed one has to be confirmed again."""
    branch = lock_branch(branch_id, actor)
    appointment = _locked(appointment_id, actor)
    if appointment.status not in queries.EXPECTED:
        raise rules.StatusChangeRefused(before=appointment.status, after=_S.BOOKED.value)
    before = {"starts_at": appointment.starts_at.isoformat(), "branch_id": appointment.branch_id}
    booking = Booking(
        branch_id=branch_id,
        starts_at=starts_at,
        customer_id=appointment.customer_id,
        vehicle_id=appointment.vehicle_id,
        labour_hours=appointment.labour_hours,
        kind=appointment.kind,
    )
    ends_at, bay_id = _admit(branch, booking, now, without=[appointment.pk])
    if branch_id != appointment.branch_id:
        announce(f"branch-{appointment.branch_id}")
        appointment.advisor_id = _least_busy_advisor(branch, booking)
    appointment.branch, appointment.bay_id = branch, bay_id
    appointment.starts_at, appointment.ends_at = starts_at, ends_at
    appointment.starts_on = local_day(branch, starts_at)
    appointment.status = _S.BOOKED
    _insert(appointment)
    after = {"starts_at": starts_at.isoformat(), "branch_id": branch_id}
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    _journal(appointment, "moved", changed, actor, now)
    announce(f"branch-{branch_id}")
    publish(events.AppointmentMoved(appointment.pk))
    return appointment


@transaction.atomic
def confirm(*, appointment_id: int, actor: Actor, now: datetime) -> Appointment:
    appointment = _change(appointment_id, _S.CONFIRMED, actor, now)
    publish(events.AppointmentConfirmed(appointment.pk))
    return appointment


@transaction.atomic
def cancel(*, appointment_id: int, actor: Actor, now: datetime) -> Appointment:
    appointment = _change(appointment_id, _S.CANCELLED, actor, now)
    publish(events.AppointmentCancelled(appointment.pk))
    return appointment


@transaction.atomic
def arrive(*, appointment_id: int, actor: Actor, now: datetime) -> Appointment:
    """Record that the customer is here: on the day or after it, never before."""
    appointment = _change(appointment_id, _S.ARRIVED, actor, now)
    if appointment.starts_on > _today_at(appointment, now):
        raise TooEarly(on=appointment.starts_on)
    publish(events.AppointmentArrived(appointment.pk))
    return appointment


@transaction.atomic
def miss(*, appointment_id: int, actor: Actor, now: datetime) -> Appointment:
    """Record a no-show, from the booked minute on."""
    appointment = _change(appointment_id, _S.NO_SHOW, actor, now)
    if appointment.starts_at > now:
        raise TooEarly(on=appointment.starts_on)
    publish(events.AppointmentMissed(appointment.pk))
    return appointment


@transaction.atomic
def restore(*, appointment_id: int, actor: Actor, now: datetime) -> Appointment:
    """Take back an arrival, a no-show or a cancellation; what gave its place away needs it to be free."""
    found = queries.visible_to(actor).get(pk=appointment_id)
    if found.branch_id is not None:
        lock_branch(found.branch_id, actor)
    appointment = _locked(appointment_id, actor)
    rules.check_change(appointment.status, _S.BOOKED)
    if appointment.status not in OCCUPYING and appointment.starts_at > now and appointment.branch:
        _take_place_again(appointment, now)
    elif appointment.status not in OCCUPYING:
        # Its time has passed: the bay is history that another visit may have used.
        appointment.bay_id = None
    _journal(appointment, "restored", {"status": [appointment.status, _S.BOOKED.value]}, actor, now)
    appointment.status = _S.BOOKED
    _insert(appointment)
    announce(f"branch-{appointment.branch_id}")
    publish(events.AppointmentBooked(appointment.pk))
    return appointment


def _take_place_again(appointment: Appointment, now: datetime) -> None:
    if appointment.branch is None:
        return
    booking = Booking(
        branch_id=appointment.branch.pk,
        starts_at=appointment.starts_at,
        customer_id=appointment.customer_id,
        vehicle_id=appointment.vehicle_id,
        labour_hours=appointment.labour_hours,
        kind=appointment.kind,
    )
    appointment.ends_at, appointment.bay_id = _admit(appointment.branch, booking, now, without=[appointment.pk])


def _locked(appointment_id: int, actor: Actor) -> Appointment:
    return queries.visible_to(actor).select_for_update(of=("self",)).select_related("branch").get(pk=appointment_id)


def _change(appointment_id: int, status: AppointmentStatus, actor: Actor, now: datetime) -> Appointment:
    appointment = _locked(appointment_id, actor)
    rules.check_change(appointment.status, status)
    _journal(appointment, str(status), {"status": [appointment.status, status.value]}, actor, now)
    appointment.status = status
    appointment.save(update_fields=["status"])
    announce(f"branch-{appointment.branch_id}")
    return appointment


def _today_at(appointment: Appointment, now: datetime) -> date:
    # An appointment without a branch is reckoned a day ahead: somewhere it is that day already.
    return local_day(appointment.branch, now) if appointment.branch else (now + timedelta(days=1)).date()


def _journal(appointment: Appointment, action: str, fields: dict[str, list[Any]], actor: Actor, now: datetime) -> None:
    record_change(subject="appointment", subject_id=appointment.pk, action=action, fields=fields, actor=actor, now=now)
