"""What would happen after `until`: who comes by himself, and who comes when called.

Coming by himself is one fact per car: any visit in the next 60 days that the model already holds. A call
adds to it with a chance that depends on the programme and on the customer; those who have sold the car,
left the town or cannot be reached are not moved by calls.
"""

from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import FAR, Bools, Floats, Ints
from vernost.demo.errands import Errands
from vernost.demo.garage import Cars, Ownerships
from vernost.demo.orders import OPEN, Orders
from vernost.demo.people import People
from vernost.demo.visits import ELSEWHERE, MOVED, SOLD, UNHAPPY, History
from vernost.demo.world import World

WITHIN = 60
PROGRAMMES = (
    "first_service",
    "next_service",
    "warranty_end",
    "lost",
    "recall",
    "seasonal",
    "courtesy",
    "repurchase",
    "deferred_work",
)
UPLIFT = (0.25, 0.17, 0.12, 0.06, 0.30, 0.09, 0.03, 0.03, 0.11)
FAITHLESS = 0.5  # of the uplift is left for those who already go elsewhere


@dataclass(frozen=True, slots=True)
class Future:
    """Per car: the first visit after `until`, any and maintenance (FAR: none)."""

    any_visit: Ints
    maintenance: Ints


@dataclass(frozen=True, slots=True)
class Responses:
    car: Ints
    programme: Ints
    comes: Bools
    comes_if_called: Bools


def future(world: World, owned: Ownerships, history: History, errands: Errands, orders: Orders) -> Future:
    """An open order becomes a visit on the day on which it will be closed."""
    maintenance = history.next_day[owned.present].copy()
    unfinished = np.flatnonzero((orders.status == OPEN) & (orders.number > 0))
    np.minimum.at(maintenance, orders.car[unfinished], orders.ready[unfinished])
    any_visit = maintenance.copy()
    ahead = errands.day > world.until
    np.minimum.at(any_visit, owned.car[errands.ownership[ahead]], errands.day[ahead])
    unfinished = np.flatnonzero(orders.status == OPEN)
    np.minimum.at(any_visit, orders.car[unfinished], orders.ready[unfinished])
    return Future(any_visit, maintenance)


def draw(
    world: World, chunk: int, people: People, cars: Cars, owned: Ownerships, history: History, seen: "Seen"
) -> Responses:
    rng = world.rng(chunk, "responses")
    comes = seen.future.any_visit <= world.until + WITHIN
    person = owned.customer[owned.present]
    movable = people.callable[person] & (owned.end[owned.present] > world.until)
    reason = history.reason[owned.present]
    away = history.away_since[owned.present] < FAR
    movable &= ~(away & ((reason == SOLD) | (reason == MOVED)))
    keen = _keenness(people.loyalty[person]) * np.where(away & np.isin(reason, (ELSEWHERE, UNHAPPY)), FAITHLESS, 1.0)
    meaningful = _meaningful(cars, owned, seen)
    car, programme = np.nonzero(meaningful)
    chance = np.array(UPLIFT)[programme] * keen[car] * movable[car]
    called = comes[car] | (rng.random(len(car)) < chance)
    return Responses(car, programme, comes[car], called)


@dataclass(frozen=True, slots=True)
class Seen:
    """Per car: what the responses need to know of it."""

    future: Future
    recalled: Bools
    put_off: Bools


def _keenness(loyalty: Floats) -> Floats:
    """From 0.5 to 1.5, 1 on average."""
    return 0.5 + 1 / (1 + np.exp(-1.7 * loyalty))


def _meaningful(cars: Cars, owned: Ownerships, seen: Seen) -> Bools:
    """Programmes that could ever be about the car, a column each."""
    every = np.ones(cars.count, dtype=np.bool_)
    ours = owned.sold_by_us[owned.present]
    columns = [ours, every, every, every, seen.recalled, every, ours, ours, seen.put_off]
    return np.stack(columns, axis=1)
