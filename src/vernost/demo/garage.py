"""Cars, and who owned each of them when."""

from dataclasses import dataclass

import numpy as np

from vernost.demo import mileage
from vernost.demo.arrays import FAR, Bools, Floats, Ints
from vernost.demo.cars import FIRST_PLAN_YEAR, LAST_PLAN_YEAR
from vernost.demo.chance import happens, pick, pick_by_row
from vernost.demo.days import month_of, year_of
from vernost.demo.mileage import Mileage
from vernost.demo.people import SECOND_OWNER, People
from vernost.demo.world import CARS_A_CHUNK, World

# How a car came into the base.
NEW_FROM_US, NEW_FROM_OTHERS, USED_FROM_US, USED_FROM_OTHERS = range(4)
ORIGIN_SHARES = (0.60, 0.18, 0.08, 0.14)
TRADED_FOR_NEXT, KEPT_AT_LEAST = 0.55, 300
MARCH = 3
SCRAPPED_SHARE = 0.012
SAME_IN_FLEET = 0.7
YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Cars:
    """A position per vehicle of the chunk; days are FAR where there is none."""

    first: int  # number of the first vehicle
    variant: Ints
    made: Ints  # model year
    branch: Ints
    origin: Ints
    first_sale: Ints  # when it was sold new
    came: Ints  # when it came into the base
    came_km: Ints
    scrapped: Ints
    traded: Ints  # day on which the first owner gave it to us
    owner: Ints  # the first owner in the base

    @property
    def count(self) -> int:
        return len(self.variant)


@dataclass(frozen=True, slots=True)
class Ownerships:
    """First ownerships at the positions of their cars, second ones after them."""

    car: Ints
    customer: Ints
    start: Ints  # first day with us
    owned_from: Ints
    end: Ints  # no visit from this day on
    sold_by_us: Bools
    sold_new: Bools
    months: Ints  # the plan, as the owner keeps it
    km: Ints
    first_months: Ints
    first_km: Ints
    warranty_end: Ints
    warranty_km: Ints
    mileage: Mileage

    @property
    def count(self) -> int:
        return len(self.car)

    @property
    def present(self) -> Ints:
        """The ownership of today of each car: the last one there is."""
        last = np.zeros(int(self.car.max(initial=-1)) + 1, dtype=np.int64)
        last[self.car] = np.arange(self.count)
        return last


def draw(world: World, chunk: int, people: People) -> tuple[Cars, Ownerships]:
    rng = world.rng(chunk, "garage")
    owner = np.repeat(np.arange(people.count), people.cars)
    came, follows = _arrivals(world, rng, people, owner)
    origin = pick(rng, ORIGIN_SHARES, len(owner))
    first_sale = came - _age(rng, origin)
    # Many cars sold in the first months of a year were made in the one before.
    winter = (month_of(first_sale) <= MARCH) & happens(rng, 0.4, len(owner))
    made = np.clip(year_of(first_sale) - winter, FIRST_PLAN_YEAR, LAST_PLAN_YEAR)
    variant = _variants(world, rng, people, owner, made)
    ends, traded = _ends(world, came, follows)
    scrapped = _scrapped(world, rng, came, ends)
    second = _second_owners(world, rng, people, came, ends, traded, scrapped)
    typical = _typical(world, rng, people, owner, variant)
    km = np.where(origin == NEW_FROM_US, rng.integers(8, 40, len(owner)), 0)
    older = (came - first_sale) * typical * np.exp(rng.normal(0.0, 0.3, len(owner)))
    came_km = np.where(origin == NEW_FROM_US, km, np.clip(older, 2_500, 380_000)).astype(np.int64)
    cars = Cars(
        first=chunk * CARS_A_CHUNK + 1,
        variant=variant,
        made=made,
        branch=people.branch[owner],
        origin=origin,
        first_sale=first_sale,
        came=came,
        came_km=came_km,
        scrapped=scrapped,
        traded=traded,
        owner=owner,
    )
    return cars, _ownerships(world, rng, people, cars, np.minimum(ends, scrapped), second, typical)


@dataclass(frozen=True, slots=True)
class _Second:
    """Cars with a second owner: who, sold on which day, first seen on which, whether by us."""

    car: Ints
    customer: Ints
    sold: Ints
    seen: Ints
    by_us: Bools


def _arrivals(world: World, rng: np.random.Generator, people: People, owner: Ints) -> tuple[Ints, Bools]:
    """The day each car came, and whether it replaced the one before it."""
    first = np.concatenate([[True], owner[1:] != owner[:-1]])
    # A fleet is bought in a year or two, a family's next car in three or four.
    span = np.where(people.company[owner], 800, 1_700)
    room = np.minimum(world.until - people.arrived[owner], span)
    came = people.arrived[owner] + np.where(first, 0, (rng.random(len(owner)) * room).astype(np.int64))
    came = came[np.lexsort((came, owner))]
    follows = ~first & ~people.company[owner] & happens(rng, TRADED_FOR_NEXT, len(owner))
    return world.calendar.working(rng, came).clip(max=world.until), follows


