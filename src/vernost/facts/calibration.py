"""How far from the due date owners come: learned by asking past days and looking at what followed.

Described in docs/algorithms/due-range.md. `observe` asks one past day; `fit` turns the answers of many
into days around the due date, by stratum; `with_range` puts dates on due dates of today.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce

import ibis
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import IntegerValue, Table
from numpy.typing import NDArray

from vernost.facts import maintenance
from vernost.facts.engine import sample
from vernost.facts.facts import DUE_RANGES
from vernost.facts.maintenance import DEFAULT_RULES, MaintenanceRules

Numbers = NDArray[np.int64]

# Owners drive and come by the season: the past is asked on days of the same one.
YEARS_AGO = (timedelta(days=730), timedelta(days=1095))
AROUND = (timedelta(days=-30), timedelta(), timedelta(days=30))
FOLLOW_UP = timedelta(days=549)
"""Who has not come in a year and a half has not come."""
# A visit so long after the due date and so soon after a contact of ours is the contact's doing.
BY_HABIT = ibis.interval(days=60)
ATTRIBUTION = ibis.interval(days=60)
CHANNELS = ("call", "sms", "email", "messenger")

# Days from the as-of day to the due date; past the last border it is far ahead.
OVERDUE = (-730, -365, -270, -180, -120, -90, -60, -45, -30, -14, -7, 0)
AHEAD = (7, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365)
BORDERS = OVERDUE + AHEAD
MANY_READINGS = 3
STRATUM = ("of_stage", "of_limit", "of_readings")
QUANTILES = (0.1, 0.5, 0.9)
# What a stratum says itself has the weight of its cases, what its whole stage says has this one.
STAGE_WEIGHT = 30
TOO_FEW = 60
# Eight of ten of so many cars are known well enough; a million would take a minute.
ENOUGH_VEHICLES = 30_000


@dataclass(frozen=True, slots=True)
class Observed:
    """Cars on a past day, a place each: their stratum, the due date and the visit that followed (-1: none)."""

    stage: Numbers
    by_km: Numbers
    readings: Numbers
    due: Numbers
    visit: Numbers

    def stratum(self) -> Numbers:
        return (self.stage * 2 + self.by_km) * (MANY_READINGS + 1) + self.readings

    def those(self, chosen: NDArray[np.bool_]) -> "Observed":
        return Observed(
            self.stage[chosen], self.by_km[chosen], self.readings[chosen], self.due[chosen], self.visit[chosen]
        )


def calibration_day(con: Backend, as_of: date) -> date | None:
    """Return the day whose knowledge makes the ranges of `as_of`; None without any visit.

    The first of a month, so that ranges stand still for a month; not later than the data.
    """
    visits = con.table("vehicle_visits")
    last = con.to_pyarrow(visits.filter(visits.on <= as_of).on.max()).as_py()
    return None if last is None else last.replace(day=1)


def asked_days(day: date) -> list[date]:
    """Return past days of the same season, the latest year first; the follow-up of each was over on `day`."""
    return [day - ago + days for ago in YEARS_AGO for days in AROUND]


def ranges(con: Backend, as_of: date, rules: MaintenanceRules = DEFAULT_RULES) -> pa.Table:
    """Return the rows of `due_ranges` for `as_of`: those of the mirror where they are of its month, else made now."""
    day = calibration_day(con, as_of)
    stored: pa.Table = con.to_pyarrow(con.table(DUE_RANGES.name))
    if day is None or (stored.num_rows and stored["as_of"][0].as_py() == day):
        return stored
    return calibrate(con, day, rules)


def learned(con: Backend, as_of: date) -> pa.Table:
    """Return the rows of `due_ranges` that a full build on `as_of` stores."""
    day = calibration_day(con, as_of)
    return fit([], as_of) if day is None else calibrate(con, day)


def calibrate(con: Backend, day: date, rules: MaintenanceRules = DEFAULT_RULES) -> pa.Table:
    """Learn from what was known on `day`; strata with too few cases have no row."""
    visits = con.table("vehicle_visits")
    told = visits.filter(visits.kind == "maintenance", visits.on > min(asked_days(day)), visits.on <= day)
    if con.to_pyarrow(told.count()).as_py() < TOO_FEW:
        return fit([], day)
    few = sample(con, vehicles=ENOUGH_VEHICLES)
    return fit([observe(few, asked, rules) for asked in asked_days(day)], day)


def observe(con: Backend, day: date, rules: MaintenanceRules = DEFAULT_RULES) -> Observed:
    """Ask a past day for the due dates, and the days after it for the visits."""
    return observed(con.to_pyarrow(asked(con, day, rules).select("due_on", "visit_on", *STRATUM)))


def asked(con: Backend, day: date, rules: MaintenanceRules = DEFAULT_RULES) -> Table:
    """Return the rows of `next_maintenance` of a past day with `visit_on`, the visit that followed, and the stratum."""
    # Kept here: what follows would be compiled and run with all of it inside.
    cars = ibis.memtable(con.to_pyarrow(maintenance.next_maintenance(con, day, rules)))
    cars = cars.left_join(_next_visits(con, day), "vehicle_id").drop("vehicle_id_right")
    cars = cars.left_join(_contacts_before(con, cars), "vehicle_id").drop("vehicle_id_right")
    # Near the due date a reminder and the owner's habit cannot be told apart; long after it the call did it.
    called_back = cars.contacted.notnull() & (cars.visit_on > (cars.due_on + BY_HABIT).cast("date"))
    own_visit = called_back.ifelse(ibis.null("date"), cars.visit_on)
    return cars.mutate(visit_on=own_visit, **_stratum(cars, day))


def observed(rows: pa.Table) -> Observed:
    """Return the answers of `asked` as arrays."""
    stage, by_km, readings = (rows[name].to_numpy() for name in STRATUM)
    return Observed(stage, by_km, readings, day_numbers(rows["due_on"]), day_numbers(rows["visit_on"]))


def _next_visits(con: Backend, day: date) -> Table:
    """Return vehicle_id, visit_on, customer_id: the next maintenance by the customer who brought the car last.

    What a later owner does says nothing about this one; a visit in nobody's name is anybody's.
    """
    visits = con.table("vehicle_visits").filter(lambda t: t.vehicle_id.notnull())
    visits = visits.select("vehicle_id", "on", "kind", who=visits.customer_id.fill_null(0))
    before, after = visits.filter(visits.on <= day), visits.filter(visits.on > day, visits.on <= day + FOLLOW_UP)
    last = before.group_by("vehicle_id").aggregate(on=before.on.max())
    brought = before.semi_join(last, ["vehicle_id", "on"]).select("vehicle_id", brought_by="who").distinct()
    after = after.filter(after.kind == "maintenance").left_join(brought, "vehicle_id")
    same = after.brought_by.isnull() | (after.brought_by == 0) | (after.who == 0) | (after.brought_by == after.who)
    return after.filter(same).group_by("vehicle_id").aggregate(visit_on=after.on.min(), customer_id=after.who.max())


def _contacts_before(con: Backend, cars: Table) -> Table:
    """Return vehicle_id, contacted: the visits that follow a contact of ours within the days of attribution."""
    contacts = con.table("interactions")
    ours = contacts.filter(contacts.direction == "out", contacts.channel.isin(CHANNELS)).select(
        "customer_id", contact_on="on"
    )
    pairs = cars.filter(cars.visit_on.notnull()).select("vehicle_id", "customer_id", "visit_on")
    pairs = pairs.join(ours, "customer_id")
    in_time = (pairs.contact_on < pairs.visit_on) & (pairs.contact_on >= (pairs.visit_on - ATTRIBUTION).cast("date"))
    return pairs.filter(in_time).select("vehicle_id", contacted=ibis.literal(value=True)).distinct()


def _stratum(cars: Table, as_of: date) -> dict[str, IntegerValue]:
    ahead = cars.due_on.delta(ibis.literal(as_of), unit="day")
    passed = [(ahead > border).cast("int64") for border in BORDERS]
    values = (
        reduce(lambda some, one: some + one, passed),
        (cars["limit"] == "km").cast("int64"),
        ibis.least(cars.readings, MANY_READINGS).cast("int64"),
    )
    return dict(zip(STRATUM, values, strict=True))


def day_numbers(days: pa.ChunkedArray) -> Numbers:
    numbers: Numbers = days.cast(pa.int32()).fill_null(-1).to_numpy().astype(np.int64)
    return numbers


def fit(asked: Iterable[Observed], day: date) -> pa.Table:
    """Return rows of `due_ranges`: quantiles of (visit - due date) over the cars that came.

    A stratum with few cases leans on its stage: each quantile is the mean of both, weighted by cases.
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
    stratum = np.concatenate([one.stratum() for one in came])
    late = np.concatenate([one.visit - one.due for one in came])
    if len(late) < TOO_FEW:
        return
    for number in range(len(BORDERS) + 1):
        of_stage = np.sort(late[_neighbours(stage, number)])
        first = number * 2 * (MANY_READINGS + 1)
        for place in range(first, first + 2 * (MANY_READINGS + 1)):
            own = np.sort(late[stratum == place])
            low, middle, high = (_leaning(own, of_stage, share) for share in QUANTILES)
            yield {
                "stage": number,
                "by_km": (place - first) // (MANY_READINGS + 1),
                "readings": (place - first) % (MANY_READINGS + 1),
                "low_days": low,
                "middle_days": middle,
                "high_days": high,
                "cases": len(own),
            }


