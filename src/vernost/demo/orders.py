"""Repair orders: visits with their times, branches, states and odometer readings."""

from dataclasses import dataclass, fields

import numpy as np

from vernost.demo.arrays import FAR, Bools, Ints
from vernost.demo.chance import happens, up_to
from vernost.demo.days import opening_minutes
from vernost.demo.errands import (
    ACCESSORIES,
    BODY,
    FIRST_CHECK,
    INTERNAL,
    KINDS,
    MAINTENANCE,
    PRESALE,
    REPAIR,
    TYRES,
    WARRANTY,
    Errands,
)
from vernost.demo.garage import Ownerships
from vernost.demo.people import DUPLICATE, People
from vernost.demo.visits import Visits
from vernost.demo.world import World

OPEN, CLOSED, CANCELLED = range(3)
STATUSES = ("open", "closed", "cancelled")
NOBODY = -1
NO_READING = -1

AWAY_FROM_HOME = 0.04
CANCELLED_SHARE, REFUND_SHARE = 0.013, 0.003
LAST_MINUTE = 20 * 60 + 55
# Chance that the reception wrote no mileage, by kind.
NOT_READ = {TYRES: 0.25, BODY: 0.10, ACCESSORIES: 0.30, INTERNAL: 0.10, MAINTENANCE: 0.005}
SELDOM_NOT_READ = 0.02
# Chance to be ready on the day, and the most days it takes else.
READY_AT_ONCE = {MAINTENANCE: (0.93, 2), TYRES: (0.99, 1), ACCESSORIES: (0.8, 3), FIRST_CHECK: (1.0, 0)}
READY_AT_ONCE |= {REPAIR: (0.6, 6), WARRANTY: (0.5, 14), BODY: (0.05, 35), PRESALE: (0.8, 1), INTERNAL: (0.2, 5)}


@dataclass(frozen=True, slots=True)
class Orders:
    """In order of opening. `kind` may be FIRST_CHECK; customers are positions in the chunk."""

    ownership: Ints
    car: Ints
    customer: Ints
    branch: Ints
    advisor: Ints
    day: Ints
    minute: Ints
    closed: Ints
    closed_minute: Ints
    ready: Ints  # when it is (or, while open, will be) closed
    status: Ints
    kind: Ints
    number: Ints
    km: Ints  # what the odometer truly shows, NO_READING where nobody wrote it down
    refund: Bools

    @property
    def count(self) -> int:
        return len(self.car)

    @property
    def counted(self) -> Bools:
        """Visits: closed, and not the dealer's own."""
        visits: Bools = (self.status == CLOSED) & (self.kind != PRESALE) & (self.kind != INTERNAL)
        return visits

    def of(self, chosen: Bools | Ints) -> "Orders":
        return Orders(*(getattr(self, field.name)[chosen] for field in fields(self)))


def kind_code(kinds: Ints) -> Ints:
    """The number of the kind in KINDS."""
    return np.where(kinds == FIRST_CHECK, REPAIR, kinds)


def draw(world: World, chunk: int, people: People, owned: Ownerships, visits: Visits, errands: Errands) -> Orders:
    rng = world.rng(chunk, "orders")
    past = errands.of(errands.day <= world.until)
    who = np.concatenate([visits.ownership, past.ownership])
    day = np.concatenate([visits.day, past.day])
    kind = np.concatenate([np.full(len(visits.day), MAINTENANCE), past.kind])
    number = np.concatenate([visits.number, np.zeros(len(past.day), dtype=np.int64)])
    ours = (kind == PRESALE) | (kind == INTERNAL)
    home = people.branch[owned.customer[who]]
    strayed = happens(rng, AWAY_FROM_HOME, len(who)) & ~ours
    branch = np.where(strayed, rng.integers(0, world.branches.count, len(who)), home)
    minute = opening_minutes(rng, len(who))
    closed, closed_minute = _closing(world, rng, kind, day, minute)
    orders = Orders(
        ownership=who,
        car=owned.car[who],
        customer=np.where(ours, NOBODY, owned.customer[who]),
        branch=branch,
        advisor=world.branches.employee(rng, branch, "advisor"),
        day=day,
        minute=minute,
        closed=np.where(closed <= world.until, closed, FAR),
        closed_minute=closed_minute,
        ready=closed,
        status=np.where(closed <= world.until, CLOSED, OPEN),
        kind=kind,
        number=number,
        km=_readings(rng, owned, who, day, kind, ours),
        refund=np.zeros(len(who), dtype=np.bool_),
    )
    everything = _joined([orders, _cancelled(rng, owned, orders), _refunds(world, rng, orders)])
    sequence = np.lexsort((everything.car, everything.minute, everything.day))
    return _on_second_cards(rng, people, everything.of(sequence))


