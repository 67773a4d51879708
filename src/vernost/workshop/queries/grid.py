"""A branch's week as the booking grid shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from vernost.accounts.models import Branch
from vernost.workshop import rules
from vernost.workshop.models import Appointment
from vernost.workshop.queries.capacity import busy_between, day_window, workshop_of
from vernost.workshop.rules import Slot, Visit, Workshop


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

    @property
    def has_room(self) -> bool:
        return any(cell and cell.is_open for _hour, cells in self.rows for cell in cells)

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