def _age(rng: np.random.Generator, origin: Ints) -> Ints:
    """Days since the first sale when the car comes into the base."""
    count = len(origin)
    young = rng.integers(200, 1_300, count)
    used = np.minimum(rng.gamma(3.0, 1.5, count) * YEAR + 700, 18 * YEAR).astype(np.int64)
    new = np.zeros(count, dtype=np.int64)
    return np.choose(origin, [new, young, used, used])


def _variants(world: World, rng: np.random.Generator, people: People, owner: Ints, made: Ints) -> Ints:
    offered = world.catalogue.sold_in(made)
    variant = pick_by_row(rng, world.branches.mix()[people.branch[owner]] * offered)
    leader = np.searchsorted(owner, owner)
    same = people.company[owner] & happens(rng, SAME_IN_FLEET, len(owner))
    same &= offered[np.arange(len(owner)), variant[leader]] > 0
    return np.where(same, variant[leader], variant)


def _ends(world: World, came: Ints, follows: Bools) -> tuple[Ints, Ints]:
    """The last day of each first ownership, and the day of the trade-in where there was one."""
    ends = np.full(len(came), FAR)
    replaced = np.flatnonzero(follows[1:] & (came[1:] - came[:-1] > KEPT_AT_LEAST))
    ends[replaced] = came[replaced + 1]
    traded = np.where(ends <= world.until, ends, FAR)
    return ends, traded


def _scrapped(world: World, rng: np.random.Generator, came: Ints, ends: Ints) -> Ints:
    last = np.minimum(ends, world.until)
    day = came + ((last - came) * (0.4 + 0.6 * rng.random(len(came)))).astype(np.int64)
    written_off = happens(rng, SCRAPPED_SHARE, len(came)) & (last - came > KEPT_AT_LEAST) & (ends == FAR)
    return np.where(written_off, day, FAR)


def _second_owners(
    world: World, rng: np.random.Generator, people: People, came: Ints, ends: Ints, traded: Ints, scrapped: Ints
) -> _Second:
    """Match second owners with cars; cars that were traded in go first."""
    buyers = np.flatnonzero(people.role == SECOND_OWNER)
    kept_long = (came < world.until - 550) & (scrapped == FAR) & (traded == FAR)
    free = kept_long | (traded < world.until - 90)
    wanted = np.where(traded < FAR, rng.random(len(came)), 1 + rng.random(len(came)))
    cars = np.flatnonzero(free)
    cars = np.sort(cars[np.argsort(wanted[cars], kind="stable")[: len(buyers)]])
    buyers = rng.permutation(buyers)[: len(cars)]
    room = world.until - 100 - (came[cars] + 400)
    private = came[cars] + 400 + (rng.random(len(cars)) * room).astype(np.int64)
    by_us = traded[cars] < FAR
    sold = np.where(by_us, traded[cars] + rng.integers(12, 75, len(cars)), private)
    seen = sold + np.where(by_us, 0, rng.integers(5, 95, len(cars)))
    ends[cars] = np.where(by_us, traded[cars], private)
    return _Second(cars, buyers, sold, seen, by_us)


def _typical(world: World, rng: np.random.Generator, people: People, owner: Ints, variant: Ints) -> Floats:
    taxi = happens(rng, 0.08, people.count)
    work = np.where(people.company, np.where(taxi, 4.5, 1.55), 1.0)
    typical: Floats = world.catalogue.km_per_day[variant] * work[owner]
    return typical


def _ownerships(
    world: World, rng: np.random.Generator, people: People, cars: Cars, ends: Ints, second: _Second, typical: Floats
) -> Ownerships:
    car = np.concatenate([np.arange(cars.count), second.car])
    customer = np.concatenate([cars.owner, second.customer])
    came_km = cars.came_km.astype(np.float64) + 0.5
    first = mileage.draw(rng, start=cars.came, start_km=came_km, typical=typical)
    sold_km = first.at(second.car, second.sold).astype(np.float64)
    ordinary = world.catalogue.km_per_day[cars.variant[second.car]]
    then = mileage.draw(rng, start=second.sold, start_km=sold_km, typical=ordinary)
    by_us = np.isin(cars.origin, (NEW_FROM_US, USED_FROM_US))
    plan = (cars.variant[car], cars.made[car] - FIRST_PLAN_YEAR)
    years = world.catalogue.warranty_years[cars.variant[car]]
    bought = cars.came - np.where(by_us, 0, rng.integers(0, 60, cars.count))
    return Ownerships(
        car=car,
        customer=customer,
        start=np.concatenate([cars.came, second.seen]),
        owned_from=np.concatenate([bought, second.sold]),
        end=np.minimum(np.concatenate([ends, np.full(len(second.car), FAR)]), people.blocked_on[customer]),
        sold_by_us=np.concatenate([by_us, second.by_us]),
        sold_new=np.concatenate([cars.origin == NEW_FROM_US, np.zeros(len(second.car), dtype=np.bool_)]),
        months=world.catalogue.months[plan],
        km=world.catalogue.km[plan],
        first_months=world.catalogue.first_months[plan],
        first_km=world.catalogue.first_km[plan],
        warranty_end=cars.first_sale[car] + (years * YEAR).astype(np.int64),
        warranty_km=world.catalogue.warranty_km[cars.variant[car]],
        mileage=mileage.extend(first, then),
    )
