"""Lines of repair orders: what was done, what the customer put off, and the money."""

from dataclasses import dataclass, fields

import numpy as np

from vernost.demo.arrays import FAR, Bools, Ints, rounded
from vernost.demo.chance import happens, pick
from vernost.demo.days import month_of
from vernost.demo.errands import BODY, FIRST_CHECK, INTERNAL, KINDS, MAINTENANCE, REPAIR, WARRANTY
from vernost.demo.orders import CANCELLED, CLOSED, Orders
from vernost.demo.works import ITEMS, MOST_MAINTENANCE, Works
from vernost.demo.world import World

PAYERS = ("", "customer", "warranty", "insurer", "internal")
UNSAID, CUSTOMER, BY_WARRANTY, INSURER, BY_US = range(5)

PUT_OFF_SHARE, DONE_LATER_SHARE, DATED_ADVICE_SHARE = 0.13, 0.35, 0.25
DISCOUNTS, DISCOUNT_SHARES = np.array([0, 5, 7, 10]), (0.68, 0.17, 0.05, 0.10)
COOLING_MONTHS = (4, 8)
INFLATION = 1.08
PRICES_OF = 19_900  # 2024, in days
LABOUR_COST, PART_COST = 0.36, 0.78  # of the price before discount, without VAT
VAT = 1.2
INSURED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Lines:
    """In order of their orders; money in kopecks, quantity in tenths."""

    order: Ints
    number: Ints
    item: Ints
    tenths: Ints
    price: Ints
    discount: Ints
    amount: Ints
    cost: Ints
    declined: Bools
    advised_on: Ints
    payer: Ints

    def of(self, chosen: Bools) -> "Lines":
        return Lines(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Totals:
    """Per order, in kopecks."""

    amount: Ints
    cost: Ints


@dataclass(frozen=True, slots=True)
class Work:
    lines: Lines
    totals: Totals
    put_off: Bools  # per car: it has work that was declined and not done since


def draw(world: World, chunk: int, orders: Orders, works: Works, value: Ints) -> Work:
    """`value` is the price of each order's car when new, in thousand roubles."""
    rng = world.rng(chunk, "lines")
    job = _jobs(rng, orders, works)
    done = rng.random((orders.count, works.items.shape[1])) < works.chance[job]
    done[:, 1:] &= ~orders.refund[:, None]
    order, slot = np.nonzero(done)
    item = works.items[job[order], slot]
    put_off, later, advised = _put_off(rng, orders)
    job = works.wears[rng.integers(0, len(works.wears), len(put_off))]
    declined_work = works.items[job, :2].ravel()
    follows = np.repeat(later >= 0, 2)
    order = np.concatenate([order, np.repeat(put_off, 2), np.repeat(later, 2)[follows]])
    item = np.concatenate([item, declined_work, declined_work[follows]])
    refused = np.repeat([False, True, False], [len(slot), len(declined_work), int(follows.sum())])
    advised_on = np.full(len(order), FAR)
    advised_on[len(slot) : len(slot) + len(declined_work)] = np.repeat(advised, 2)
    sequence = np.lexsort((refused, order))
    lines = _priced(rng, orders, works, value, order[sequence], item[sequence])
    lines.declined[:], lines.advised_on[:] = refused[sequence], advised_on[sequence]
    waiting = put_off[(later < 0) & (orders.status[put_off] == CLOSED)]
    open_work = np.bincount(orders.car[waiting], minlength=int(orders.car.max(initial=0)) + 1) > 0
    return Work(lines, _totals(orders, lines), open_work)


def _jobs(rng: np.random.Generator, orders: Orders, works: Works) -> Ints:
    job = np.zeros(orders.count, dtype=np.int64)
    for kind in range(len(KINDS) + 1):
        rows = np.flatnonzero(orders.kind == kind)
        if kind == MAINTENANCE:
            job[rows] = np.clip(orders.number[rows], 1, MOST_MAINTENANCE) - 1
        else:
            jobs = np.flatnonzero(works.kind == kind)
            job[rows] = jobs[pick(rng, works.weight[jobs], len(rows))]
    # Nobody fills an air conditioner in winter: brakes instead.
    cooling = np.array([ITEMS[item].category == "air_conditioning" for item in works.items[:, 0]])
    month = month_of(orders.day)
    warm = (month >= COOLING_MONTHS[0]) & (month <= COOLING_MONTHS[1])
    return np.where(cooling[job] & ~warm, works.wears[0], job)


def _put_off(rng: np.random.Generator, orders: Orders) -> tuple[Ints, Ints, Ints]:
    """Orders on which work was declined, the later orders on which it was done (-1: none), the advised days."""
    suits = (orders.kind == MAINTENANCE) | (orders.kind == REPAIR)
    suits &= (orders.status != CANCELLED) & ~orders.refund
    places = np.flatnonzero(suits)
    by_car = places[np.argsort(orders.car[places], kind="stable")]
    following = np.full(orders.count, -1)
    same = orders.car[by_car[1:]] == orders.car[by_car[:-1]]
    same &= orders.day[by_car[1:]] > orders.day[by_car[:-1]]
    following[by_car[:-1][same]] = by_car[1:][same]
    put_off = places[happens(rng, PUT_OFF_SHARE, len(places))]
    count = len(put_off)
    later = np.where(happens(rng, DONE_LATER_SHARE, count), following[put_off], -1)
    advised = orders.day[put_off] + rng.integers(20, 150, count)
    return put_off, later, np.where(happens(rng, DATED_ADVICE_SHARE, count), advised, FAR)


def _priced(rng: np.random.Generator, orders: Orders, works: Works, value: Ints, order: Ints, item: Ints) -> Lines:
    level = (value / 2_000) ** 0.45 * INFLATION ** ((orders.day - PRICES_OF) / 365)
    roubles = works.price[item] * level[order]
    labour = works.labour[item]
    price = np.where(labour, rounded(roubles / 10) * 10, rounded(roubles)) * 100
    tenths = np.where(orders.refund[order], -works.tenths[item], works.tenths[item])
    full = price * tenths // 10
    percent = DISCOUNTS[pick(rng, DISCOUNT_SHARES, orders.count)]
    discount = np.where(tenths > 0, full * percent[order] // 100, 0)
    share = np.where(labour, LABOUR_COST, PART_COST) / VAT
    starts = np.searchsorted(order, order)
    return Lines(
        order=order,
        number=np.arange(len(order)) - starts + 1,
        item=item,
        tenths=tenths,
        price=price,
        discount=discount,
        amount=full - discount,
        cost=rounded(full * share),
        declined=np.zeros(len(order), dtype=np.bool_),
        advised_on=np.full(len(order), FAR),
        payer=_payers(rng, orders)[order],
    )


def _payers(rng: np.random.Generator, orders: Orders) -> Ints:
    """Most orders leave the payer to their kind; insurers are always named."""
    count = orders.count
    named = np.full(count, UNSAID)
    named[happens(rng, 0.1, count)] = CUSTOMER
    named[orders.kind == WARRANTY] = np.where(happens(rng, 0.3, count), BY_WARRANTY, UNSAID)[orders.kind == WARRANTY]
    named[orders.kind == INTERNAL] = BY_US
    named[(orders.kind == BODY) & happens(rng, INSURED_SHARE, count)] = INSURER
    named[orders.kind == FIRST_CHECK] = UNSAID
    return named


def _totals(orders: Orders, lines: Lines) -> Totals:
    """What the customer or insurer paid; the maker's money for warranty is not in the files."""
    kept = ~lines.declined

    def total(money: Ints) -> Ints:
        sums = np.bincount(lines.order[kept], weights=money[kept], minlength=orders.count)
        return rounded(np.asarray(sums, dtype=np.float64))

    paid = (orders.kind != WARRANTY) & (orders.kind != INTERNAL)
    return Totals(np.where(paid, total(lines.amount), 0), total(lines.cost))
