"""Deals: cars sold new and used, taken in trade, still being talked about, or lost."""

from dataclasses import dataclass, fields

import numpy as np

from vernost.demo.arrays import FAR, Bools, Ints, rounded
from vernost.demo.chance import happens, pick, up_to
from vernost.demo.days import year_of
from vernost.demo.garage import Cars, Ownerships
from vernost.demo.orders import NOBODY
from vernost.demo.people import OWNER, PROSPECT, People
from vernost.demo.world import World

KINDS = ("new", "used", "trade_in")
NEW, USED, TRADE_IN = range(3)
STATUSES = ("open", "won", "lost", "")
OPEN, WON, LOST, UNSAID = range(4)
PRICE_GROWTH, PRICES_OF_YEAR = 1.10, 2024
VALUE_KEPT_A_YEAR = 0.89
OPEN_SHARE, OWNERS_LOST_SHARE, PROSPECTS_LOST_SHARE = 0.012, 0.03, 0.6


@dataclass(frozen=True, slots=True)
class Deals:
    """Money in kopecks; car may be NOBODY, closed FAR."""

    car: Ints
    customer: Ints
    branch: Ints
    manager: Ints
    opened: Ints
    closed: Ints
    status: Ints
    amount: Ints
    cost: Ints
    kind: Ints

    @property
    def count(self) -> int:
        return len(self.car)

    def of(self, chosen: Bools | Ints) -> "Deals":
        return Deals(*(getattr(self, field.name)[chosen] for field in fields(self)))


def draw(world: World, chunk: int, people: People, cars: Cars, owned: Ownerships) -> Deals:
    rng = world.rng(chunk, "sales")
    sold = np.flatnonzero(owned.sold_by_us & (owned.start <= world.until))
    ours = _won(world, rng, people, cars, car=owned.car[sold], customer=owned.customer[sold], day=owned.start[sold])
    ours.kind[:] = np.where(owned.sold_new[sold], NEW, USED)
    traded = np.flatnonzero(cars.traded <= world.until)
    taken = _won(world, rng, people, cars, car=traded, customer=cars.owner[traded], day=cars.traded[traded])
    taken.kind[:] = TRADE_IN
    parts = [ours, taken, _talks(world, rng, people, cars, owned)]
    deals = Deals(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Deals)))
    return deals.of(np.lexsort((deals.customer, deals.opened)))


def _won(
    world: World, rng: np.random.Generator, people: People, cars: Cars, *, car: Ints, customer: Ints, day: Ints
) -> Deals:
    count = len(car)
    amount = _price(world, cars, car, day, rng)
    branch = people.branch[customer]
    return Deals(
        car=car,
        customer=customer,
        branch=branch,
        manager=world.branches.employee(rng, branch, "sales"),
        opened=day - up_to(rng, 0, 30, count),
        closed=day,
        status=np.where(happens(rng, 0.3, count), UNSAID, WON),
        amount=amount,
        cost=(amount / 1.2 * rng.uniform(0.90, 0.97, count)).astype(np.int64) // 100 * 100,
        kind=np.full(count, NEW),
    )


def _price(world: World, cars: Cars, car: Ints, day: Ints, rng: np.random.Generator) -> Ints:
    """Thousands of roubles of 2024, to the day's prices and the age of the car, in kopecks."""
    years = year_of(day) - PRICES_OF_YEAR
    age = np.maximum(day - cars.first_sale[car], 0) / 365
    thousands = world.catalogue.price[cars.variant[car]] * PRICE_GROWTH**years * VALUE_KEPT_A_YEAR**age
    asked = thousands * rng.normal(1.0, 0.05, len(car)).clip(0.85, 1.15)
    return rounded(asked) * 1_000 * 100


def _talks(world: World, rng: np.random.Generator, people: People, cars: Cars, owned: Ownerships) -> Deals:
    """Deals that are still open, with the present car where there is one, and deals that were lost."""
    arrived = people.arrived < world.until - 60
    active = happens(rng, np.where(people.role == OWNER, OPEN_SHARE, 0.0), people.count)
    fresh = (people.role == PROSPECT) & (people.arrived > world.until - 90) & happens(rng, 0.5, people.count)
    waiting = np.flatnonzero((active & arrived) | fresh)
    gone = np.where(people.role == PROSPECT, PROSPECTS_LOST_SHARE, OWNERS_LOST_SHARE)
    lost = np.flatnonzero(happens(rng, gone, people.count) & arrived)
    customer = np.concatenate([waiting, lost])
    count = len(customer)
    since = people.arrived[lost]
    closed = since + 3 + ((world.until - since - 3) * rng.random(len(lost))).astype(np.int64)
    present = np.full(people.count, NOBODY)
    present[owned.customer[owned.present]] = np.arange(cars.count)
    lacks = np.concatenate([happens(rng, 0.4, len(waiting)), np.ones(len(lost), dtype=np.bool_)])
    closed_on = np.concatenate([np.full(len(waiting), FAR), closed])
    ended = np.where(closed_on < FAR, closed_on, world.until)
    talked = up_to(rng, 2, 45, count)
    branch = people.branch[customer]
    return Deals(
        car=np.where(lacks, NOBODY, present[customer]),
        customer=customer,
        branch=branch,
        manager=world.branches.employee(rng, branch, "sales"),
        opened=np.maximum(ended - talked, np.minimum(people.arrived[customer], ended)),
        closed=closed_on,
        status=np.repeat([OPEN, LOST], [len(waiting), len(lost)]),
        amount=rng.integers(900, 4_500, count) * 1_000 * 100,
        cost=np.zeros(count, dtype=np.int64),
        kind=pick(rng, (0.8, 0.2), count),
    )
