"""The booking column: one week of a branch for a call, for a visit at the desk, or for moving an appointment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime

from vernost.accounts import queries as accounts
from vernost.accounts.models import Branch
from vernost.calls.queries import scope
from vernost.calls.queries.desk import week_of
from vernost.calls.queries.works import as_stored, chosen, works_of
from vernost.calls.rules.works import Work, total_hours
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.period import week_start
from vernost.core.prepared import Given, Prepared
from vernost.core.wall import whole_group_rows
from vernost.customers import queries as customers
from vernost.invitations.models import Invitation
from vernost.workshop import queries as workshop
from vernost.workshop.models import Appointment, AppointmentStatus, Bay, OrderKind
from vernost.workshop.operations import Booking
from vernost.workshop.queries import Cell, Week
from vernost.workshop.rules import Visit, length_of

USUAL_HOURS = Decimal(1)
HOURS_CHOICES = tuple(Decimal(text) for text in ("0.5", "1", "1.5", "2", "2.5", "3", "4", "6", "8"))
MOST_HOURS = Decimal(200)
WEEKS_AHEAD = 26
# An id is a bigint.
MOST_DIGITS = 18


class NoTimeMarked(DomainError):
    code = "no_time_marked"
    text = _("Mark a time above")


@dataclass(frozen=True, slots=True)
class Panel:
    """`mode`: call (of an invitation), visit (of a customer or a nameless one) or move (of an appointment).

    `names_a_time`: the page has sent a time that can be marked in it.
    `hours` follow the ticked works in a call, are chosen in a visit and kept in a move.
    """

    mode: str
    branches: Sequence[Branch]
    branch: Branch
    monday: date
    first_monday: date
    week: Week
    kind: str
    kinds: Sequence[str]
    hours: Decimal
    picked: Cell | None
    held: Appointment | None
    booked: Appointment | None
    key: UUID
    booking: Booking
    names_a_time: bool
    invitation: Invitation | None = None
    appointment: Appointment | None = None
    hours_choices: Sequence[Decimal] = field(default=HOURS_CHOICES)

    @property
    def booked_local(self) -> datetime | None:
        """The booked time on the clock of its branch."""
        if self.booked is None or self.booked.branch is None:
            return None
        return self.booked.starts_at.astimezone(ZoneInfo(self.booked.branch.timezone))

    @property
    def previous(self) -> date | None:
        return self.monday - timedelta(days=7) if self.monday > self.first_monday else None

    @property
    def following(self) -> date | None:
        last = self.first_monday + timedelta(weeks=WEEKS_AHEAD)
        return self.monday + timedelta(days=7) if self.monday < last else None

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the panel is about, as the request names it; a foreign id is as good as none (DoesNotExist)."""

    invitation: Invitation | None
    appointment: Appointment | None
    customer_id: int | None
    vehicle_id: int | None
    works: Sequence[Work]

    @property
    def mode(self) -> str:
        return "call" if self.invitation else "move" if self.appointment else "visit"


def panel(data: QueryDict, *, actor: Actor, now: datetime) -> Panel:
    asked = _asked(data, actor)
    branches = list(accounts.branches_visible_to(actor))
    branch = _branch(data, branches, asked)
    kinds = _kinds(branch)
    kind = data.get("kind", "") if data.get("kind", "") in kinds else ""
    hours = _hours(data, asked)
    first_monday = week_start(workshop.local_today(branch, now))
    monday = min(
        max(_monday(data, asked, now) or first_monday, first_monday), first_monday + timedelta(weeks=WEEKS_AHEAD)
    )
    held = _hold_of(actor, branch, now)
    week_of_branch = partial(
        workshop.week,
        branch=branch,
        visit=Visit(length_of(hours), kind),
        now=now,
        hold=held,
        at_the_desk=asked.mode == "visit" and actor.may("appointments.receive"),
    )
    week = week_of_branch(monday=monday)
    is_asked = held or asked.appointment or _named(data)
    if not is_asked and monday == first_monday and week.best is None:
        # The week is at its end: whoever comes next comes in the next one.
        monday += timedelta(days=7)
        week = week_of_branch(monday=monday)
    start = _start(data, now)
    picked = _picked(start, week, held)
    return Panel(
        mode=asked.mode,
        branches=branches,
        branch=branch,
        monday=monday,
        first_monday=first_monday,
        week=week,
        kind=kind,
        kinds=kinds,
        hours=hours,
        picked=picked,
        held=held,
        booked=_booked(asked),
        key=uuid4(),
        booking=Booking(
            branch_id=branch.pk,
            starts_at=start or now,
            customer_id=asked.customer_id,
            vehicle_id=asked.vehicle_id,
            labour_hours=hours,
            kind=kind,
            works=as_stored(asked.works),
            note=data.get("visit_note", "")[:1000],
        ),
        names_a_time=start is not None,
        invitation=asked.invitation,
        appointment=asked.appointment,
    )


