"""Capacity of a workshop: opening hours, slots, free places, states of an appointment.

Times that come in and go out are aware; what is open is read from the branch's own wall clock.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from zoneinfo import ZoneInfo

from vernost.core.calendar import ProductionCalendar
from vernost.core.errors import DomainError
from vernost.core.i18n import _

DAY_MINUTES = 24 * 60
SLOT_MINUTES = 60
HOLD = timedelta(minutes=3)
# A workshop plans by quarters of an hour, and no visit is shorter than two of them.
STEP_MINUTES = 15
SHORTEST_MINUTES = 30
# An appointment of the source system that says neither its end nor its hours.
UNKNOWN_LENGTH = timedelta(hours=1)
# An advisor needs twenty minutes to receive a car.
RECEPTIONS_PER_HOUR = 3
# Nobody is recommended to come sooner than this.
NOTICE = timedelta(hours=2)
RECOMMENDED_SLOTS = 3

# What the kinds of orders are called.
ORDER_STATUSES: Mapping[str, str] = {"open": _("Open"), "closed": _("Closed"), "cancelled": _("Cancelled")}
APPOINTMENT_STATUSES: Mapping[str, str] = {
    "held": _("Being booked"),
    "booked": _("Booked"),
    "confirmed": _("Confirmed"),
    "arrived": _("Arrived"),
    "no_show": _("Did not come"),
    "cancelled": _("Cancelled"),
}
ORDER_KINDS: Mapping[str, str] = {
    "maintenance": _("Maintenance"),
    "repair": _("Repair"),
    "body": _("Body work"),
    "warranty": _("Warranty"),
    "internal": _("Internal"),
    "presale": _("Pre-sale"),
    "tyres": _("Tyres"),
    "accessories": _("Accessories"),
}
# Those of visits.
COUNTED_KINDS: Mapping[str, str] = {
    kind: title for kind, title in ORDER_KINDS.items() if kind not in {"internal", "presale"}
}
# Categories of works that most workshops name alike; any other is shown as it came.
CATEGORIES: Mapping[str, str] = {
    "maintenance": _("Maintenance"),
    "oil_service": _("Oil and filters"),
    "tyres": _("Tyres"),
    "brakes": _("Brakes"),
    "suspension": _("Suspension"),
    "engine": _("Engine"),
    "ignition": _("Ignition"),
    "transmission": _("Transmission"),
    "electrics": _("Electrics"),
    "battery": _("Battery"),
    "air_conditioning": _("Air conditioning"),
    "body": _("Body work"),
    "diagnostics": _("Diagnostics"),
    "accessories": _("Accessories"),
    "wash": _("Wash"),
    "warranty": _("Warranty"),
    "internal": _("Internal"),
}

# Which status of an appointment may follow which. Back to `booked` or `confirmed` is the undoing of a click.
STATUS_CHANGES: dict[str, frozenset[str]] = {
    "held": frozenset({"booked", "cancelled"}),
    "booked": frozenset({"confirmed", "arrived", "no_show", "cancelled"}),
    "confirmed": frozenset({"booked", "arrived", "no_show", "cancelled"}),
    "arrived": frozenset({"booked", "confirmed"}),
    "no_show": frozenset({"booked", "confirmed", "arrived"}),
    "cancelled": frozenset({"booked", "confirmed"}),
}


class SlotPassed(DomainError):
    code = "slot_passed"
    text = _("This time has already passed")


class BranchClosed(DomainError):
    code = "branch_closed"
    text = _("The branch is closed at this time")


class WorkTooLong(DomainError):
    code = "work_too_long"
    text = _("The work takes %(minutes)s min and would not be finished by closing")


class NoPlaceLeft(DomainError):
    code = "no_place_left"
    text = _("The last place at this time has just been taken: choose another one")


class ReceptionFull(DomainError):
    code = "reception_full"
    text = _("The advisors are all busy with other customers in this hour: choose another one")


class StatusChangeRefused(DomainError):
    code = "status_change_refused"
    text = _("An appointment cannot go from “%(before)s” to “%(after)s”")
    titles = APPOINTMENT_STATUSES


@dataclass(frozen=True, slots=True)
class Hours:
    """Open from and to on a day, in minutes after midnight; `closes` 1440 is midnight at its end."""

    opens: int
    closes: int

    @property
    def length(self) -> int:
        return self.closes - self.opens


# What a branch without hours of its own keeps to.
DEFAULT_HOURS = Hours(9 * 60, 20 * 60)


def hours_between(open_at: time | None, close_at: time | None) -> Hours | None:
    """None where a border is unknown; a closing time that is not after the opening one is midnight."""
    if open_at is None or close_at is None:
        return None
    opens, closes = _minutes(open_at), _minutes(close_at)
    return Hours(opens, closes if closes > opens else DAY_MINUTES)


@dataclass(frozen=True, slots=True)
class Place:
    """A bay: the order kinds it takes, empty for all."""

    bay_id: int
    skills: frozenset[str] = frozenset()

    def takes(self, kind: str) -> bool:
        return not kind or not self.skills or kind in self.skills


@dataclass(frozen=True, slots=True)
class Busy:
    """Something that takes a place; `bay_id` None (an imported appointment) takes any one."""

    starts_at: datetime
    ends_at: datetime
    bay_id: int | None = None


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a branch can do. No places: no limit but the hours. `advisors` 0: unknown, no limit."""

    zone: ZoneInfo
    hours: Hours | None
    calendar: ProductionCalendar
    exceptions: Mapping[date, Hours | None] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    advisors: int = 0

    def hours_on(self, day: date) -> Hours | None:
        """The branch's own day goes first; a public holiday is closed, a weekend is not."""
        if day in self.exceptions:
            return self.exceptions[day]
        if self.calendar.day_type(day) == "holiday":
            return None
        return self.hours or DEFAULT_HOURS

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class Visit:
    """What is to be booked: its kind of work (empty: any bay) and how long a bay is taken."""

    length: timedelta
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A start in the grid. `free` None: no limit; 0: full, closed or passed. `load`: taken share of the places."""

    starts_at: datetime
    free: int | None
    load: float = 0.0


def length_of(labour_hours: Decimal | None) -> timedelta:
    """Hours of labour rounded up to a quarter of an hour; unknown is one hour, half an hour at least."""
    if labour_hours is None:
        return UNKNOWN_LENGTH
    steps = (labour_hours * 60 / STEP_MINUTES).to_integral_value(ROUND_CEILING)
    return timedelta(minutes=max(int(steps) * STEP_MINUTES, SHORTEST_MINUTES))


def starts_of(workshop: Workshop, day: date) -> list[datetime]:
    """Return every start of the day's grid that exists on the branch's clock, in order."""
    hours = workshop.hours_on(day)
    if hours is None:
        return []
    first = -(-hours.opens // SLOT_MINUTES) * SLOT_MINUTES
    candidates = {hours.opens, *range(first, hours.closes, SLOT_MINUTES)}
    return [start for minute in sorted(candidates) if (start := wall_clock(day, minute, workshop.zone))]


def wall_clock(day: date, minute: int, zone: ZoneInfo) -> datetime | None:
    """Return the instant of a minute of the day, None where the clock is put forward over it."""
    midnight = datetime.combine(day + timedelta(days=minute // DAY_MINUTES), time.min)
    local = (midnight + timedelta(minutes=minute % DAY_MINUTES)).replace(tzinfo=zone)
    instant = local.astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def end_of(workshop: Workshop, starts_at: datetime, visit: Visit) -> datetime:
    """Return when the bay is free again; raise where the branch is closed or would close before.

    A work longer than the branch's day starts at the opening and takes the bay until the closing.
    """
    local = workshop.local(starts_at)
    hours = workshop.hours_on(local.date())
    start_minute = _minutes(local.timetz())
    if hours is None or not hours.opens <= start_minute < hours.closes:
        raise BranchClosed
    closes_at = wall_clock(local.date(), hours.closes, workshop.zone)
    ends_at = starts_at + visit.length
    if closes_at is None or ends_at <= closes_at:
        return ends_at
    if visit.length > timedelta(minutes=hours.length) and start_minute == hours.opens:
        return closes_at
    raise WorkTooLong(minutes=int(visit.length.total_seconds() // 60))


def free_bays(workshop: Workshop, busy: Iterable[Busy], starts_at: datetime, ends_at: datetime, kind: str) -> list[int]:
    """Return the bays that can take the whole visit, best first; empty when the places are spoken for.

    Appointments without a bay may sit in any, so at no moment may bays and they together exceed the places.
    """
    able = [place for place in workshop.places if place.takes(kind)]
    during = [item for item in busy if item.starts_at < ends_at and starts_at < item.ends_at]
    taken = {item.bay_id for item in during}
    whole = [place for place in able if place.bay_id not in taken]
    ids = {place.bay_id for place in able}
    floating = [item for item in during if item.bay_id is None or item.bay_id in ids]
    spare = min(len(whole), len(able) - _most_at_once(floating, starts_at, ends_at))
    # A bay with many skills is kept for the work that needs it.
    order = sorted(whole, key=lambda place: (not place.skills, len(place.skills), place.bay_id))
    return [place.bay_id for place in order[: max(spare, 0)]]


def receptions_left(workshop: Workshop, busy: Iterable[Busy], starts_at: datetime) -> int | None:
    """Return how many more cars the advisors can receive in the hour of the start; None: no limit."""
    if not workshop.advisors:
        return None
    hour = workshop.local(starts_at).replace(minute=0, second=0, microsecond=0)
    arrivals = sum(hour <= workshop.local(item.starts_at) < hour + timedelta(hours=1) for item in busy)
    return max(workshop.advisors * RECEPTIONS_PER_HOUR - arrivals, 0)


def admit(
    workshop: Workshop, busy: Sequence[Busy], starts_at: datetime, visit: Visit, now: datetime
) -> tuple[datetime, int | None]:
    """Return the end and the bay (None: the branch has none) of a visit, or raise why it cannot be booked."""
    # A customer at the desk is written down for the hour that has just begun.
    if starts_at < now - timedelta(minutes=SLOT_MINUTES):
        raise SlotPassed
    ends_at = end_of(workshop, starts_at, visit)
    if receptions_left(workshop, busy, starts_at) == 0:
        raise ReceptionFull
    if not workshop.places:
        return ends_at, None
    bays = free_bays(workshop, busy, starts_at, ends_at, visit.kind)
    if not bays:
        raise NoPlaceLeft
    return ends_at, bays[0]


def slots_of(workshop: Workshop, busy: Sequence[Busy], day: date, visit: Visit, earliest: datetime) -> list[Slot]:
    """Return the day's grid, each start with its free places; a start before `earliest` has passed."""
    starts = starts_of(workshop, day)
    if not starts:
        return []
    border = timedelta(days=1)
    near = [item for item in busy if item.starts_at < starts[-1] + border and item.ends_at > starts[0]]
    return [_slot(workshop, near, start, visit, earliest) for start in starts]


