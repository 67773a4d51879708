"""How far from the due date owners come: learned by asking past days and looking at what followed.

Described in docs/algorithms/due-range.md. `observe` asks one past day; `fit` turns the answers of many
into days around the due date, by stratum; `with_range` puts dates on due dates of today.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce

import ibis
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import BooleanValue, IntegerValue, Table
from numpy.typing import NDArray

from vernost.facts import due, maintenance, visits
from vernost.facts.engine import sample
from vernost.facts.facts import DUE_RANGES
from vernost.facts.maintenance import DEFAULT_RULES, MaintenanceRules

Numbers = NDArray[np.int64]

# Owners drive and come by the season: the past is asked on days of the same one.
YEARS_AGO = (timedelta(days=730), timedelta(days=1095))
AROUND = (timedelta(days=-30), timedelta(), timedelta(days=30))
FOLLOW_UP = timedelta(days=549)
"""Who has not come in a year and a half has not come."""

# Days from the as-of day to the due date; past the last border it is far ahead.
OVERDUE = (-730, -365, -270, -180, -120, -90, -60, -45, -30, -14, -7, 0)
AHEAD = (7, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365)
BORDERS = OVERDUE + AHEAD
# The days from the last maintenance to the kilometre mark, in percent of those to the end of the months:
# on which side of the due date the other limit is, and how near, says on which side owners may miss it.
SLACKS = (60, 80, 100, 130, 180)
READINGS = (1, 2, 3, 5, 8)
STRATUM = ("of_stage", "of_slack", "of_readings")
QUANTILES = (0.1, 0.5, 0.9)
# What a stratum says itself has the weight of its cases, what its whole stage says has this one.
STAGE_WEIGHT = 10
TOO_FEW = 60
# A stratum with too few cases asks the strata of so many stages on both sides.
NEAR = 3
# Eight of ten of so many cars are known well enough; a million would take a minute.
ENOUGH_VEHICLES = 30_000
KINDS = (len(SLACKS) + 1) * (len(READINGS) + 1)


@dataclass(frozen=True, slots=True)
class Observed:
    """Cars on a past day, a place each: their stratum, the due date and the visit that followed (-1: none)."""

    stage: Numbers
    slack: Numbers
    readings: Numbers
    due: Numbers
    visit: Numbers

    def kind(self) -> Numbers:
        """Return the number of the stratum within its stage, less than `KINDS`."""
        return self.slack * (len(READINGS) + 1) + self.readings

    def stratum(self) -> Numbers:
        return self.stage * KINDS + self.kind()

    def those(self, chosen: NDArray[np.bool_]) -> "Observed":
        return Observed(
            self.stage[chosen], self.slack[chosen], self.readings[chosen], self.due[chosen], self.visit[chosen]
        )


def calibration_day(con: Backend, as_of: date) -> date | None:
    """Return the day whose knowledge makes the ranges of `as_of`; None without any visit.

    The first of a month, so that ranges stand still for a month; not later than the data.
    """
    came = con.table("vehicle_visits")
    last = con.to_pyarrow(came.filter(came.on <= as_of).on.max()).as_py()
    return None if last is None else last.replace(day=1)


def asked_days(day: date) -> list[date]:
    """Return past days of the same season, the latest year first; the follow-up of each was over on `day`."""
    return [day - ago + days for ago in YEARS_AGO for days in AROUND]


def ranges(con: Backend, as_of: date, rules: MaintenanceRules = DEFAULT_RULES) -> pa.Table:
    """Return the rows of `due_ranges` for `as_of`: those of the mirror where they are of its month, else made now."""
    fresh = missing(con, as_of, rules)
    return stored(con) if fresh is None else fresh


def stored(con: Backend) -> pa.Table:
    return con.con.sql(f"FROM {DUE_RANGES.name}").to_arrow_table()


def missing(con: Backend, as_of: date, rules: MaintenanceRules = DEFAULT_RULES) -> pa.Table | None:
    """Return the rows of `due_ranges` for the month of `as_of`, None where the mirror has them."""
    day = calibration_day(con, as_of)
    known = stored(con)["as_of"]
    if day is None or (len(known) and known[0].as_py() == day):
        return None
    return calibrate(con, day, rules)


def learned(con: Backend, as_of: date) -> pa.Table:
    """Return the rows of `due_ranges` that a full build on `as_of` stores."""
    day = calibration_day(con, as_of)
    return fit([], as_of) if day is None else calibrate(con, day)


def calibrate(con: Backend, day: date, rules: MaintenanceRules = DEFAULT_RULES) -> pa.Table:
    """Learn from what was known on `day`; strata with too few cases have no row."""
    came = con.table("vehicle_visits")
    told = came.filter(came.kind == "maintenance", came.on > min(asked_days(day)), came.on <= day)
    if con.to_pyarrow(told.count()).as_py() < TOO_FEW:
        return fit([], day)
    few = sample(con, vehicles=ENOUGH_VEHICLES)
    return fit([observe(few, asked, rules) for asked in asked_days(day)], day)


def observe(con: Backend, day: date, rules: MaintenanceRules = DEFAULT_RULES) -> Observed:
    """Ask a past day for the due dates, and the days after it for the visits."""
    return observed(con.to_pyarrow(asked(con, day, rules).select("due_on", "visit_on", *STRATUM)))


def asked(con: Backend, day: date, rules: MaintenanceRules = DEFAULT_RULES) -> Table:
    """Return the rows of `next_maintenance` of a past day with `visit_on`, the visit that followed, and the stratum.

    Only of cars that had been seen by then: of the others nothing was known on that day.
    """
    # Kept here: what follows would be compiled and run with all of it inside.
    cars = ibis.memtable(con.to_pyarrow(maintenance.next_maintenance(con, day, rules)))
    seen = cars.join(_seen(con, day), "vehicle_id")
    after = con.table("vehicle_visits")
    after = after.filter(after.kind == "maintenance", after.on > day, after.on <= day + FOLLOW_UP)
    after = after.select("vehicle_id", visit_on="on", who=after.customer_id.fill_null(0))
    after = after.join(seen.select("vehicle_id", "brought_by"), "vehicle_id")
    # What a later owner does says nothing about this one; a visit in nobody's name is anybody's.
    same = after.brought_by.isnull() | (after.brought_by == 0) | (after.who == 0) | (after.brought_by == after.who)
    came = after.filter(same).group_by("vehicle_id").aggregate(visit_on=after.visit_on.min())
    asked = seen.drop("brought_by").left_join(came, "vehicle_id").drop("vehicle_id_right")
    return asked.mutate(**_stratum(asked, day))


def _seen(con: Backend, day: date) -> Table:
    """Return vehicle_id, brought_by (null or 0: nobody knows): who came last by the day, else who bought it from us."""
    brought = visits.vehicle_visits(con, day)
    by = brought.customer_id.fill_null(0).argmax(visits.place(brought))
    came = brought.group_by("vehicle_id").aggregate(brought_by=by)
    sold = maintenance.sales_by_us(con, day).select("vehicle_id", brought_by="deal_customer_id")
    return came.union(sold.anti_join(came, "vehicle_id"))


def observed(rows: pa.Table) -> Observed:
    """Return the answers of `asked` as arrays."""
    stage, slack, readings = (rows[name].to_numpy() for name in STRATUM)
    return Observed(stage, slack, readings, day_numbers(rows["due_on"]), day_numbers(rows["visit_on"]))


def _stratum(cars: Table, as_of: date) -> dict[str, IntegerValue]:
    ahead = cars.due_on.delta(ibis.literal(as_of), unit="day")
    by_km = cars.km_on.delta(cars.since_on, unit="day") * 100
    by_months = cars.months_on.delta(cars.since_on, unit="day").fill_null(due.FARTHEST_DAYS)
    values = (
        _passed([ahead > border for border in BORDERS]),
        # No date by kilometres is a far one.
        _passed([(by_km >= by_months * share) | by_km.isnull() for share in SLACKS]),
        _passed([cars.readings >= border for border in READINGS]),
    )
    return dict(zip(STRATUM, values, strict=True))


def _passed(borders: list[BooleanValue]) -> IntegerValue:
    return reduce(lambda some, one: some + one, [border.cast("int64") for border in borders])


def day_numbers(days: pa.ChunkedArray) -> Numbers:
    numbers: Numbers = days.cast(pa.int32()).fill_null(-1).to_numpy().astype(np.int64)
    return numbers


def fit(asked: Iterable[Observed], day: date) -> pa.Table:
    """Return rows of `due_ranges`: quantiles of (visit - due date) over the cars that came.

    A stratum asks its neighbours' stages until it has cases enough, and leans on its stage: each quantile is
    the mean of both, weighted by cases.
    """
    rows = list(_fitted(list(asked)))
    columns = list(DUE_RANGES.columns)[1:]
    table = pa.table({name: pa.array([row[name] for row in rows], pa.int32()) for name in columns})
    return table.add_column(0, "as_of", pa.array([day] * len(rows), pa.date32()))


def _fitted(asked: list[Observed]) -> Iterator[dict[str, int]]:
    if not asked:
        return
    came = [one.those(one.visit >= 0) for one in asked]
    stage = np.concatenate([one.stage for one in came])
    kind = np.concatenate([one.kind() for one in came])
    late = np.concatenate([one.visit - one.due for one in came])
    if len(late) < TOO_FEW:
        return
    kinds = [(stage[kind == number], late[kind == number]) for number in range(KINDS)]
    for number in range(len(BORDERS) + 1):
        of_stage = late[_neighbours(stage, number, farthest=len(BORDERS))]
        for place, (stages, lates) in enumerate(kinds):
            own = lates[_neighbours(stages, number, farthest=NEAR)]
            low, middle, high = (_leaning(own, of_stage, share) for share in QUANTILES)
            yield {
                "stage": number,
                "slack": place // (len(READINGS) + 1),
                "readings": place % (len(READINGS) + 1),
                "low_days": low,
                "middle_days": middle,
                "high_days": high,
                "cases": len(own),
            }


def _neighbours(stage: Numbers, number: int, *, farthest: int) -> NDArray[np.bool_]:
    """Choose the cases of a stage, with as many stages on both sides as it takes to have enough."""
    distance = np.abs(stage - number)
    width = next((width for width in range(farthest) if (distance <= width).sum() >= TOO_FEW), farthest)
    return distance <= width


def shifts(fitted: pa.Table, cars: Observed) -> tuple[Numbers, Numbers, Numbers, NDArray[np.bool_]]:
    """Return for each car its low, middle and high days, and whether its stratum has any."""
    strata = (len(BORDERS) + 1) * KINDS
    rows = Observed(
        *(fitted[name].to_numpy().astype(np.int64) for name in ("stage", "slack", "readings", "cases", "cases"))
    )
    here = rows.stratum()
    known = np.zeros(strata, np.bool_)
    known[here] = True
    found = []
    for name in ("low_days", "middle_days", "high_days"):
        days = np.zeros(strata, np.int64)
        days[here] = fitted[name].to_numpy()
        found.append(days[cars.stratum()])
    return found[0], found[1], found[2], known[cars.stratum()]


def _leaning(own: Numbers, of_stage: Numbers, share: float) -> int:
    if not len(own):
        return round(_quantile(of_stage, share))
    both = len(own) * _quantile(own, share) + STAGE_WEIGHT * _quantile(of_stage, share)
    return round(both / (len(own) + STAGE_WEIGHT))


def _quantile(late: Numbers, share: float) -> float:
    """Hyndman and Fan's type 5, after Hazen: between those of type 7 fewer than 80 % come where cases are few."""
    return float(np.quantile(late, share, method="hazen"))