def _of_invitation() -> QuerySet[Invitation]:
    rows = scope.within(Invitation.objects.filter(pk=Given("invitation", BigIntegerField())))
    return rows.select_related("branch", "appointment__branch", "programme", "vehicle")


_INVITATION = Prepared(_of_invitation)


# The call may have a time in another branch already.
@whole_group_rows()
def _asked(data: QueryDict, actor: Actor) -> Asked:
    if pk := _number(data, "invitation"):
        invitation = _INVITATION.first(invitation=pk, **scope.of(actor))
        if invitation is None:
            raise Invitation.DoesNotExist
        works = works_of(invitation)
        ticked = chosen(works, data.getlist("work")) if "works" in data else [work for work in works if work.ticked]
        return Asked(invitation, None, invitation.customer_id, invitation.vehicle_id, ticked)
    if pk := _number(data, "appointment"):
        appointment = workshop.visible_to(actor).select_related("branch", "customer", "vehicle").get(pk=pk)
        return Asked(None, appointment, appointment.customer_id, appointment.vehicle_id, ())
    customer_id, vehicle_id = _number(data, "customer"), _number(data, "vehicle")
    if customer_id is not None:
        customer = customers.visible_to(actor).get(pk=customer_id)
        owned = customer.ownerships.filter(owned_until=None, vehicle_id=vehicle_id or 0)
        return Asked(None, None, customer.pk, vehicle_id if owned.exists() else None, ())
    return Asked(None, None, None, None, ())


def _branch(data: QueryDict, branches: Sequence[Branch], asked: Asked) -> Branch:
    """The one that was chosen, else that of the invitation or the appointment, else the first one."""
    subject = asked.invitation or asked.appointment
    usual = subject.branch_id if subject else None
    wanted = _number(data, "branch") or usual
    found = next((branch for branch in branches if branch.pk == wanted), None)
    if found is not None:
        return found
    if not branches or data.get("branch"):
        raise Branch.DoesNotExist
    return branches[0]


def _kinds(branch: Branch) -> list[str]:
    """Return the kinds of work that some bay of the branch is made for; none: any bay takes anything."""
    skills = Bay.objects.filter(branch=branch, active=True).values_list("skills", flat=True)
    named = {kind for bay in skills for kind in bay}
    return [kind.value for kind in OrderKind if kind.value in named]


def _hours(data: QueryDict, asked: Asked) -> Decimal:
    if asked.invitation:
        return total_hours(asked.works) or USUAL_HOURS
    if asked.appointment:
        return asked.appointment.labour_hours or USUAL_HOURS
    try:
        hours = Decimal(data.get("hours", "") or USUAL_HOURS)
    except InvalidOperation:
        return USUAL_HOURS
    return hours if hours.is_finite() and 0 < hours <= MOST_HOURS else USUAL_HOURS


def _monday(data: QueryDict, asked: Asked, now: datetime) -> date | None:
    if named := _named(data):
        return week_start(named)
    if asked.invitation:
        return week_of(asked.invitation, now)
    return week_start(asked.appointment.starts_on) if asked.appointment else None


def _named(data: QueryDict) -> date | None:
    """Return a day of the week that the page has asked for."""
    return day_of(data.get("go", "")) or day_of(data.get("monday", ""))


def _hold_of(actor: Actor, branch: Branch, now: datetime) -> Appointment | None:
    held = Appointment.objects.filter(
        status=AppointmentStatus.HELD, booked_by_id=actor.user_id or 0, branch=branch, held_until__gt=now
    )
    return held.order_by("-pk").first()


def _picked(start: datetime | None, week: Week, held: Appointment | None) -> Cell | None:
    """The slot that is marked: the one held, the one chosen while it is free, else the recommended one."""
    named = held.starts_at if held else start
    cell = week.cell_at(named) if named else None
    return cell if cell and cell.is_open else week.best


def _start(data: QueryDict, now: datetime) -> datetime | None:
    try:
        moment = parse_datetime(data.get("starts_at", "").replace(" ", "+"))
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None:
        return None
    # A time that no week of the panel shows was never marked in it.
    return moment if abs(moment - now) < timedelta(weeks=WEEKS_AHEAD + 2) else None


def _booked(asked: Asked) -> Appointment | None:
    booked = asked.invitation.appointment if asked.invitation else None
    return booked if booked and booked.status in workshop.EXPECTED else None


def day_of(text: str) -> date | None:
    """Read a day of an address; what is none is passed over."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def _number(data: QueryDict, name: str) -> int | None:
    text = data.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None
