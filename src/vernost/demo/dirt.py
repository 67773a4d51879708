"""Mistakes of the people who typed the orders.

An odometer slip is drawn for any reading, whatever it does to the history of the car. It stays only
where it is wrong by more than rounding and where at least two true readings of the same car contradict
it: with one against one, nobody could say from the files which of the two is the slip.
"""

from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import Ints
from vernost.demo.chance import happens, pick
from vernost.demo.orders import CANCELLED, NOBODY, Orders
from vernost.demo.world import World

SLIPS = ("typo", "lost_digit", "extra_digit", "swap", "other_car")
TYPO, LOST_DIGIT, EXTRA_DIGIT, SWAP, OTHER_CAR = range(5)
SLIP_SHARES = (0.42, 0.18, 0.11, 0.16, 0.13)
SLIP_SHARE = 0.078
REALLY_WRONG = 1_500
LONGEST = 9_999_999

FAULTS = (
    "",
    "closed_before_opened",
    "unknown_customer",
    "negative_mileage",
    "unknown_kind",
    "bad_date",
    "bad_amount",
)
SOUND, CLOSED_BEFORE_OPENED, UNKNOWN_CUSTOMER, NEGATIVE_MILEAGE, UNKNOWN_KIND, BAD_DATE, BAD_AMOUNT = range(7)
FAULT_COLUMNS = ("", "closed_at", "customer_id", "mileage_km", "kind", "opened_at", "amount")
FAULT_SHARES = (0.9973, 0.0008, 0.0005, 0.0004, 0.0004, 0.0003, 0.0003)

CLUSTER_SHARE = 0.02  # of the cars with a long enough history
BEFORE, AFTER = 3, 3  # readings on each side of a change of cluster


@dataclass(frozen=True, slots=True)
class Dirt:
    km: Ints  # what the file says, per order
    slips: Ints  # orders with a wrong mileage
    slip_kind: Ints
    clusters: Ints  # orders with the first reading of a new cluster
    fault: Ints  # per order


@dataclass(frozen=True, slots=True)
class _Readings:
    """Distinct readings of cars by (car, day, km), and the reading of each order that has one."""

    order: Ints
    reading: Ints
    car: Ints
    km: Ints

    def km_at(self, reading: Ints, steps: int, *, missing: int) -> Ints:
        """The reading some steps later (earlier) of the same car."""
        place = reading + steps
        inside = (place >= 0) & (place < len(self.car))
        place = np.clip(place, 0, len(self.car) - 1)
        return np.where(inside & (self.car[place] == self.car[reading]), self.km[place], missing)


def draw(world: World, chunk: int, orders: Orders) -> Dirt:
    rng = world.rng(chunk, "dirt")
    fault = pick(rng, FAULT_SHARES, orders.count)
    fault[orders.customer == NOBODY] = SOUND
    fault[(fault == NEGATIVE_MILEAGE) & (orders.km <= 0)] = SOUND
    fault[orders.status != 1] = SOUND
    readings = _readings(orders)
    km = orders.km.copy()
    clusters, changed = _clusters(rng, readings, km)
    slips, kinds = _slips(rng, orders, readings, fault, changed, km)
    return Dirt(km, slips, kinds, clusters, fault)


def _readings(orders: Orders) -> _Readings:
    order = np.flatnonzero((orders.km > 0) & (orders.status != CANCELLED))
    order = order[np.lexsort((orders.km[order], orders.day[order], orders.car[order]))]
    car, day, km = orders.car[order], orders.day[order], orders.km[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (car[1:] != car[:-1]) | (day[1:] != day[:-1]) | (km[1:] != km[:-1])
    return _Readings(order, np.cumsum(new) - 1, car[new], km[new])


def _clusters(rng: np.random.Generator, readings: _Readings, km: Ints) -> tuple[Ints, Ints]:
    """Give some cars a new instrument cluster: the readings go on from (nearly) nothing."""
    starts = np.flatnonzero(np.concatenate([[True], readings.car[1:] != readings.car[:-1]]))
    counts = np.diff(np.append(starts, len(readings.car)))
    chosen = np.flatnonzero((counts >= BEFORE + AFTER) & happens(rng, CLUSTER_SHARE, len(starts)))
    room = counts[chosen] - BEFORE - AFTER + 1
    at = starts[chosen] + BEFORE + (rng.random(len(chosen)) * room).astype(np.int64)
    last, first = readings.km[at - 1], readings.km[at]
    changed_at = last + ((first - last) * rng.random(len(at))).astype(np.int64)
    used = np.where(happens(rng, 0.2, len(at)), rng.integers(500, 15_000, len(at)), 0)
    # Three readings below two earlier ones: with less evidence it would be taken for a slip, and rightly.
    shown = readings.km[at + AFTER - 1] - changed_at + used
    told = (shown < readings.km[at - 2]) & (first - changed_at + used > 0)
    at, chosen, less = at[told], chosen[told], (changed_at - used)[told]
    after = np.zeros(len(readings.car), dtype=np.int64)
    for place, end, drop in zip(at, starts[chosen] + counts[chosen], less, strict=True):
        after[place:end] = drop
    km[readings.order] -= after[readings.reading]
    firsts = np.searchsorted(readings.reading, at)
    return readings.order[firsts], readings.car[at]


def _slips(
    rng: np.random.Generator, orders: Orders, readings: _Readings, fault: Ints, changed: Ints, km: Ints
) -> tuple[Ints, Ints]:
    """Change `km` where somebody mistyped; return these orders and how."""
    sound = (fault[readings.order] == SOUND) & ~np.isin(readings.car[readings.reading], changed)
    drawn = np.flatnonzero(sound & happens(rng, SLIP_SHARE, len(readings.order)))
    order, reading = readings.order[drawn], readings.reading[drawn]
    kind = pick(rng, SLIP_SHARES, len(drawn))
    true = orders.km[order]
    wrong = _mistyped(rng, kind, true, readings.km)
    plain = (np.abs(wrong - true) >= REALLY_WRONG) & (wrong > 0) & (wrong <= LONGEST)
    too_low = wrong < readings.km_at(reading, -2, missing=-1)
    too_high = wrong > readings.km_at(reading, 2, missing=LONGEST)
    kept = plain & (too_low | too_high)
    km[order[kept]] = wrong[kept]
    return order[kept], kind[kept]


def _mistyped(rng: np.random.Generator, kind: Ints, km: Ints, others: Ints) -> Ints:
    count = len(km)
    digits = np.floor(np.log10(np.maximum(km, 1))).astype(np.int64) + 1
    place = (rng.random(count) * digits).astype(np.int64)
    ten = 10**place
    high, low = km // (ten * 10), km % ten
    digit = km // ten % 10
    # The first digit never becomes a zero: nobody types one.
    other = np.where(
        place == digits - 1, 1 + (digit - 1 + rng.integers(1, 9, count)) % 9, (digit + rng.integers(1, 10, count)) % 10
    )
    typo = km + (other - digit) * ten
    lost = high * ten + low
    stuck = np.where(happens(rng, 0.5, count), digit, rng.integers(0, 10, count))
    extra = ((km // ten) * 10 + stuck) * ten + low
    pair = 10 ** np.minimum(place, np.maximum(digits - 2, 0))
    right, left = km // pair % 10, km // (pair * 10) % 10
    swapped = km + (right - left) * 9 * pair
    stranger = others[rng.integers(0, len(others), count)] if len(others) else km
    return np.choose(kind, [typo, lost, extra, swapped, stranger])
