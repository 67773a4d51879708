"""Maintenance visits: each car lives from due date to due date until its owner stays away.

At every due date the owner comes (late by habit), or stays away: for good, until a return of his own
years later, or until a call of the contact centre. The first visit after `until` is the known truth.
"""

from dataclasses import dataclass, field

import numpy as np

from vernost.demo.arrays import FAR, Bools, Floats, Ints, rounded
from vernost.demo.cars import NO_KM
from vernost.demo.chance import happens, pick
from vernost.demo.garage import Ownerships
from vernost.demo.people import People
from vernost.demo.world import CALLING_YEARS, HORIZON, World

MONTH = 30.4375
SOLD, ELSEWHERE, MOVED, UNHAPPY = range(4)
REASON_SHARES = (0.24, 0.58, 0.08, 0.10)
NEXT_SERVICE, LOST = range(2)

# Log-odds of coming to the next maintenance.
IN_WARRANTY, AFTER_WARRANTY, PER_LOYALTY, PER_YEAR, COMPANY = 0.9, -0.6, 1.4, -0.15, 0.35
SHORTEST_CYCLE = 15
SPREAD_DAYS = 11.0
VERY_LATE_SHARE, VERY_LATE_DAYS = 0.05, 40.0
SETTLED_CYCLE_DAYS = 240  # those who come more often are late by less

CALLED_SHARE, WON_BACK_CALLED_SHARE = 0.5, 0.5
REACHED_SHARE = 0.72
UPLIFT = (0.24, 0.08)  # NEXT_SERVICE, LOST: comes after a call who would not have come
CALL_TO_VISIT_DAYS = 8.0
OWN_RETURN_SHARE, RETURN_AFTER, RETURN_SPREAD = 0.17, 300, 260.0
MOST_VISITS = 400


@dataclass(slots=True)
class Log:
    """Rows collected cycle by cycle, a tuple of equally long columns at a time."""

    width: int
    parts: list[tuple[Ints, ...]] = field(default_factory=list)

    def add(self, *columns: Ints) -> None:
        self.parts.append(columns)

    def columns(self) -> tuple[Ints, ...]:
        nothing = (np.zeros(0, dtype=np.int64),) * self.width
        return tuple(np.concatenate(column) for column in zip(nothing, *self.parts, strict=True))


