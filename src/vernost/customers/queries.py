"""Reads of customers, within what the actor may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from vernost.core import names, plate, vin
from vernost.core.actor import Actor
from vernost.customers.models import (
    AddressKind,
    ChannelStop,
    ConsentStatement,
    ContactAddress,
    Customer,
    SearchKind,
)

# What ties a customer to a branch: rows of subjects above this one, known here by their relation only.
_TIES: tuple[tuple[str, Q], ...] = (
    ("orders", Q()),
    ("deals", Q()),
    ("appointments", Q()),
    ("invitations", Q(ended_at=None)),
)


def visible_to(actor: Actor) -> QuerySet[Customer]:
    """Return who has an order, deal, appointment, open invitation or his advisor at a branch of the actor."""
    if actor.branch_ids is None:
        return Customer.objects.all()
    seen = Q(advisor__branch_id__in=actor.branch_ids)
    for relation, condition in _TIES:
        rows: Any = Customer._meta.get_field(relation).related_model  # noqa: SLF001 - Django's public name for it
        tied = rows.objects.filter(condition, customer_id=OuterRef("pk"), branch_id__in=actor.branch_ids)
        seen |= Q(Exists(tied))
    return Customer.objects.filter(seen)


@dataclass(frozen=True, slots=True)
class AddressRow:
    kind: str
    value: str
    note: str
    invalid_on: date | None


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What the customer said of advertising on a day; None: nothing of this channel."""

    on: date | None
    calls: bool | None
    sms: bool | None
    email: bool | None
    messenger: bool | None
    origin: str


@dataclass(frozen=True, slots=True)
class StopRow:
    channel: str
    since: date
    note: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a customer is. `ref` is the id of the source system."""

    id: int
    ref: str
    source: str
    kind: str
    name: str
    inn: str
    birth_date: date | None
    city: str
    address: str
    timezone: str
    origin: str
    category: str
    created_on: date | None
    advisor: str
    blocked: bool | None
    blocked_on: date | None
    blocked_reason: str
    addresses: Sequence[AddressRow]
    consents: Sequence[ConsentRow]
    stops: Sequence[StopRow]

    def is_blocked(self, on: date) -> bool:
        """Blocked without a day holds on every day, a day without a mark from that day on, a no never."""
        if self.blocked is False:
            return False
        return bool(self.blocked and self.blocked_on is None) or (self.blocked_on is not None and self.blocked_on <= on)


def identity(actor: Actor, customer_id: int) -> Identity:
    """Return one customer; `Customer.DoesNotExist` beyond the actor's scope."""
    customer = visible_to(actor).select_related("source", "advisor").get(pk=customer_id)
    addresses = ContactAddress.objects.filter(customer_id=customer_id).order_by("kind", "position", "pk")
    consents = ConsentStatement.objects.filter(customer_id=customer_id).order_by("-on", "-pk")
    stops = ChannelStop.objects.filter(customer_id=customer_id).order_by("since", "pk")
    return Identity(
        id=customer.pk,
        ref=customer.external_id or "",
        source=customer.source.code if customer.source else "",
        kind=customer.kind,
        name=customer.full_name,
        inn=customer.inn,
        birth_date=customer.birth_date,
        city=customer.city,
        address=customer.address,
        timezone=customer.timezone,
        origin=customer.origin,
        category=customer.category,
        created_on=customer.created_on,
        advisor=customer.advisor.name if customer.advisor else "",
        blocked=customer.blocked,
        blocked_on=customer.blocked_on,
        blocked_reason=customer.blocked_reason,
        addresses=[AddressRow(row.kind, row.value, row.note, row.invalid_on) for row in addresses],
        consents=[ConsentRow(row.on, row.calls, row.sms, row.email, row.messenger, row.origin) for row in consents],
        stops=[StopRow(row.channel, row.since, row.note) for row in stops],
    )


def names_of(customer_ids: Collection[int]) -> dict[int, str]:
    """Return the names of customers whose ids a report or a decision has given."""
    return dict(Customer.objects.filter(pk__in=customer_ids).values_list("pk", "full_name"))


# How far each way of finding looks: a longer list is no answer to a person.
_CANDIDATES = 1000
_SHORTEST_NAME, _SHORTEST_NUMBER = 2, 3
_PUNCTUATION = str.maketrans(dict.fromkeys('-«»"()', " "))
_COUNTRY_CODES = ("7", "8")
_NATIONAL_DIGITS = 10
_BY_KEY = "SELECT customer_id FROM customers_customersearchkey WHERE kind = %s AND key ^@ %s"
_BY_ID = """SELECT c.id FROM accounts_source s
    JOIN customers_customer c ON c.source_id = s.id AND c.external_id ^@ %s"""
