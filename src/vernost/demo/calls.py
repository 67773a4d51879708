"""Contacts with customers: calls of the contact centre with their outcomes, messages, calls to us."""

from dataclasses import dataclass, fields

import numpy as np

from vernost.demo.arrays import FAR, Bools, Ints
from vernost.demo.chance import happens, pick, up_to
from vernost.demo.errands import FirstCalls
from vernost.demo.garage import Ownerships
from vernost.demo.orders import NOBODY, Orders
from vernost.demo.people import GIVEN, PROSPECT, People
from vernost.demo.visits import ELSEWHERE, LOST, MOVED, SOLD, Reminders
from vernost.demo.world import CALLING_YEARS, World

CHANNELS = ("call", "sms", "messenger", "email", "web", "visit")
CALL, SMS, MESSENGER, EMAIL, WEB, IN_PERSON = range(6)
OUTCOMES = (
    "booked", "declined", "call_back", "thinking", "do_not_call", "no_answer", "busy", "voicemail",
    "unavailable", "car_sold", "served_elsewhere", "wrong_person", "delivered", "answered", "",
)  # fmt: skip
(
    BOOKED, DECLINED, CALL_BACK, THINKING, DO_NOT_CALL, NO_ANSWER, BUSY, VOICEMAIL,
    UNAVAILABLE, CAR_SOLD, SERVED_ELSEWHERE, WRONG_PERSON, DELIVERED, ANSWERED, UNSAID,
) = range(15)  # fmt: skip
TEXTS = (
    "",
    "Приглашение на ТО",
    "Давно не были у нас, пригласили на осмотр",
    "Первый осмотр после покупки",
    "Звонок после покупки: всё ли в порядке",
    "Сезонная акция: шины и хранение",
    "Входящий звонок: запись на сервис",
    "Заявка с сайта",
    "Вопрос по стоимости ремонта",
    "Консультация по новому автомобилю",
)
NO_TEXT, ABOUT_SERVICE, ABOUT_RETURN, ABOUT_CHECK, ABOUT_PURCHASE, ABOUT_SEASON, BOOKS, FROM_SITE, ASKS, ABOUT_CARS = (
    range(10)
)

# Outcomes of a call that reached the customer.
COMES = {BOOKED: 0.80, THINKING: 0.12, CALL_BACK: 0.08}
STAYS_AWAY = {DECLINED: 0.42, SERVED_ELSEWHERE: 0.27, THINKING: 0.18, CALL_BACK: 0.05, DO_NOT_CALL: 0.05}
STAYS_AWAY |= {BOOKED: 0.03}
HAS_SOLD = {CAR_SOLD: 0.75, DECLINED: 0.15, WRONG_PERSON: 0.10}
HAS_MOVED = {DECLINED: 0.85, SERVED_ELSEWHERE: 0.15}
NOT_REACHED = {NO_ANSWER: 0.55, BUSY: 0.12, VOICEMAIL: 0.13, UNAVAILABLE: 0.20}
MORE_TRIES = (0.45, 0.35, 0.20)  # one, two or three attempts
COURTESY_CALLED, CAMPAIGN_SHARE, CALLS_BEFORE_VISIT = 0.6, 0.12, 0.25
CAMPAIGN_DAYS = (40, 225, 405, 590)  # before `until`


@dataclass(frozen=True, slots=True)
class Contacts:
    """Positions of customer, car and branch in the chunk and group; car may be NOBODY."""

    customer: Ints
    car: Ints
    branch: Ints
    day: Ints
    minute: Ints
    channel: Ints
    outgoing: Bools
    outcome: Ints
    text: Ints
    by_robot: Bools

    @property
    def count(self) -> int:
        return len(self.day)

    def of(self, chosen: Bools | Ints) -> "Contacts":
        return Contacts(*(getattr(self, field.name)[chosen] for field in fields(self)))


