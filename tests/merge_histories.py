"""A random course of merges, work and undoing, and a plain model of the cards beside it.

The model moves nothing: it keeps for each row the card that it belongs to by the rule of docs/algorithms/merging.md,
for each card its own values and addresses with what merges laid over them, and all that was said to it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from django.db import connection
from django.utils.timezone import localdate
from tests import factories as make
from tests import merge_work as work
from tests import own_fields

from vernost.core.actor import system
from vernost.core.references import Reference, references
from vernost.customers import operations
from vernost.customers.models import (
    ChannelStop,
    ConsentEntry,
    ConsentStatement,
    ContactAddress,
    Customer,
    CustomerFieldValue,
    CustomerFile,
    CustomerMerge,
    CustomerSearchKey,
    DuplicatePair,
)
from vernost.customers.queries import ledger
from vernost.customers.rules import consents, merging
from vernost.customers.rules.consents import CHANNELS, Purpose, Way
from vernost.customers.rules.merging import Side
from vernost.files.models import StoredFile

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CARDS, STEPS = 4, 16
MOVING = [one for one in references if one.to == "customer" and one.on_merge == "moves"]
ALL_ROWS = " UNION ALL ".join(
    f"SELECT {place}, to_jsonb(t)::text FROM {one.table} t WHERE t.{one.column} = ANY(%(cards)s)"  # noqa: S608 - our own
    for place, one in enumerate(MOVING)
)
Key = tuple[str, Any]


@dataclass
class Row:
    """A row of another subject: the card it belongs to, what it says, when it was made, the car it goes with."""

    home: int
    says: dict[str, Any]
    made: int
    car: int | None


@dataclass
class Card:
    """What a card says: its own values by column, and over them those of merges, the latest on top.

    `addresses` by value; `merge`: the address is another card's, shown here since that merge.
    """

    own: dict[str, Any]
    layers: dict[str, list[tuple[int, Any]]] = field(default_factory=lambda: defaultdict(list))
    addresses: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: list[tuple[int, Purpose, dict[str, bool], date, Way]] = field(default_factory=list)

    def shown(self, column: str) -> Any:
        return self.layers[column][-1][1] if self.layers[column] else self.own[column]

    def write(self, column: str, value: Any) -> None:
        self.own[column], self.layers[column] = value, []

    def show_addresses_of(self, other: "Card", merge: int) -> None:
        for value, told in other.addresses.items():
            self.addresses.setdefault(value, {**told, "merge": merge})


@dataclass
class Merged:
    survivor: int
    row: CustomerMerge
    step: int
    line: int


class History:
    """`standing` maps a card that went to the merge by which it did; `moved`: references whose rows a merge took."""

    actor, admin = system("tests"), own_fields.ADMIN

    def __init__(self, seed: int) -> None:
        self.random, self.now, self.steps, self.line = Random(seed), START, 0, 0
        self.cards: dict[int, Card] = {}
        self.rows: dict[Key, Row] = {}
        self.standing: dict[int, Merged] = {}
        self.apart: set[tuple[int, int]] = set()
        self.moved: set[str] = set()
        self.base = work.Base.made(seed, self.now)
        self.columns = (*merging.COLUMNS, *(one.code for one in (*self.base.fields, self.base.photo)))
        for number in range(CARDS):
            self._make_card(number)
        for _number in range(4 * CARDS):
            self.work()

    def _make_card(self, number: int) -> None:
        phones = self.random.sample(work.PHONES, self.random.randint(0, 3))
        made = make.customer(name=f"Иванов {number}", phones=phones, city=self.random.choice(work.CITIES))
        operations.refresh_search_keys(customer_ids=[made.pk])
        told: dict[str, dict[str, Any]] = {
            value: {"wrong": None, "checks": frozenset(), "merge": None} for value in phones
        }
        self.cards[made.pk] = Card({name: getattr(made, name, ()) for name in self.columns}, addresses=told)

    def heads(self) -> list[int]:
        return [card for card in self.cards if card not in self.standing]

    def trail(self, card: int) -> list[int]:
        """Return the card, and under which others people have seen it since."""
        found = [card]
        while found[-1] in self.standing:
            found.append(self.standing[found[-1]].survivor)
        return found

    def shown(self, card: int) -> int:
        return self.trail(card)[-1]

    def group(self, card: int) -> list[int]:
        """Return the card with all that have gone into it."""
        return [one for one in self.cards if card in self.trail(one)]

    def cars_of(self, cards: list[int]) -> set[int]:
        owned = [row for (code, _pk), row in self.rows.items() if code == "vehicles_ownership.customer_id"]
        return {row.says["vehicle_id"] for row in owned if row.home in cards}

    def has(self, code: str, here: dict[str, Any]) -> bool:
        """Whether a card of the group has such a row of the car."""
        group = self.group(here["customer_id"])
        rows = (row for (of, _pk), row in self.rows.items() if of == code and row.home in group)
        return any(row.says["vehicle_id"] == here["vehicle_id"] for row in rows)

    def said(self, card: int, purpose: Purpose, answers: dict[str, bool], way: Way) -> None:
        self.line += 1
        self.cards[card].lines.append((self.line, purpose, answers, localdate(self.now), way))

    # Steps

    def step(self) -> None:
        self.now += timedelta(days=1)
        chance = self.random.random()
        if chance < 0.25:
            self.merge()
            self.check()
        elif chance < 0.4:
            self.undo()
            self.check()
        else:
            self.work()

    def work(self) -> None:
        self.steps += 1
        card = self.random.choice(list(self.cards))
        brought = self.random.choice(work.HAPPENINGS)(self, card) or {}
        for key, says, owner, one in self.read_rows():
            if key in self.rows:
                self.rows[key].says = says
            else:
                car = says[one.vehicle] if one.vehicle and not says.get("source_id") else None
                self.rows[key] = Row(brought.get(one.code, owner), says, self.steps, car)

    def merge(self) -> None:
        self.steps += 1
        if len(self.heads()) < 2:
            return
        survivor, gone = self.random.sample(self.heads(), 2)
        chosen = {"city": self.random.choice(list(Side))}
        one, other = self.cards[survivor], self.cards[gone]
        mine, theirs = ({name: each.shown(name) for name in merging.COLUMNS} for each in (one, other))
        taken = merging.applied(mine, theirs, chosen)
        for code in self.columns[len(merging.COLUMNS) :]:
            if other.shown(code) and not one.shown(code):
                taken[code] = other.shown(code)
        row = operations.merge_customers(
            survivor_id=survivor, gone_id=gone, chosen=chosen, actor=self.actor, now=self.now
        )
        for column, value in taken.items():
            one.layers[column].append((row.pk, value))
        one.show_addresses_of(other, row.pk)
        self.standing[gone] = Merged(survivor, row, self.steps, self.line)
        self.apart.discard((min(survivor, gone), max(survivor, gone)))
        self.moved.update(row.moved.values_list("reference", flat=True))

    def undo(self) -> None:
        self.steps += 1
        free = [gone for gone, merged in self.standing.items() if merged.survivor not in self.standing]
        if not free:
            return
        gone = self.random.choice(free)
        merged = self.standing[gone]
        operations.undo_merge(merge_id=merged.row.pk, actor=self.actor, now=self.now)
        self._learn_of_addresses(merged.survivor)
        del self.standing[gone]
        self.apart.add((min(merged.survivor, gone), max(merged.survivor, gone)))
        self._take_off(merged)
        self._follow_the_cars(merged, gone)
        # Nobody knows which of the two it was who refused meanwhile.
        for line, purpose, answers, on, way in list(self.cards[merged.survivor].lines):
            refused = {channel: False for channel, given in answers.items() if not given}
            if line > merged.line and way is not Way.IMPORT and refused:
                self.line += 1
                self.cards[gone].lines.append((self.line, purpose, refused, on, way))

    def _learn_of_addresses(self, survivor: int) -> None:
        """What was found out of a number since a merge is true of it on the other card too."""
        for gone, merged in self.standing.items():
            if merged.survivor != survivor:
                continue
            for value, told in self.cards[survivor].addresses.items():
                theirs = self.cards[gone].addresses.get(value)
                if theirs is not None:
                    since = {at for at in told["checks"] if at >= merged.row.at}
                    found = told["wrong"] is not None and told["wrong"] >= merged.row.on
                    if told["merge"] == merged.row.pk or found or since:
                        theirs["wrong"] = told["wrong"]
                    theirs["checks"] |= since

    def _take_off(self, merged: Merged) -> None:
        card = self.cards[merged.survivor]
        for layers in card.layers.values():
            layers[:] = [layer for layer in layers if layer[0] != merged.row.pk]
        card.addresses = {value: told for value, told in card.addresses.items() if told["merge"] != merged.row.pk}
        others = [(other.row.pk, gone) for gone, other in self.standing.items() if other.survivor == merged.survivor]
        for merge, gone in sorted(others):
            card.show_addresses_of(self.cards[gone], merge)

    def _follow_the_cars(self, merged: Merged, gone: int) -> None:
        """What was made on the survivor since about a car that only the other has had is the other's."""
        cars = self.cars_of(self.group(gone)) - self.cars_of(self.group(merged.survivor))
        for row in self.rows.values():
            if row.home == merged.survivor and row.made > merged.step and row.car in cars:
                row.home = gone

    def end(self) -> None:
        while self.standing:
            self.undo()
            self.check()

    # What stands in the database, against the model

    def read_rows(self) -> Iterator[tuple[Key, dict[str, Any], int, Reference]]:
        with connection.cursor() as cursor:
            cursor.execute(ALL_ROWS, {"cards": list(self.cards)})
            for place, told in cursor.fetchall():
                one, says = MOVING[place], json.loads(told)
                owner = says.pop("customer_id")
                # A member of a segment has no id of its own: here the day tells it.
                yield (one.code, says.get("id", says.get("since"))), says, owner, one

    def held(self, card: int) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        rows = CustomerFieldValue.objects.filter(customer_id=card).order_by("field_id", "place")
        for code, value in rows.values_list("field__code", "value"):
            found[code] = (*found.get(code, ()), value)
        return found

    def addresses(self, card: int) -> list[ContactAddress]:
        return list(ContactAddress.objects.filter(customer_id=card).order_by("position", "pk"))

    def check(self) -> None:
        """Every row is where it is seen or waits on its way there; every card that stands shows what it should."""
        found = {key: (says, owner, one) for key, says, owner, one in self.read_rows()}
        assert {key: says for key, (says, _owner, _one) in found.items()} == {
            key: row.says for key, row in self.rows.items()
        }
        for key, (_says, owner, one) in found.items():
            trail = self.trail(self.rows[key].home)
            assert owner in (trail if one.once else trail[-1:]), (key, trail)
        heads = self.heads()
        assert self.as_shown(heads) == {card: self.expected(card) for card in heads}
        for card in heads:
            assert self.in_force(card) == self.by_the_ledger(card), card

    def as_shown(self, cards: list[int]) -> dict[int, tuple[Any, ...]]:
        addresses: dict[int, dict[str, Any]] = {card: {} for card in cards}
        for one in ContactAddress.objects.filter(customer__in=cards).prefetch_related("checks"):
            addresses[one.customer_id][one.value] = one.invalid_on, {check.at for check in one.checks.all()}
        found = {}
        for card, row in Customer.objects.in_bulk(cards).items():
            held = self.held(card)
            values = {name: getattr(row, name, held.get(name, ())) for name in self.columns}
            found[card] = values, addresses[card], row.merged_into_id
        return found

    def expected(self, card: int) -> tuple[Any, ...]:
        model = self.cards[card]
        told = {value: (told["wrong"], told["checks"]) for value, told in model.addresses.items()}
        return {name: model.shown(name) for name in self.columns}, told, None

    def in_force(self, card: int) -> tuple[Any, ...]:
        rows = [
            consents.Row(row.on, row.origin, {c: v for c in CHANNELS if (v := getattr(row, c)) is not None})
            for row in ConsentStatement.objects.filter(customer_id=card)
        ]
        stops = set(ChannelStop.objects.filter(customer_id=card).values_list("channel", flat=True))
        return {c: consents.in_force(rows, c, localdate(self.now)) for c in CHANNELS}, stops

    def by_the_ledger(self, card: int) -> tuple[Any, ...]:
        read, on = ledger.load(card), localdate(self.now)
        given, allowed = (
            {c: consents.in_force(read.rows(of), c, on) for c in CHANNELS}
            for of in (Purpose.ADVERTISING, Purpose.CONTACT)
        )
        stops = {"call" if c == "calls" else c for c, state in allowed.items() if state and not state.given}
        return given, stops

    def check_the_end(self) -> None:
        """No merge stands: all is as if there had never been one, but for what the rules say of refusals."""
        assert {key: owner for key, _says, owner, _one in self.read_rows()} == {
            key: row.home for key, row in self.rows.items()
        }
        for card, model in self.cards.items():
            lines = ConsentEntry.objects.filter(customer_id=card)
            written = [
                (line.purpose, {c: v for c in CHANNELS if (v := getattr(line, c)) is not None}, line.on, line.way)
                for line in lines
            ]
            assert Counter(map(str, written)) == Counter(
                str(
                    (
                        purpose.value,
                        dict(sorted(answers.items(), key=lambda one: CHANNELS.index(one[0]))),
                        on,
                        way.value,
                    )
                )
                for _line, purpose, answers, on, way in model.lines
            ), card
            assert not ConsentStatement.objects.filter(customer_id=card, origin__startswith="merge:").exists()
        pairs = DuplicatePair.objects.values_list("left_id", "right_id", "state")
        assert set(pairs) == {(*pair, "different") for pair in self.apart}
        values = set(CustomerFieldValue.objects.filter(field__kind="file").values_list("value", flat=True))
        values |= {str(pk) for pk in CustomerFile.objects.values_list("file_id", flat=True)}
        assert {str(pk) for pk in StoredFile.objects.values_list("pk", flat=True)} == values
        found = self.search_keys()
        operations.refresh_search_keys(customer_ids=list(self.cards))
        assert found == self.search_keys()

    def search_keys(self) -> set[tuple[int, str, int]]:
        return set(CustomerSearchKey.objects.values_list("kind", "key", "customer_id"))