def _neighbours(stage: Numbers, number: int) -> NDArray[np.bool_]:
    """Choose the cases of a stage, with as many stages on both sides as it takes to have enough."""
    distance = np.abs(stage - number)
    farthest = next(width for width in range(len(BORDERS) + 1) if (distance <= width).sum() >= TOO_FEW)
    return distance <= farthest


def shifts(fitted: pa.Table, cars: Observed) -> tuple[Numbers, Numbers, Numbers, NDArray[np.bool_]]:
    """Return for each car its low, middle and high days, and whether its stratum has any."""
    strata = (len(BORDERS) + 1) * 2 * (MANY_READINGS + 1)
    rows = Observed(
        *(fitted[name].to_numpy().astype(np.int64) for name in ("stage", "by_km", "readings", "cases", "cases"))
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


def _quantile(ordered: Numbers, share: float) -> int:
    """Return the order statistic of conformal prediction: a further case of the same kind is as often outside."""
    count = len(ordered)
    place = (count + 1) * share
    outwards = math.floor(place) if share < QUANTILES[1] else math.ceil(place)
    return int(ordered[min(max(outwards, 1), count) - 1])


def with_range(cars: Table, con: Backend, as_of: date, rules: MaintenanceRules = DEFAULT_RULES) -> Table:
    """Add due_from, expected_on, due_to to rows with due_on, `limit` and readings (of `next_maintenance`).

    Of the owners who come within a year and a half eight of ten come between the two; null where the
    base is too young to tell. No date is before the day after `as_of`.
    """
    known = ibis.memtable(ranges(con, as_of, rules))
    found = cars.mutate(**_stratum(cars, as_of)).left_join(
        known.select("low_days", "middle_days", "high_days", "stage", "by_km", range_readings="readings"),
        [("of_stage", "stage"), ("of_limit", "by_km"), ("of_readings", "range_readings")],
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