_BY_ORDER = """SELECT o.customer_id FROM accounts_source s
    JOIN {orders} o ON o.source_id = s.id AND o.external_id ^@ %s"""
# Words in any order: those who have the longest one are asked for the others.
_BY_WORDS = """SELECT k.customer_id FROM customers_customersearchkey k
    WHERE k.kind = 4 AND k.key ^@ %s {others}"""
_OTHER_WORD = """AND EXISTS (SELECT FROM customers_customersearchkey o
    WHERE o.customer_id = k.customer_id AND o.kind = 4 AND o.key ^@ %s)"""


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A customer as a search shows him: his first usable telephone, and his cars by model and plate."""

    id: int
    ref: str
    name: str
    phone: str
    cars: tuple[str, ...]


def search(text: str, *, actor: Actor, limit: int) -> list[FoundCustomer]:
    """Find customers by any beginning or end of a telephone or VIN, by plate, words of the name, or numbers.

    Numbers are the source's ids of customers and orders. Only customers whom the actor may see are found.
    """
    ids = _candidates(text)
    if not ids:
        return []
    chosen = visible_to(actor).filter(pk__in=ids).order_by("sort_key", "pk")[:limit]
    rows = list(chosen.values_list("pk", "external_id", "full_name"))
    shown = [row[0] for row in rows]
    phones = _first_phones(shown)
    cars = _present_cars(shown)
    return [FoundCustomer(pk, ref or "", name, phones.get(pk, ""), cars.get(pk, ())) for pk, ref, name in rows]


def search_keys(text: str) -> list[tuple[int, str]]:
    """Return the keys, by kind, that the text may be the beginning of."""
    keys: list[tuple[int, str]] = []
    digits = "".join(letter for letter in text if letter in "0123456789")
    if len(digits) >= _SHORTEST_NUMBER and not text.strip("0123456789 ()+-.\u00a0"):
        # «8916…» may begin with the country's 8, or be the end of a number.
        national = digits[1:] if digits[0] in _COUNTRY_CODES and len(digits) <= _NATIONAL_DIGITS + 1 else ""
        keys += [(SearchKind.PHONE, number) for number in dict.fromkeys([digits, national]) if number]
        ending = national if len(digits) > _NATIONAL_DIGITS and national else digits
        keys.append((SearchKind.PHONE, f"~{ending[::-1]}"))
    if any(letter.isdigit() for letter in text) and len(text.strip()) >= _SHORTEST_NUMBER:
        number = vin.fold(text)
        keys += [(SearchKind.PLATE, plate.fold(text)), (SearchKind.VIN, number), (SearchKind.VIN, f"~{number[::-1]}")]
    words = _name_words(text)
    if len(" ".join(words)) >= _SHORTEST_NAME and not digits:
        keys.append((SearchKind.NAME, " ".join(words)))
    return [(kind, key) for kind, key in keys if key.strip("~")]


def _name_words(text: str) -> list[str]:
    return names.sort_key(text).translate(_PUNCTUATION).split()


def _candidates(text: str) -> set[int]:
    """Return ids by every way of finding; all operators keep their index under row-level security."""
    orders: Any = Customer._meta.get_field("orders").related_model  # noqa: SLF001 - Django's public name for it
    parts = [_BY_KEY] * len(keys := search_keys(text))
    values: list[Any] = [value for kind, key in keys for value in (int(kind), key)]
    number = text.strip()
    if len(number) >= _SHORTEST_NUMBER:
        parts += [_BY_ID, _BY_ORDER.format(orders=orders._meta.db_table)]  # noqa: SLF001 - as above
        values += [number, number]
    words = sorted(_name_words(text), key=len, reverse=True)
    if len(words) > 1 and all(word.isalpha() for word in words):
        parts.append(_BY_WORDS.format(others=" ".join([_OTHER_WORD] * (len(words) - 1))))
        values += words
    if not parts:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"({part} LIMIT {_CANDIDATES})" for part in parts), values)
        return {row[0] for row in cursor.fetchall() if row[0] is not None}


def _first_phones(customer_ids: Collection[int]) -> dict[int, str]:
    rows = ContactAddress.objects.filter(customer_id__in=customer_ids, kind=AddressKind.PHONE, invalid_on=None)
    return dict(rows.order_by("-position", "-pk").values_list("customer_id", "value"))


def _present_cars(customer_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    rows = Customer.objects.filter(pk__in=customer_ids, ownerships__owned_until=None, ownerships__isnull=False)
    cars: dict[int, tuple[str, ...]] = {}
    for pk, make, model, number in rows.order_by("ownerships__pk").values_list(
        "pk", "ownerships__vehicle__make", "ownerships__vehicle__model", "ownerships__vehicle__plate"
    ):
        cars[pk] = (*cars.get(pk, ()), " ".join(filter(None, [make, model, number])))
    return cars
