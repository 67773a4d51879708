"""What surrounds a visit: surveys, parts on order, and events in the life of a car."""

from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import FAR, Bools, Floats, Ints
from vernost.demo.chance import happens, pick, up_to
from vernost.demo.errands import BODY, REPAIR, WARRANTY
from vernost.demo.garage import NEW_FROM_US, Cars, Ownerships
from vernost.demo.lines import Lines
from vernost.demo.orders import NOBODY, OPEN, Orders
from vernost.demo.people import People
from vernost.demo.works import Works
from vernost.demo.world import World

SURVEYED_SHARE, SURVEY_YEARS = 0.11, 3
# Scores 0-10 of content customers and of those who are leaving.
CONTENT = (1, 1, 1, 1, 1, 2, 3, 7, 16, 25, 42)
LEAVING = (8, 5, 6, 7, 7, 9, 9, 12, 14, 11, 12)
PRAISED_FROM, BLAMED_TO = 8, 6
PRAISE = (
    "",
    "Всё понравилось, спасибо мастеру-консультанту",
    "Быстро и вежливо",
    "Сделали в срок, машину помыли",
    "Хороший сервис, приеду ещё",
    "Цены выше, чем в городе, но качество хорошее",
)
BLAME = (
    "",
    "Долго ждал приёмки",
    "Не предупредили об увеличении стоимости",
    "Запчасть ждали две недели",
    "Стук в подвеске остался",
    "Дорого, в следующий раз поеду в другой сервис",
    "Никто не позвонил, хотя обещали",
)
WAITING_FOR_PARTS_SHARE, PARTS_ORDERED_SHARE = 0.6, 0.05

EVENTS = ("service_book_stored", "service_book_returned", "valuation_asked", "scrapped")
STORED, RETURNED, VALUED, SCRAPPED = range(4)
STORED_SHARE, RETURNED_SHARE, VALUED_SHARE, SCRAPPED_KNOWN_BY_EVENT = 0.12, 0.2, 0.012, 0.5


@dataclass(frozen=True, slots=True)
class Surveys:
    order: Ints
    day: Ints
    minute: Ints
    score: Ints
    praise: Ints
    blame: Ints


@dataclass(frozen=True, slots=True)
class PartOrders:
    order: Ints
    item: Ints
    ordered: Ints
    promised: Ints
    arrived: Ints


@dataclass(frozen=True, slots=True)
class Events:
    car: Ints
    day: Ints
    kind: Ints
    column: Bools  # per car: it is scrapped, and the card says so


def surveys(world: World, chunk: int, people: People, orders: Orders) -> Surveys:
    rng = world.rng(chunk, "surveys")
    suits = orders.counted & (orders.customer != NOBODY) & ~orders.refund
    suits &= orders.closed > world.until - SURVEY_YEARS * 365
    order = np.flatnonzero(suits & happens(rng, SURVEYED_SHARE, orders.count))
    day = orders.closed[order] + up_to(rng, 1, 3, len(order))
    order, day = order[day <= world.until], day[day <= world.until]
    count = len(order)
    cool: Floats = 1 / (1 + np.exp(1.2 * people.loyalty[orders.customer[order]] + 1.0))
    leaving = happens(rng, cool, count)
    score = np.where(leaving, pick(rng, LEAVING, count), pick(rng, CONTENT, count))
    speaks = happens(rng, 0.4, count)
    return Surveys(
        order=order,
        day=day,
        minute=10 * 60 + rng.integers(0, 9 * 60, count),
        score=score,
        praise=np.where(speaks & (score >= PRAISED_FROM), rng.integers(1, len(PRAISE), count), 0),
        blame=np.where(speaks & (score <= BLAMED_TO), rng.integers(1, len(BLAME), count), 0),
    )


def part_orders(world: World, chunk: int, orders: Orders, lines: Lines, works: Works) -> PartOrders:
    rng = world.rng(chunk, "parts")
    kinds = np.isin(orders.kind, (REPAIR, WARRANTY, BODY)) & (orders.customer != NOBODY) & ~orders.refund
    share = np.where(orders.status == OPEN, WAITING_FOR_PARTS_SHARE, PARTS_ORDERED_SHARE)
    wanted = kinds & happens(rng, share, orders.count)
    part = np.flatnonzero(wanted[lines.order] & ~works.labour[lines.item] & ~lines.declined)
    part = part[np.concatenate([[True], lines.order[part[1:]] != lines.order[part[:-1]]])] if len(part) else part
    order = lines.order[part]
    ordered = orders.day[order]
    promised = ordered + up_to(rng, 2, 25, len(order))
    came = promised + np.rint(rng.exponential(2.0, len(order))).astype(np.int64) - 1
    came = np.where(orders.status[order] == OPEN, came, np.minimum(came, orders.closed[order]))
    arrived = np.where(came <= world.until, np.maximum(came, ordered), FAR)
    return PartOrders(order, lines.item[part], ordered, promised, arrived)


def events(world: World, chunk: int, cars: Cars, owned: Ownerships) -> Events:
    rng = world.rng(chunk, "events")
    count = cars.count
    new = np.flatnonzero((cars.origin == NEW_FROM_US) & happens(rng, STORED_SHARE, count))
    back = new[happens(rng, RETURNED_SHARE, len(new))]
    returned = cars.came[back] + ((world.until - cars.came[back]) * rng.random(len(back)) ** 0.4).astype(np.int64)
    here = owned.end[owned.present] > world.until
    valued = np.flatnonzero(here & happens(rng, VALUED_SHARE, count))
    asked = np.maximum(world.until - up_to(rng, 0, 240, len(valued)), cars.came[valued])
    gone = cars.scrapped <= world.until
    told = gone & happens(rng, SCRAPPED_KNOWN_BY_EVENT, count)
    scrapped = np.flatnonzero(told)
    car = np.concatenate([new, back, valued, scrapped])
    day = np.concatenate([cars.came[new], returned, asked, cars.scrapped[scrapped]])
    kind = np.repeat([STORED, RETURNED, VALUED, SCRAPPED], [len(new), len(back), len(valued), len(scrapped)])
    sequence = np.lexsort((car, day))
    return Events(car[sequence], day[sequence], kind[sequence], gone & ~told)
