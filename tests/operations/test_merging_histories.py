"""Random merges, work and undoing: in the end each card is what it would be without any merge.

The model knows no merges: it is a dictionary of what belongs to whom by the rule of
docs/algorithms/merging.md, and what every card says.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import transaction
from django.utils.timezone import localdate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories as make

from vernost.accounts.models import Source
from vernost.core.actor import system
from vernost.customers import operations
from vernost.customers.models import ChannelStop, ConsentStatement, ContactAddress, Customer, CustomerMerge
from vernost.customers.rules.merging import COLUMNS, Side
from vernost.invitations.models import Cycle, Invitation, Programme
from vernost.vehicles.models import Ownership
from vernost.workshop.models import Appointment, RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TESTER = system("tests")
CARDS, STEPS = 3, 14
CITIES = ("", "Казань", "Москва", "Уфа")
PHONES = ("+79170000001", "+79170000002", "+79170000003", "+79170000004")
BELONGING = (RepairOrder, Appointment, Invitation, Cycle, Ownership)


@dataclass
class Expected:
    """What the cards are without merges: `owner` of each row, values, refusals, cars of each card."""

    owner: dict[tuple[type, int], int] = field(default_factory=dict)
    values: dict[int, dict[str, object]] = field(default_factory=dict)
    phones: dict[int, list[str]] = field(default_factory=dict)
    said: dict[int, set[tuple[object, bool | None]]] = field(default_factory=dict)
    stops: dict[int, set[str]] = field(default_factory=dict)
    cars: dict[int, int] = field(default_factory=dict)


class History:
    """One random course of events; `standing` maps a card that went to where it went, with the merge."""

    def __init__(self, seed: int) -> None:
        self.random, self.now, self.expected = Random(seed), START, Expected()
        self.standing: dict[int, tuple[int, CustomerMerge]] = {}
        self.source, _made = Source.objects.get_or_create(code="dms")
        self.refused: list[tuple[int, str, datetime]] = []
        self.programme = make.programme(code=f"history-{seed}-{Programme.objects.count()}")
        self.cards = [self._card(number).pk for number in range(CARDS)]
        for card in self.cards:
            for _number in range(self.random.randint(0, 2)):
                self.buy(card)
            self.work()

    def _card(self, number: int) -> Customer:
        chance = self.random
        phones = chance.sample(PHONES, chance.randint(0, 3))
        card: Customer = make.customer(name=f"Иванов {number}", phones=phones, city=chance.choice(CITIES))
        ConsentStatement.objects.create(
            customer=card, on=localdate(START), calls=chance.choice([True, False, None]), origin="import"
        )
        if chance.random() < 0.3:
            ChannelStop.objects.create(customer=card, channel="sms", since=localdate(START))
        self.expected.values[card.pk] = {name: getattr(card, name) for name in COLUMNS}
        self.expected.phones[card.pk] = list(phones)
        self.expected.said[card.pk] = said(card.pk)
        self.expected.stops[card.pk] = stopped(card.pk)
        return card

    def shown(self, card: int) -> int:
        """Return the card under which people see this one now."""
        while card in self.standing:
            card = self.standing[card][0]
        return card

    def group(self, card: int) -> list[int]:
        return [one for one in self.cards if self.shown(one) == self.shown(card)]

    def buy(self, card: int) -> None:
        """The source brings a car with the id of the card."""
        car = make.vehicle(plate="")
        row = Ownership.objects.create(vehicle=car, customer_id=card)
        operations.follow_merges()
        self.expected.cars[car.pk] = card
        self.expected.owner[Ownership, row.pk] = card

    def bring(self) -> None:
        """The source brings an order with the id of a card, whosever car it is."""
        card = self.random.choice(self.cards)
        car = self.random.choice([None, *self.expected.cars])
        row = RepairOrder.objects.create(
            source=self.source,
            external_id=str(self.random.random()),
            customer_id=card,
            vehicle_id=car,
            opened_on=localdate(self.now),
            status="open",
        )
        operations.follow_merges()
        self.expected.owner[RepairOrder, row.pk] = card

    def _by_car(self, card: int, car: int | None) -> int:
        """A row made on the shown card goes with its car if that came from a card merged into it."""
        owner = self.expected.cars.get(car) if car else None
        return owner if owner in self.group(card) else self.shown(card)

    def work(self) -> None:
        """A person books, invites or writes on a card that is shown, about a car of it or none."""
        card = self.shown(self.random.choice(self.cards))
        mine = [car for car, owner in self.expected.cars.items() if owner in self.group(card)]
        car = self.random.choice([None, *mine])
        if self.random.random() < 0.5 and car:
            row = Appointment.objects.create(
                customer_id=card, vehicle_id=car, starts_at=self.now, starts_on=localdate(self.now)
            )
            self.expected.owner[Appointment, row.pk] = self._by_car(card, car)
        elif car:
            anchor = f"order:{self.random.random()}"
            dated = {"due_on": localdate(self.now), "anchor": anchor, "customer_id": card, "vehicle_id": car}
            cycle = Cycle.objects.create(
                programme=self.programme, bucket=1, held_out=False, started_on=localdate(self.now), **dated
            )
            made = Invitation.objects.create(
                programme=self.programme, cycle=cycle, created_for=localdate(self.now), reason="months", **dated
            )
            self.expected.owner[Cycle, cycle.pk] = self.expected.owner[Invitation, made.pk] = self._by_car(card, car)

    def merge(self) -> None:
        shown = sorted({self.shown(card) for card in self.cards})
        if len(shown) < 2:
            return
        survivor, gone = self.random.sample(shown, 2)
        chosen = {"city": self.random.choice(list(Side))}
        merged = operations.merge_customers(
            survivor_id=survivor, gone_id=gone, chosen=chosen, actor=TESTER, now=self.now
        )
        self.standing[gone] = (survivor, merged)

    def undo(self) -> None:
        free = [gone for gone, (survivor, _merged) in self.standing.items() if survivor not in self.standing]
        if free:
            gone = self.random.choice(free)
            survivor, merged = self.standing.pop(gone)
            assert set(stopped(survivor)) >= stopped(gone)
            operations.undo_merge(merge_id=merged.pk, actor=TESTER, now=self.now)
            # What was refused on the shown card since the merge holds for both: nobody can tell whose word it was.
            since = {channel for card, channel, at in self.refused if card == survivor and at >= merged.at}
            self.refused += [(gone, channel, self.now) for channel in since - self.expected.stops[gone]]
            self.expected.stops[gone] |= since

    def refuse(self) -> None:
        """A person writes on a card that is shown that a channel is not wanted, unless it says so already."""
        card, channel = self.shown(self.random.choice(self.cards)), self.random.choice(["call", "email"])
        if channel not in stopped(card):
            ChannelStop.objects.create(customer_id=card, channel=channel, since=localdate(self.now))
            self.expected.stops[card].add(channel)
            self.refused.append((card, channel, self.now))

    def step(self) -> None:
        self.now += timedelta(days=1)
        self.random.choice(
            [self.merge, self.merge, self.undo, self.work, self.work, self.bring, self.supply, self.refuse]
        )()

    def supply(self) -> None:
        self.buy(self.random.choice(self.cards))

    def end(self) -> None:
        while self.standing:
            self.undo()


def said(card: int) -> set[tuple[object, bool | None]]:
    return set(ConsentStatement.objects.filter(customer_id=card).values_list("on", "calls"))


def stopped(card: int) -> set[str]:
    return set(ChannelStop.objects.filter(customer_id=card).values_list("channel", flat=True))


def as_they_are(history: History) -> Expected:
    found = Expected(cars=history.expected.cars)
    for model in BELONGING:
        found.owner |= {(model, pk): owner for pk, owner in model.objects.values_list("pk", "customer_id")}
    for card in Customer.objects.filter(pk__in=history.cards):
        rows = ContactAddress.objects.filter(customer=card).order_by("position")
        found.values[card.pk] = {name: getattr(card, name) for name in COLUMNS}
        found.phones[card.pk] = [row.value for row in rows]
        found.said[card.pk], found.stops[card.pk] = said(card.pk), stopped(card.pk)
    return found


def play(seed: int) -> None:
    """Play a history and leave no trace of it: as many as fit share one database."""
    with transaction.atomic():
        history = History(seed)
        for _step in range(STEPS):
            history.step()
        history.end()
        assert as_they_are(history) == history.expected
        assert not Customer.objects.filter(merged_into__isnull=False).exists()
        transaction.set_rollback(True)


@settings(max_examples=40, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9))
def test_every_history_ends_with_the_cards_as_they_would_be_without_merges(seed):
    play(seed)


@pytest.mark.slow
@settings(max_examples=1000, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9))
def test_a_thousand_histories_end_so(seed):
    play(seed)
