"""Bookings: those that became visits, those that did not, and those still ahead."""

from dataclasses import dataclass, fields

import numpy as np

from vernost.demo.arrays import Bools, Floats, Ints
from vernost.demo.chance import happens, pick, up_to
from vernost.demo.days import opening_minutes
from vernost.demo.errands import BODY, INTERNAL, KINDS, MAINTENANCE, PRESALE, TYRES, WARRANTY, Errands
from vernost.demo.garage import Ownerships
from vernost.demo.orders import CANCELLED as CANCELLED_ORDER
from vernost.demo.orders import NOBODY, Orders
from vernost.demo.people import People
from vernost.demo.visits import History
from vernost.demo.world import World

STATUSES = ("booked", "confirmed", "arrived", "no_show", "cancelled")
BOOKED, CONFIRMED, ARRIVED, NO_SHOW, CANCELLED = range(5)
BOOKING_YEARS = 4
BOOKED_SHARE = {MAINTENANCE: 0.6, TYRES: 0.6, WARRANTY: 0.5, BODY: 0.4}
OTHERS_BOOKED = 0.4
MISSED_SHARE, TAKEN_BACK_SHARE = 0.05, 0.05
AHEAD_DAYS, AHEAD_SHARE = 28, 0.6
WITHOUT_INTENT = 0.004  # booked, and will not come
NO_ORDER = -1


@dataclass(frozen=True, slots=True)
class Appointments:
    branch: Ints
    customer: Ints
    car: Ints
    advisor: Ints
    day: Ints
    minute: Ints
    length: Ints
    booked_on: Ints
    status: Ints
    order: Ints

    @property
    def count(self) -> int:
        return len(self.day)

    def of(self, chosen: Bools | Ints) -> "Appointments":
        return Appointments(*(getattr(self, field.name)[chosen] for field in fields(self)))


def draw(
    world: World,
    chunk: int,
    people: People,
    owned: Ownerships,
    orders: Orders,
    history: History,
    errands: Errands,
) -> Appointments:
    rng = world.rng(chunk, "appointments")
    kept = _kept(world, rng, orders)
    parts = [kept, _missed(world, rng, kept), _ahead(world, rng, people, owned, history, errands)]
    joined = (np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Appointments))
    appointments = Appointments(*joined)
    appointments = appointments.of(appointments.booked_on <= world.until)
    return appointments.of(np.lexsort((appointments.car, appointments.minute, appointments.day)))


def _kept(world: World, rng: np.random.Generator, orders: Orders) -> Appointments:
    share = np.full(len(KINDS) + 1, OTHERS_BOOKED)
    for kind, booked in BOOKED_SHARE.items():
        share[kind] = booked
    share[PRESALE] = share[INTERNAL] = 0.0
    suits = (orders.status != CANCELLED_ORDER) & ~orders.refund & (orders.customer != NOBODY)
    suits &= orders.day > world.until - BOOKING_YEARS * 365
    order = np.flatnonzero(suits & happens(rng, share[orders.kind], orders.count))
    count = len(order)
    return Appointments(
        branch=orders.branch[order],
        customer=orders.customer[order],
        car=orders.car[order],
        advisor=orders.advisor[order],
        day=orders.day[order],
        minute=orders.minute[order] // 15 * 15,
        length=_lengths(rng, count),
        booked_on=orders.day[order] - _days_ahead(rng, count),
        status=np.full(count, ARRIVED),
        order=order,
    )


def _missed(world: World, rng: np.random.Generator, kept: Appointments) -> Appointments:
    """Earlier bookings of the same people, which came to nothing."""
    fate = rng.random(kept.count)
    fails = fate < MISSED_SHARE + TAKEN_BACK_SHARE
    copy = kept.of(fails)
    copy.day[:] = world.calendar.working(rng, copy.day - up_to(rng, 3, 20, copy.count))
    copy.booked_on[:] = copy.day - _days_ahead(rng, copy.count)
    copy.status[:] = np.where(fate[fails] < MISSED_SHARE, NO_SHOW, CANCELLED)
    copy.order[:] = NO_ORDER
    return copy.of(copy.day <= world.until)


def _ahead(
    world: World,
    rng: np.random.Generator,
    people: People,
    owned: Ownerships,
    history: History,
    errands: Errands,
) -> Appointments:
    """Visits to come that are already in the diary, and a few that will not take place."""
    present = owned.present
    soon = (errands.day > world.until) & (errands.day <= world.until + AHEAD_DAYS)
    service = history.next_day[present] <= world.until + AHEAD_DAYS
    empty = present[happens(rng, WITHOUT_INTENT, len(present)) & (owned.end[present] > world.until)]
    who = np.concatenate([present[service], errands.ownership[soon], empty])
    nowhere = world.calendar.working(rng, world.until + up_to(rng, 1, 14, len(empty)))
    day = np.concatenate([history.next_day[present[service]], errands.day[soon], nowhere])
    certain = np.repeat([AHEAD_SHARE, AHEAD_SHARE, 1.0], [int(service.sum()), int(soon.sum()), len(empty)])
    chosen = _booked_already(rng, certain, day - world.until)
    who, day = who[chosen], day[chosen]
    branch = people.branch[owned.customer[who]]
    return Appointments(
        branch=branch,
        customer=owned.customer[who],
        car=owned.car[who],
        advisor=world.branches.employee(rng, branch, "advisor"),
        day=day,
        minute=opening_minutes(rng, len(who)) // 15 * 15,
        length=_lengths(rng, len(who)),
        booked_on=world.until - up_to(rng, 0, 6, len(who)),
        status=pick(rng, (0.7, 0.3), len(who)),
        order=np.full(len(who), NO_ORDER),
    )


def _booked_already(rng: np.random.Generator, certain: Floats, ahead: Ints) -> Bools:
    """The nearer the day, the likelier it is in the diary."""
    return rng.random(len(ahead)) < np.where(certain < 1, certain * np.exp(-ahead / AHEAD_DAYS) * 1.4, 1.0)


def _days_ahead(rng: np.random.Generator, count: int) -> Ints:
    return np.minimum(rng.exponential(4.0, count).astype(np.int64), 25)


def _lengths(rng: np.random.Generator, count: int) -> Ints:
    return np.array([30, 60, 90, 120])[pick(rng, (0.15, 0.5, 0.2, 0.15), count)]
