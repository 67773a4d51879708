"""Who a customer is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import OuterRef, Subquery
from django.utils.timezone import localdate

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.customers.models import AddressCheck, ChannelStop, ConsentStatement, ContactAddress, Customer, ListedWord
from vernost.customers.queries.visible import visible_to
from vernost.customers.rules.words import WordList


@dataclass(frozen=True, slots=True)
class AddressRow:
    """`checked_on` and `checked_how` (a code of `rules.addresses.WAYS`) are of the last time somebody made sure."""

    kind: str
    value: str
    note: str
    invalid_on: date | None
    id: int = 0
    checked_on: date | None = None
    checked_how: str = ""


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
    last_name: str
    first_name: str
    middle_name: str
    gender: str
    inn: str
    birth_date: date | None
    city: str
    address: str
    timezone: str
    origin: str
    origin_title: str
    category: str
    created_on: date | None
    advisor_id: int | None
    advisor: str
    blocked: bool | None
    blocked_on: date | None
    blocked_reason: str
    addresses: Sequence[AddressRow]

    def is_blocked(self, on: date) -> bool:
        """Blocked without a day holds on every day, a day without a mark from that day on, a no never."""
        if self.blocked is False:
            return False
        return bool(self.blocked and self.blocked_on is None) or (self.blocked_on is not None and self.blocked_on <= on)


_ORIGIN_TITLE: Final = Subquery(
    ListedWord.objects.filter(list=WordList.SOURCES, word=OuterRef("origin")).values("title")[:1]
)


def identity(actor: Actor, customer_id: int) -> Identity:
    """Return one customer; `Customer.DoesNotExist` beyond the actor's scope."""
    customer = (
        visible_to(actor).select_related("source", "advisor").annotate(origin_title=_ORIGIN_TITLE).get(pk=customer_id)
    )
    checks = AddressCheck.objects.filter(address=OuterRef("pk")).order_by("-at", "-pk")
    addresses = (
        ContactAddress.objects.filter(customer_id=customer_id)
        .annotate(checked_at=Subquery(checks.values("at")[:1]), checked_how=Subquery(checks.values("how")[:1]))
        .order_by("kind", "position", "pk")
    )
    return Identity(
        id=customer.pk,
        ref=customer.external_id or "",
        source=customer.source.code if customer.source else "",
        kind=customer.kind,
        name=customer.full_name,
        last_name=customer.last_name,
        first_name=customer.first_name,
        middle_name=customer.middle_name,
        gender=customer.gender,
        inn=customer.inn,
        birth_date=customer.birth_date,
        city=customer.city,
        address=customer.address,
        timezone=customer.timezone,
        origin=customer.origin,
        origin_title=customer.origin_title or customer.origin,
        category=customer.category,
        created_on=customer.created_on,
        advisor_id=customer.advisor_id,
        advisor=customer.advisor.name if customer.advisor else "",
        blocked=customer.blocked,
        blocked_on=customer.blocked_on,
        blocked_reason=sensitive.told(actor, customer.blocked_reason),
        addresses=[
            AddressRow(
                row.kind,
                sensitive.address(actor, row.kind, row.value),
                sensitive.told(actor, row.note),
                row.invalid_on,
                row.pk,
                localdate(row.checked_at) if row.checked_at else None,
                row.checked_how or "",
            )
            for row in addresses
        ],
    )


def statements_of(customer_id: int) -> list[ConsentRow]:
    """Return the narrow state that the night reads, the newest first; the ledger says how it came to be."""
    rows = ConsentStatement.objects.filter(customer_id=customer_id).order_by("-on", "-pk")
    return [ConsentRow(row.on, row.calls, row.sms, row.email, row.messenger, row.origin) for row in rows]


def stops_of(customer_id: int) -> list[StopRow]:
    rows = ChannelStop.objects.filter(customer_id=customer_id).order_by("since", "pk")
    return [StopRow(row.channel, row.since, row.note) for row in rows]


def names_of(customer_ids: Collection[int]) -> dict[int, str]:
    """Return the names of customers whose ids a report or a decision has given."""
    return dict(Customer.objects.filter(pk__in=customer_ids).values_list("pk", "full_name"))
