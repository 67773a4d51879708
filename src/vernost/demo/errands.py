"""All other visits: repairs, warranty, body, tyres, accessories, and the dealer's own orders."""

from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import FAR, Bools, Floats, Ints
from vernost.demo.chance import happens
from vernost.demo.days import day_of_year, month_of
from vernost.demo.garage import Cars, Ownerships
from vernost.demo.people import People
from vernost.demo.visits import CALLED_SHARE, REACHED_SHARE, Spans
from vernost.demo.world import CALLING_YEARS, World

KINDS = ("maintenance", "repair", "body", "warranty", "internal", "presale", "tyres", "accessories")
MAINTENANCE, REPAIR, BODY, WARRANTY, INTERNAL, PRESALE, TYRES, ACCESSORIES = range(8)
FIRST_CHECK = 8  # a repair order of its own work: the free check a month after the sale

APPETITE = 0.4
AHEAD = 60  # visits are drawn this far beyond `until`, for the truth only
YEARLY = {BODY: 0.075, WARRANTY: 0.45, ACCESSORIES: 0.125}
REPAIRS, REPAIRS_PER_YEAR_OF_AGE, MOST_REPAIRS = 0.45, 0.08, 1.6
TYRE_CUSTOMERS, TYRE_VISITS = 0.38, 1.7
JULY = 7
AUTUMN, SPRING = (275, 45), (76, 42)  # day of the year, length of the rush
ACCESSORIES_WITH_CAR = 0.35
FIRST_CHECK_SHARE, FIRST_CHECK_UPLIFT = 0.42, 0.34


@dataclass(frozen=True, slots=True)
class Errands:
    ownership: Ints
    day: Ints
    kind: Ints

    def of(self, chosen: Bools) -> "Errands":
        return Errands(self.ownership[chosen], self.day[chosen], self.kind[chosen])


@dataclass(frozen=True, slots=True)
class FirstCalls:
    """Calls about the first check: the day, whether reached, the visit that followed (or FAR)."""

    ownership: Ints
    day: Ints
    reached: Bools
    visit: Ints


def draw(
    world: World, chunk: int, people: People, cars: Cars, owned: Ownerships, spans: Spans
) -> tuple[Errands, FirstCalls]:
    rng = world.rng(chunk, "errands")
    to = np.minimum(spans.to, world.until + AHEAD)
    # Most owners come for little else than maintenance, some for everything.
    appetite = rng.gamma(APPETITE, 1 / APPETITE, people.count)[owned.customer[spans.ownership]]
    years = np.maximum(to - spans.since, 0) / 365 * appetite
    parts = [_steady(rng, cars, owned, spans, to, years), _tyres(rng, owned, spans, to, years)]
    checks, calls = _first_checks(world, rng, people, owned)
    parts += [checks, _with_car(rng, owned), _own_orders(rng, world, owned)]
    errands = _joined(parts)
    ours = (errands.kind == PRESALE) | (errands.kind == INTERNAL)
    day = np.where(ours, errands.day, world.calendar.visiting(rng, errands.day))
    inside = ours | (day < owned.end[errands.ownership])
    return Errands(errands.ownership, day, errands.kind).of(inside & (day <= world.until + AHEAD)), calls


def _steady(rng: np.random.Generator, cars: Cars, owned: Ownerships, spans: Spans, to: Ints, years: Floats) -> Errands:
    """Repairs, warranty, body and accessories: as many in a year as the age of the car asks for."""
    age = (spans.since - cars.first_sale[owned.car[spans.ownership]]) / 365
    covered = spans.since < owned.warranty_end[spans.ownership]
    repairs = np.minimum(REPAIRS + REPAIRS_PER_YEAR_OF_AGE * age, MOST_REPAIRS) * np.where(covered, 0.6, 1.0)
    rates = {REPAIR: repairs, **{kind: np.full(len(years), rate) for kind, rate in YEARLY.items()}}
    rates[WARRANTY] = np.where(covered, rates[WARRANTY], 0.0)
    parts = []
    for kind, rate in rates.items():
        span = np.repeat(np.arange(len(years)), rng.poisson(rate * years))
        length = np.maximum(to[span] - spans.since[span], 1)
        day = spans.since[span] + 1 + (length * rng.random(len(span))).astype(np.int64)
        parts.append(Errands(spans.ownership[span], day, np.full(len(span), kind)))
    return _joined(parts)