def recommended(days: Mapping[date, Sequence[Slot]], now: datetime) -> list[datetime]:
    """Return the starts that even the load out: the emptiest hour of each of the emptiest days, the sooner first.

    A last place is not recommended while there are others.
    """
    roomy = {day: _worth_naming(slots, now) for day, slots in days.items()}
    load = {day: sum(slot.load for slot in slots) / len(slots) for day, slots in days.items() if slots}
    emptiest = sorted((load[day], day) for day in roomy if roomy[day])[:RECOMMENDED_SLOTS]
    best = [min(roomy[day], key=lambda slot: (slot.load, slot.starts_at)).starts_at for _load, day in emptiest]
    return sorted(best)


def check_change(before: str, after: str) -> None:
    if after not in STATUS_CHANGES[before]:
        raise StatusChangeRefused(before=before, after=after)


def _worth_naming(slots: Iterable[Slot], now: datetime) -> list[Slot]:
    open_slots = [slot for slot in slots if slot.free != 0 and slot.starts_at >= now + NOTICE]
    return [slot for slot in open_slots if slot.free != 1] or open_slots


def _slot(workshop: Workshop, busy: Sequence[Busy], start: datetime, visit: Visit, earliest: datetime) -> Slot:
    load = _load(workshop, busy, start)
    if start < earliest:
        return Slot(start, 0, load)
    try:
        ends_at = end_of(workshop, start, visit)
    except (BranchClosed, WorkTooLong):
        return Slot(start, 0, load)
    left = receptions_left(workshop, busy, start)
    if not workshop.places:
        return Slot(start, left, load)
    free = len(free_bays(workshop, busy, start, ends_at, visit.kind))
    return Slot(start, free if left is None else min(free, left), load)


def _load(workshop: Workshop, busy: Iterable[Busy], start: datetime) -> float:
    end = start + timedelta(minutes=SLOT_MINUTES)
    taken = sum(item.starts_at < end and start < item.ends_at for item in busy)
    return taken / len(workshop.places) if workshop.places else float(taken)


def _most_at_once(items: Iterable[Busy], since: datetime, until: datetime) -> int:
    most = current = 0
    for _moment, step in sorted(_borders(items, since, until)):
        current += step
        most = max(most, current)
    return most


def _borders(items: Iterable[Busy], since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    # The end sorts before a start of the same moment: back to back is no overlap.
    for item in items:
        yield max(item.starts_at, since), 1
        yield min(item.ends_at, until), -1


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