def with_range(cars: Table, con: Backend, as_of: date, rules: MaintenanceRules = DEFAULT_RULES) -> Table:
    """Add due_from, expected_on, due_to to rows with due_on, `limit` and readings (of `next_maintenance`).

    Of the owners who come within a year and a half eight of ten come between the two; null where the
    base is too young to tell. No date is before the day after `as_of`.
    """
    return in_ranges(cars, ibis.memtable(ranges(con, as_of, rules)), as_of)


def in_ranges(cars: Table, known: Table, as_of: date) -> Table:
    """Return `with_range` by the rows of `ranges`."""
    found = cars.mutate(**_stratum(cars, as_of)).left_join(
        known.select("low_days", "middle_days", "high_days", "stage", "slack", range_readings="readings"),
        [("of_stage", "stage"), ("of_slack", "slack"), ("of_readings", "range_readings")],
    )
    tomorrow = ibis.literal(as_of + timedelta(days=1))

    def shifted(days: IntegerValue) -> ibis.Value:
        day = (found.due_on + days.as_interval("D")).cast("date")
        return days.isnull().ifelse(ibis.null("date"), ibis.greatest(day, tomorrow))

    return found.select(
        *cars.columns,
        due_from=shifted(found.low_days),
        expected_on=shifted(found.middle_days),
        due_to=shifted(found.high_days),
    )