def draw(
    world: World,
    chunk: int,
    people: People,
    owned: Ownerships,
    reminders: Reminders,
    first_calls: FirstCalls,
    orders: Orders,
) -> Contacts:
    rng = world.rng(chunk, "calls")
    service = _reminders(rng, people, owned, reminders)
    checks = _first_checks(rng, people, owned, first_calls)
    parts = [
        _with_tries(world, rng, service),
        _with_tries(world, rng, checks),
        _courtesy(world, rng, people, owned),
        _campaigns(world, rng, people),
        _incoming(world, rng, orders),
        _questions(world, rng, people),
    ]
    contacts = Contacts(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Contacts)))
    contacts = contacts.of(contacts.day <= world.until)
    contacts = contacts.of(np.lexsort((contacts.customer, contacts.minute, contacts.day)))
    return contacts.of(_allowed(people, int(owned.car.max()) + 1, contacts))


def _contacts(
    rng: np.random.Generator,
    *,
    customer: Ints,
    car: Ints,
    branch: Ints,
    day: Ints,
    outcome: Ints,
    text: Ints,
) -> Contacts:
    """Calls by people of ours; the columns may be changed afterwards."""
    count = len(day)
    return Contacts(
        customer=customer,
        car=car,
        branch=branch,
        day=day,
        minute=9 * 60 + rng.integers(0, 10 * 60 + 30, count),
        channel=np.full(count, CALL),
        outgoing=np.ones(count, dtype=np.bool_),
        outcome=outcome,
        text=text,
        by_robot=np.zeros(count, dtype=np.bool_),
    )


def _say(rng: np.random.Generator, answers: dict[int, float], count: int) -> Ints:
    return np.array(list(answers))[pick(rng, list(answers.values()), count)]


def _reminders(rng: np.random.Generator, people: People, owned: Ownerships, calls: Reminders) -> Contacts:
    count = len(calls.day)
    comes = calls.visit < FAR
    away = _say(rng, STAYS_AWAY, count)
    away = np.where(calls.reason == SOLD, _say(rng, HAS_SOLD, count), away)
    away = np.where(calls.reason == MOVED, _say(rng, HAS_MOVED, count), away)
    # Who comes back later by himself was only elsewhere for a while.
    away = np.where((away == DO_NOT_CALL) & (calls.reason == ELSEWHERE) & happens(rng, 0.5, count), DECLINED, away)
    said = np.where(comes, _say(rng, COMES, count), away)
    outcome = np.where(calls.reached > 0, said, _say(rng, NOT_REACHED, count))
    customer = owned.customer[calls.ownership]
    return _contacts(
        rng,
        customer=customer,
        car=owned.car[calls.ownership],
        branch=people.branch[customer],
        day=calls.day,
        outcome=outcome,
        text=np.where(calls.programme == LOST, ABOUT_RETURN, ABOUT_SERVICE),
    )


def _first_checks(rng: np.random.Generator, people: People, owned: Ownerships, calls: FirstCalls) -> Contacts:
    count = len(calls.day)
    said = np.where(calls.visit < FAR, _say(rng, COMES, count), _say(rng, {DECLINED: 0.6, THINKING: 0.4}, count))
    customer = owned.customer[calls.ownership]
    return _contacts(
        rng,
        customer=customer,
        car=owned.car[calls.ownership],
        branch=people.branch[customer],
        day=calls.day,
        outcome=np.where(calls.reached, said, _say(rng, NOT_REACHED, count)),
        text=np.full(count, ABOUT_CHECK),
    )


def _with_tries(world: World, rng: np.random.Generator, calls: Contacts) -> Contacts:
    """Put attempts that reached nobody before the decisive one, a day or two apart."""
    tries = 1 + pick(rng, MORE_TRIES, calls.count)
    row = np.repeat(np.arange(calls.count), tries)
    last = np.concatenate([row[1:] != row[:-1], [True]]) if len(row) else np.zeros(0, dtype=np.bool_)
    left = tries[row] - 1 - (np.arange(len(row)) - np.searchsorted(row, row))
    everything = calls.of(row)
    everything.day[:] = np.where(last, everything.day, world.calendar.working(rng, everything.day - 2 * left))
    everything.outcome[:] = np.where(last, everything.outcome, _say(rng, NOT_REACHED, len(row)))
    early = (everything.day >= calls.day[row]) & ~last
    return everything.of(~early)