def _tyres(rng: np.random.Generator, owned: Ownerships, spans: Spans, to: Ints, years: Floats) -> Errands:
    """Those who change tyres with us come in the rushes of autumn and spring."""
    keeps = happens(rng, TYRE_CUSTOMERS, owned.count)[spans.ownership]
    span = np.repeat(np.arange(len(years)), rng.poisson(TYRE_VISITS * years * keeps))
    length = np.maximum(to[span] - spans.since[span], 1)
    day = spans.since[span] + (length * rng.random(len(span))).astype(np.int64)
    new_year = day - day_of_year(day)
    autumn = month_of(day) >= JULY
    start = np.where(autumn, AUTUMN[0], SPRING[0])
    # Triangular: the first frost brings most of them at once.
    rush = rng.triangular(0.0, 0.35, 1.0, len(span)) * np.where(autumn, AUTUMN[1], SPRING[1])
    day = new_year + start + rush.astype(np.int64)
    inside = (day > spans.since[span]) & (day < to[span])
    return Errands(spans.ownership[span], day, np.full(len(span), TYRES)).of(inside)


def _first_checks(
    world: World, rng: np.random.Generator, people: People, owned: Ownerships
) -> tuple[Errands, FirstCalls]:
    """The free check a month after a new car is sold; some come only because they were called."""
    who = np.flatnonzero(owned.sold_new & (owned.start < owned.end))
    count = len(who)
    due = owned.start[who] + 30
    by_itself = happens(rng, FIRST_CHECK_SHARE, count)
    visit = np.where(by_itself, due + np.rint(rng.normal(0, 7, count)).astype(np.int64), FAR)
    call = world.calendar.working(rng, due + rng.integers(-6, 12, count))
    called = happens(rng, CALLED_SHARE, count) & people.callable[owned.customer[who]]
    called &= (call <= world.until) & (call > world.until - CALLING_YEARS * 365) & (call < visit - 1)
    reached = happens(rng, REACHED_SHARE, count)
    won = called & reached & ~by_itself & happens(rng, FIRST_CHECK_UPLIFT, count)
    visit = np.where(won, call + rng.integers(2, 14, count), visit)
    comes = visit < FAR
    checks = Errands(who[comes], visit[comes], np.full(int(comes.sum()), FIRST_CHECK))
    return checks, FirstCalls(who[called], call[called], reached[called], visit[called])


def _with_car(rng: np.random.Generator, owned: Ownerships) -> Errands:
    """Alarms, mats and towbars bought with the car."""
    bought = np.flatnonzero(owned.sold_by_us & happens(rng, ACCESSORIES_WITH_CAR, owned.count))
    day = owned.start[bought] + rng.integers(1, 15, len(bought))
    return Errands(bought, day, np.full(len(bought), ACCESSORIES))


def _own_orders(rng: np.random.Generator, world: World, owned: Ownerships) -> Errands:
    """Pre-sale preparation of every car we sell; used ones are repaired on our own account before."""
    ready = np.flatnonzero(owned.sold_by_us & (owned.start <= world.until))
    presale = Errands(ready, owned.start[ready] - rng.integers(1, 6, len(ready)), np.full(len(ready), PRESALE))
    used = ready[~owned.sold_new[ready]]
    internal = Errands(used, owned.start[used] - rng.integers(6, 12, len(used)), np.full(len(used), INTERNAL))
    return _joined([presale, internal])


def _joined(parts: list[Errands]) -> Errands:
    return Errands(
        np.concatenate([part.ownership for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate([part.kind for part in parts]),
    )