@dataclass(frozen=True, slots=True)
class Visits:
    """Maintenance visits up to `until`."""

    ownership: Ints
    day: Ints
    number: Ints  # 1 is the first maintenance of the car


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of time in which the owner uses the service: other visits fall into them."""

    ownership: Ints
    since: Ints
    to: Ints


@dataclass(frozen=True, slots=True)
class Reminders:
    """Calls of the contact centre: who came of it, and why the others stay away."""

    ownership: Ints
    day: Ints
    programme: Ints
    visit: Ints  # the day of the visit that followed, else FAR
    reason: Ints
    reached: Ints


@dataclass(frozen=True, slots=True)
class History:
    visits: Visits
    spans: Spans
    reminders: Reminders
    next_day: Ints  # per ownership: the first maintenance after `until`, FAR if none is to come
    away_since: Ints  # per ownership: the due date at which the owner stayed away for good, else FAR
    reason: Ints


@dataclass(frozen=True, slots=True)
class _Cycle:
    """The owners still to be followed: their last maintenance and the next due date."""

    who: Ints
    since: Ints
    since_km: Ints
    number: Ints

    def of(self, chosen: Bools) -> "_Cycle":
        return _Cycle(self.who[chosen], self.since[chosen], self.since_km[chosen], self.number[chosen])


def simulate(world: World, chunk: int, people: People, owned: Ownerships) -> History:
    visits, spans, reminders = Log(3), Log(3), Log(6)
    owners = _Owners(world, world.rng(chunk, "visits"), people, owned, reminders)
    next_day = np.full(owned.count, FAR)
    away_since = np.full(owned.count, FAR)
    reason = np.zeros(owned.count, dtype=np.int64)
    cycle = _first(owned, visits)
    for _ in range(MOST_VISITS):
        due = _due(owned, cycle)
        day, with_us_to, why = owners.next_visit(cycle, due)
        end = owned.end[cycle.who]
        spans.add(cycle.who, cycle.since, np.minimum(with_us_to, end))
        away = day > world.until + HORIZON
        away_since[cycle.who[away]], reason[cycle.who[away]] = due[away], why[away]
        coming = (day > world.until) & (day < end) & ~away
        next_day[cycle.who[coming]] = day[coming]
        goes_on = (day <= world.until) & (day < end)
        if not goes_on.any():
            break
        cycle = _visited(owned, cycle.of(goes_on), day[goes_on])
        visits.add(cycle.who, cycle.since, cycle.number)
    return History(
        Visits(*visits.columns()),
        Spans(*spans.columns()),
        Reminders(*reminders.columns()),
        next_day,
        away_since,
        reason,
    )


def _first(owned: Ownerships, visits: Log) -> _Cycle:
    """A car sold by us starts at its sale; any other one with the visit that brought it."""
    who = np.arange(owned.count)
    km = owned.mileage.at(who, owned.start)
    number = np.where(owned.sold_by_us, np.where(owned.sold_new, 0, km // owned.km), km // owned.km + 1)
    came = ~owned.sold_by_us & (owned.start < owned.end)
    visits.add(who[came], owned.start[came], number[came])
    return _Cycle(who, owned.start, km, number).of(owned.start < owned.end)


def _visited(owned: Ownerships, cycle: _Cycle, day: Ints) -> _Cycle:
    return _Cycle(cycle.who, day, owned.mileage.at(cycle.who, day), cycle.number + 1)


def _due(owned: Ownerships, cycle: _Cycle) -> Ints:
    """The earlier of the months and the km of the plan, as the car is really driven."""
    who = cycle.who
    fresh = owned.sold_by_us[who] & (cycle.since == owned.start[who])
    months = np.where(fresh, owned.first_months[who], owned.months[who])
    by_months = cycle.since + rounded(months * MONTH)
    km = np.where(fresh, owned.first_km[who], owned.km[who])
    # Of a used car just bought nobody remembers the km of its last maintenance.
    km = np.where(fresh & ~owned.sold_new[who], NO_KM, km)
    from_km = np.where(fresh, 0, cycle.since_km)
    by_km = owned.mileage.day_of(who, from_km + km)
    due: Ints = np.maximum(np.minimum(by_months, by_km), cycle.since + SHORTEST_CYCLE)
    return due


@dataclass(frozen=True, slots=True)
class _Owners:
    """Decides, due date by due date, who comes, when, and because of what."""

    world: World
    rng: np.random.Generator
    people: People
    owned: Ownerships
    reminders: Log

    def next_visit(self, cycle: _Cycle, due: Ints) -> tuple[Ints, Ints, Ints]:
        """The day of the next maintenance (FAR: none), the end of the time with us, the reason to stay away."""
        rng, count = self.rng, len(due)
        comes = happens(rng, self._chance(cycle, due), count)
        by_habit = self.world.calendar.visiting(rng, due + self._delay(cycle, due))
        reason = pick(rng, REASON_SHARES, count)
        call, reached = self._reminder(cycle, due, np.where(comes, by_habit, FAR))
        persuaded = ~comes & (call < FAR) & reached & (reason != SOLD) & happens(rng, UPLIFT[NEXT_SERVICE], count)
        stays = comes | persuaded
        day = np.where(comes, by_habit, np.where(persuaded, self._after_call(call), FAR))
        self._note(NEXT_SERVICE, call < FAR, cycle.who, call, day, reason, reached.astype(np.int64))
        lapsed = np.flatnonzero(~stays)
        day[lapsed] = self._return(cycle, lapsed, due, reason)
        return day, np.where(stays, day, np.minimum(due, day)), reason

    def _chance(self, cycle: _Cycle, due: Ints) -> Floats:
        owned, who = self.owned, cycle.who
        person = owned.customer[who]
        warranty = (due < owned.warranty_end[who]) & (cycle.since_km < owned.warranty_km[who])
        odds = (
            np.where(warranty, IN_WARRANTY, AFTER_WARRANTY)
            + PER_LOYALTY * self.people.loyalty[person]
            + PER_YEAR * (due - owned.start[who]) / 365
            + COMPANY * self.people.company[person]
        )
        # A maintenance every two months is not six decisions a year to stay.
        odds += np.log(np.maximum(SETTLED_CYCLE_DAYS / np.maximum(due - cycle.since, 30), 1.0))
        chance: Floats = 1 / (1 + np.exp(-odds))
        return chance

    def _delay(self, cycle: _Cycle, due: Ints) -> Ints:
        rng, count, length = self.rng, len(due), due - cycle.since
        late = self.people.lateness[self.owned.customer[cycle.who]] + rng.normal(0.0, SPREAD_DAYS, count)
        late += happens(rng, VERY_LATE_SHARE, count) * rng.exponential(VERY_LATE_DAYS, count)
        scaled = late * np.clip(length / SETTLED_CYCLE_DAYS, 0.15, 1.0)
        return rounded(np.maximum(scaled, -0.5 * length))

    def _reminder(self, cycle: _Cycle, due: Ints, visit: Ints) -> tuple[Ints, Bools]:
        """The day of a reminder about this due date (FAR: none), and whether the customer was reached."""
        rng, count = self.rng, len(due)
        call = self.world.calendar.working(rng, due + rng.integers(-12, 21, count))
        called = self._may_call(cycle.who, call) & (call < visit - 1) & (call > cycle.since + 20)
        called &= happens(rng, CALLED_SHARE, count)
        return np.where(called, call, FAR), happens(rng, REACHED_SHARE, count)

    def _may_call(self, who: Ints, day: Ints) -> Bools:
        """The contact centre worked on that day, and knew a number of the owner of that day."""
        at_work = (day <= self.world.until) & (day > self.world.until - CALLING_YEARS * 365)
        known: Bools = self.people.callable[self.owned.customer[who]] & (day < self.owned.end[who])
        return at_work & known

    def _return(self, cycle: _Cycle, lapsed: Ints, due: Ints, reason: Ints) -> Ints:
        """When those who stayed away come again: by themselves, or won back by a call."""
        rng, count, who, why = self.rng, len(lapsed), cycle.who[lapsed], reason[lapsed]
        can = (why == ELSEWHERE) | (why == UNHAPPY)
        later = due[lapsed] + RETURN_AFTER + rng.exponential(RETURN_SPREAD, count).astype(np.int64)
        own = np.where(can & happens(rng, OWN_RETURN_SHARE, count), self.world.calendar.working(rng, later), FAR)
        call = self.world.calendar.working(rng, cycle.since[lapsed] + 365 + rng.integers(5, 400, count))
        called = self._may_call(who, call) & (call < own - 1) & happens(rng, WON_BACK_CALLED_SHARE, count)
        reached = happens(rng, REACHED_SHARE, count)
        won = called & reached & can & happens(rng, UPLIFT[LOST], count)
        day = np.where(won, self._after_call(call), own)
        visit = np.where(day <= call + 60, day, FAR)
        self._note(LOST, called, who, call, visit, why, reached.astype(np.int64))
        return day

    def _after_call(self, call: Ints) -> Ints:
        days = 2 + self.rng.exponential(CALL_TO_VISIT_DAYS, len(call)).astype(np.int64)
        return self.world.calendar.working(self.rng, call + days)

    def _note(self, programme: int, made: Bools, *columns: Ints) -> None:
        """Keep the calls that were made: whose, when, the visit, the reason to stay away, reached or not."""
        who, call, visit, reason, reached = columns
        kind = np.full(len(who), programme)
        self.reminders.add(*(column[made] for column in (who, call, kind, visit, reason, reached)))