def _closing(world: World, rng: np.random.Generator, kind: Ints, day: Ints, minute: Ints) -> tuple[Ints, Ints]:
    count = len(kind)
    at_once, longest = np.zeros(len(KINDS) + 1), np.zeros(len(KINDS) + 1)
    for name, (share, days) in READY_AT_ONCE.items():
        at_once[name], longest[name] = share, days
    later = 1 + (longest[kind] * rng.random(count) ** 1.5).astype(np.int64)
    waits = ~happens(rng, at_once[kind], count) & (longest[kind] > 0)
    closed = np.where(waits, world.calendar.working(rng, day + later), day)
    # Preparation ends before the car is handed over.
    closed = np.where(kind == PRESALE, day, np.where(kind == INTERNAL, np.minimum(closed, day + 4), closed))
    same_day = np.minimum(minute + rng.integers(40, 330, count), LAST_MINUTE)
    another = 9 * 60 + rng.integers(0, LAST_MINUTE - 9 * 60, count)
    return closed, np.where(closed > day, another, np.maximum(same_day, minute + 15))


def _readings(rng: np.random.Generator, owned: Ownerships, who: Ints, day: Ints, kind: Ints, ours: Bools) -> Ints:
    km = owned.mileage.at(who, np.maximum(day, owned.mileage.start[who]))
    parked = owned.mileage.start_km[who].astype(np.int64)
    unread = np.full(len(KINDS) + 1, SELDOM_NOT_READ)
    for name, share in NOT_READ.items():
        unread[name] = share
    return np.where(happens(rng, unread[kind], len(who)), NO_READING, np.where(ours, parked, km))


def _cancelled(rng: np.random.Generator, owned: Ownerships, orders: Orders) -> Orders:
    """Orders opened a few days before the visit that took place, and cancelled."""
    chosen = happens(rng, CANCELLED_SHARE, orders.count) & (orders.customer != NOBODY)
    copy = orders.of(chosen)
    day = copy.day - up_to(rng, 1, 6, copy.count)
    inside = day >= owned.start[copy.ownership]
    copy.day[:] = day
    copy.closed[:], copy.status[:], copy.km[:] = FAR, CANCELLED, NO_READING
    return copy.of(inside)


def _refunds(world: World, rng: np.random.Generator, orders: Orders) -> Orders:
    """Money given back some days after a repair, as an order below zero."""
    kinds = (orders.kind == REPAIR) | (orders.kind == MAINTENANCE)
    copy = orders.of(happens(rng, REFUND_SHARE, orders.count) & kinds & (orders.status == CLOSED))
    copy.day[:] = world.calendar.working(rng, copy.closed + up_to(rng, 1, 20, copy.count))
    copy.closed[:] = copy.day
    copy.closed_minute[:] = copy.minute + 20
    copy.kind[:], copy.km[:], copy.refund[:], copy.number[:] = REPAIR, NO_READING, True, 0
    return copy.of(copy.day <= world.until)


def _joined(parts: list[Orders]) -> Orders:
    return Orders(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Orders)))


def _on_second_cards(rng: np.random.Generator, people: People, orders: Orders) -> Orders:
    """One visit of the real customer is what each duplicate card was made for."""
    cards = np.flatnonzero(people.role == DUPLICATE)
    by_customer = np.argsort(orders.customer, kind="stable")
    sorted_customers = orders.customer[by_customer]
    low = np.searchsorted(sorted_customers, people.twin[cards])
    high = np.searchsorted(sorted_customers, people.twin[cards], side="right")
    chosen = low + (rng.random(len(cards)) * (high - low)).astype(np.int64)
    has_visits = high > low
    orders.customer[by_customer[chosen[has_visits]]] = cards[has_visits]
    return orders
