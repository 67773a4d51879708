"""The room of branches: what is left of daily limits and of the weeks' hours, and who no longer fits in.

Hours are compared as whole numbers: an hour is 600 000 units (hundredths of an hour x per cent x 60).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from vernost.invitations import kernels
from vernost.invitations.rules import suppression
from vernost.invitations.rules.expressions import or_false
from vernost.invitations.rules.known import Known
from vernost.invitations.rules.programme import ProgrammeRule

# A visit whose hours no plan tells takes one.
UNKNOWN_HUNDREDTHS = 100
DAY_MINUTES = 1440
WEEK = timedelta(days=7)
# A due date this near, or passed, doubles the value.
NEAR = timedelta(days=7)
_TAKING_PLACE = ["booked", "confirmed", "arrived"]

BranchDays = Mapping[tuple[int, date], int]
"""Minutes that a branch is open on a day which differs from its usual hours: by branch and day."""


@dataclass(frozen=True)
class Room:
    """What is left before the night: by branch (pairs a day), and by branch and week (units of hours)."""

    daily: Mapping[int, int]
    weekly: Mapping[tuple[int, date], int]

    @property
    def is_endless(self) -> bool:
        return not self.daily and not self.weekly


def due_week(rows: Table, known: Known) -> ibis.Value:
    """Return the Monday of the week of the later of the due date and tomorrow."""
    tomorrow = ibis.date(known.as_of + timedelta(days=1))
    return ibis.greatest(rows.due_on, tomorrow).truncate("W").cast("date")


def plan_hours(known: Known) -> Table:
    """vehicle_id, hundredths of an hour of its maintenance plan."""
    cars = known.cars
    return cars.filter(cars.labour_hundredths.notnull()).select(planned_id="vehicle_id", hundredths="labour_hundredths")


def room(known: Known, weeks: Sequence[date], branch_days: BranchDays) -> Room:
    """Return the room of the branches that have limits, in the weeks asked for."""
    branches = known.table("branches").to_pyarrow().to_pylist()
    daily = {row["branch_id"]: row["daily_limit"] for row in branches if row["daily_limit"] is not None}
    limited = {row["branch_id"]: row for row in branches if _has_hours(row)}
    if not limited or not weeks:
        return Room(daily, {})
    taken = _taken(known, weeks)
    weekly = {}
    for branch_id, row in limited.items():
        for monday in weeks:
            minutes = sum(_minutes(row, monday + timedelta(days=day), branch_days) for day in range(7))
            whole = 100 * known.settings.full_percent * row["bays"] * minutes
            weekly[branch_id, monday] = whole - taken.get((branch_id, monday), 0)
    return Room(daily, weekly)


def _has_hours(branch: Mapping[str, Any]) -> bool:
    return bool(branch["bays"]) and branch["open_minute"] is not None and branch["close_minute"] is not None


def _minutes(branch: Mapping[str, Any], day: date, branch_days: BranchDays) -> int:
    own = branch_days.get((branch["branch_id"], day))
    if own is not None:
        return own
    # A closing time that is not after the opening one is midnight.
    closes = branch["close_minute"] if branch["close_minute"] > branch["open_minute"] else DAY_MINUTES
    return int(closes - branch["open_minute"])


def _taken(known: Known, weeks: Sequence[date]) -> dict[tuple[int, date], int]:
    """Return the units of hours already taken: booked, and expected of the invitations that stand open."""
    units = _booked(known, weeks).union(_expected(known))
    total = units.group_by("branch_id", "week").aggregate(units=units.units.sum().cast("int64"))
    return {(row["branch_id"], row["week"]): row["units"] for row in total.to_pyarrow().to_pylist()}


def _booked(known: Known, weeks: Sequence[date]) -> Table:
    booked = known.table("appointments")
    booked = booked.filter(
        booked.branch_id.notnull(),
        booked.status.isin(_TAKING_PLACE),
        booked.booked_on.isnull() | (booked.booked_on <= known.as_of),
        booked.starts_on.between(min(weeks), max(weeks) + WEEK - timedelta(days=1)),
    )
    hundredths = booked.labour_hundredths.fill_null(UNKNOWN_HUNDREDTHS).cast("int64")
    return booked.select("branch_id", week=booked.starts_on.truncate("W").cast("date"), units=hundredths * 100 * 60)


def _expected(known: Known) -> Table:
    """Units of the invitations of earlier nights that nobody has ended or booked up to the day."""
    standing = suppression.standing(known).filter(lambda made: made.branch_id.notnull())
    booked = known.table("appointments").select(booking_id="appointment_id", booked_on="booked_on")
    standing = standing.left_join(booked, [("appointment_id", "booking_id")])
    in_book = standing.booking_id.notnull() & (
        standing.booked_on.isnull() | or_false(standing.booked_on <= known.as_of)
    )
    standing = standing.filter(~in_book).left_join(plan_hours(known), [("vehicle_id", "planned_id")])
    return standing.select("branch_id", week=due_week(standing, known), units=_units(standing, known))


def _units(rows: Table, known: Known) -> ibis.Value:
    hundredths = rows.hundredths.fill_null(UNKNOWN_HUNDREDTHS).cast("int64")
    return hundredths * known.settings.booking_percent * 60


def over_capacity(survivors: Table, rules: Sequence[ProgrammeRule], known: Known, branch_days: BranchDays) -> Table:
    """Return `row` of the survivors that find no room, in the order of the queue.

    Survivors have row, vehicle_id, branch_id, place (of the programme), due_on, value, is_recall,
    customer_ref, vehicle_ref, settled, held_out, drawn and exempt_over_capacity.
    """
    rows = survivors.mutate(week=due_week(survivors, known))
    weeks = rows.select("week").distinct().order_by("week").to_pyarrow()["week"].to_pylist()
    left = room(known, weeks, branch_days)
    if left.is_endless and all(rule.daily_limit is None for rule in rules):
        return survivors.select("row").limit(0)
    queue = _in_order(rows, known).to_pyarrow()
    full = find_full(queue, rules, left)
    return ibis.memtable(pa.table({"row": queue["row"].filter(pa.array(full))}))


def _in_order(rows: Table, known: Known) -> Table:
    soon = rows.due_on <= known.as_of + NEAR
    weight = rows.value * ibis.ifelse(soon, 2, 1)
    rows = rows.left_join(plan_hours(known), [("vehicle_id", "planned_id")])
    standing = ibis.cases(
        (rows.settled & ~rows.held_out, kernels.HAS_ROOM),
        (rows.settled | rows.drawn, kernels.NEEDS_NONE),
        (rows.exempt_over_capacity, kernels.EXEMPT),
        (rows.held_out, kernels.HELD_OUT),
        else_=kernels.ORDINARY,
    )
    return rows.order_by(
        ibis.desc(rows.is_recall), ibis.desc(weight), rows.due_on, rows.customer_ref, rows.vehicle_ref, rows.place
    ).select(
        "row",
        "week",
        programme=rows.place.cast("int64"),
        branch=rows.branch_id.fill_null(kernels.NO_LIMIT),
        standing=standing.cast("int8"),
        units=_units(rows, known),
    )


def find_full(queue: pa.Table, rules: Sequence[ProgrammeRule], left: Room) -> np.ndarray[Any, Any]:
    """Tell who finds no room. `queue` in its order: week (its Monday), programme, branch, standing, units."""
    branch_ids, branch = np.unique(queue["branch"].to_numpy(), return_inverse=True)
    mondays, week = np.unique(queue["week"].cast(pa.int32()).to_numpy(), return_inverse=True)
    weekly = {(branch_id, _day_number(monday)): units for (branch_id, monday), units in left.weekly.items()}
    weeks_left = [weekly.get((branch_id, monday)) for branch_id in branch_ids.tolist() for monday in mondays.tolist()]
    week_place = branch * len(mondays) + week
    limited = np.array([units is not None for units in weeks_left], np.bool_)
    places = np.stack(
        (branch, queue["programme"].to_numpy(), np.where(limited[week_place], week_place, kernels.NO_LIMIT)), axis=1
    )
    full: np.ndarray[Any, Any] = kernels.over_capacity(
        queue["standing"].to_numpy(),
        places.astype(np.int64),
        queue["units"].to_numpy(),
        np.array([left.daily.get(branch_id, kernels.NO_LIMIT) for branch_id in branch_ids.tolist()], np.int64),
        np.array([_limit(rule.daily_limit) for rule in rules], np.int64),
        np.array([units or 0 for units in weeks_left], np.int64),
    )
    return full


def _limit(daily_limit: int | None) -> int:
    return kernels.NO_LIMIT if daily_limit is None else daily_limit


def _day_number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()