def _courtesy(world: World, rng: np.random.Generator, people: People, owned: Ownerships) -> Contacts:
    """A call three days after the sale."""
    suits = owned.sold_by_us & (owned.start > world.until - CALLING_YEARS * 365) & people.callable[owned.customer]
    who = np.flatnonzero(suits & happens(rng, COURTESY_CALLED, owned.count))
    customer = owned.customer[who]
    return _contacts(
        rng,
        customer=customer,
        car=owned.car[who],
        branch=people.branch[customer],
        day=world.calendar.working(rng, owned.start[who] + 3),
        outcome=_say(rng, {ANSWERED: 0.75, NO_ANSWER: 0.2, UNAVAILABLE: 0.05}, len(who)),
        text=np.full(len(who), ABOUT_PURCHASE),
    )


def _campaigns(world: World, rng: np.random.Generator, people: People) -> Contacts:
    """Seasonal messages to those who agreed to them."""
    agreed = np.flatnonzero((people.consents["sms"] == GIVEN) & people.callable)
    parts = [agreed[happens(rng, CAMPAIGN_SHARE, len(agreed))] for _ in CAMPAIGN_DAYS]
    customer = np.concatenate(parts)
    before = np.repeat(CAMPAIGN_DAYS, [len(part) for part in parts])
    day = world.until - before + up_to(rng, 0, 2, len(customer))
    known = people.arrived[customer] < day
    count = int(known.sum())
    contacts = _contacts(
        rng,
        customer=customer[known],
        car=np.full(count, NOBODY),
        branch=people.branch[customer[known]],
        day=day[known],
        outcome=_say(rng, {DELIVERED: 0.93, UNAVAILABLE: 0.07}, count),
        text=np.full(count, ABOUT_SEASON),
    )
    contacts.channel[:], contacts.by_robot[:] = SMS, True
    return contacts


def _incoming(world: World, rng: np.random.Generator, orders: Orders) -> Contacts:
    """Customers who called us, or wrote, before they came."""
    known = (orders.customer != NOBODY) & (orders.day > world.until - CALLING_YEARS * 365)
    calling = np.flatnonzero(known & happens(rng, CALLS_BEFORE_VISIT, orders.count))
    count = len(calling)
    contacts = _contacts(
        rng,
        customer=orders.customer[calling],
        car=orders.car[calling],
        branch=orders.branch[calling],
        day=orders.day[calling] - up_to(rng, 1, 9, count),
        outcome=np.full(count, BOOKED),
        text=np.full(count, BOOKS),
    )
    contacts.outgoing[:] = False
    contacts.channel[:] = pick(rng, (0.78, 0.0, 0.12, 0.0, 0.10), count)
    contacts.text[contacts.channel == WEB] = FROM_SITE
    return contacts


def _questions(world: World, rng: np.random.Generator, people: People) -> Contacts:
    """Questions about prices and cars, most of them from people who never bought anything yet."""
    asks = np.flatnonzero(happens(rng, np.where(people.role == PROSPECT, 0.8, 0.05), people.count))
    count = len(asks)
    since = np.maximum(people.arrived[asks], world.until - CALLING_YEARS * 365)
    contacts = _contacts(
        rng,
        customer=asks,
        car=np.full(count, NOBODY),
        branch=people.branch[asks],
        day=since + ((world.until - since) * rng.random(count) ** 2).astype(np.int64),
        outcome=np.full(count, UNSAID),
        text=np.where(people.role[asks] == PROSPECT, ABOUT_CARS, ASKS),
    )
    contacts.outgoing[:] = False
    contacts.channel[:] = pick(rng, (0.5, 0.0, 0.2, 0.05, 0.15, 0.1), count)
    return contacts


def _allowed(people: People, cars: int, contacts: Contacts) -> Bools:
    """No more calls to who asked not to call, nor about a car that is said to be sold."""
    silent = np.full(people.count, FAR)
    asked = contacts.outcome == DO_NOT_CALL
    np.minimum.at(silent, contacts.customer[asked], contacts.day[asked])
    gone = np.full(cars + 1, FAR)
    sold = contacts.outcome == CAR_SOLD
    np.minimum.at(gone, contacts.car[sold], contacts.day[sold])
    gone[NOBODY] = FAR
    later = (contacts.day > silent[contacts.customer]) | (contacts.day > gone[contacts.car])
    return ~(later & contacts.outgoing)
