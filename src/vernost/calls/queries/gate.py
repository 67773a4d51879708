"""What the contact gate has to know of the customer of an invitation, and its answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject, Least

from vernost.accounts.rules import RuleSettings
from vernost.calls.queries.allowance import hours_of
from vernost.contacts.models import Channel, Interaction
from vernost.contacts.rules import (
    Caps,
    Gate,
    MessageClass,
    OutboundChannel,
    Outcome,
    Person,
    Refusal,
    Statement,
    contacted_recently,
    next_allowed,
    zones_of,
)
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.calendar import ProductionCalendar
from vernost.customers.models import (
    AddressKind,
    ChannelStop,
    ConsentStatement,
    ContactAddress,
    Customer,
)
from vernost.invitations.models import Invitation

DEFAULT_ZONE = "Europe/Moscow"


@dataclass(frozen=True, slots=True)
class Verdict:
    """None refusal: the customer may be called now. `opens_at`: when a refusal that passes will have passed."""

    refusal: Refusal | None
    opens_at: datetime | None = None


def branch_zone(invitation: Invitation) -> ZoneInfo:
    return ZoneInfo(invitation.branch.timezone if invitation.branch else DEFAULT_ZONE)


def customer_zones(invitation: Invitation) -> tuple[ZoneInfo, ...]:
    branch = invitation.branch.timezone if invitation.branch else ""
    return zones_of(stated=invitation.customer.timezone, branch=branch)


def clock_of(invitation: Invitation) -> ZoneInfo:
    """Return the zone in which times are told: the customer's, where it is unknown his branch's."""
    return ZoneInfo(invitation.customer.timezone) if invitation.customer.timezone else branch_zone(invitation)


def is_blocked(customer: Customer, on: date) -> bool:
    if customer.blocked is None:
        return customer.blocked_on is not None and customer.blocked_on <= on
    return customer.blocked and (customer.blocked_on is None or customer.blocked_on <= on)


@dataclass(frozen=True, slots=True)
class Address:
    kind: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Reachability:
    """A customer's usable addresses, what he said of calls, and since when he does not want them."""

    addresses: Sequence[Address]
    statements: Sequence[Statement]
    stopped_since: date | None

    @property
    def phones(self) -> list[Address]:
        return [address for address in self.addresses if address.kind == AddressKind.PHONE]


def with_reachability(rows: QuerySet[Any], customer: str = "customer_id", company: str = "") -> QuerySet[Any]:
    """Let the rows bring along what `reachability` reads from them, in the same statement.

    `company` is the way to the company of the group in whose name they are contacted; without it only what was said
    to the whole group counts.
    """
    of_him = {"customer_id": OuterRef(customer)}
    addresses = ContactAddress.objects.filter(**of_him, invalid_on=None).order_by("kind", "position", "pk")
    said = ConsentStatement.objects.filter(**of_him, calls__isnull=False).order_by("pk")
    # A word to one company of the group is none to the others.
    said = (
        said.filter(Q(legal_entity=None) | Q(legal_entity=OuterRef(company)))
        if company
        else said.filter(legal_entity=None)
    )
    stops = ChannelStop.objects.filter(**of_him, channel=Channel.CALL).values("since")[:1]
    # What another system or a file tells of a call holds at once, as it does for the night.
    told = Interaction.objects.filter(**of_him, channel=Channel.CALL, outcome=Outcome.DO_NOT_CALL)
    annotated: QuerySet[Any] = rows.annotate(
        found=ArraySubquery(addresses.values(json=JSONObject(kind="kind", value="value", note="note"))),
        said=ArraySubquery(said.values(json=JSONObject(given="calls", on="on"))),
        stopped=Least(Subquery(stops), Subquery(told.order_by("on").values("on")[:1])),
    )
    return annotated


def reachability_in(row: Any) -> Reachability:  # noqa: ANN401 - of `with_reachability`
    return Reachability(
        addresses=[Address(**address) for address in row.found],
        statements=[
            Statement(each["given"], date.fromisoformat(each["on"]) if each["on"] else None) for each in row.said
        ],
        stopped_since=row.stopped,
    )


def reachability_of(customer_id: int) -> Reachability:
    """Read it in one statement."""
    return reachability_in(with_reachability(Customer.objects.filter(pk=customer_id), "pk").only("pk").get())


def shown_addresses(addresses: Sequence[Address], actor: Actor) -> list[Address]:
    """Return the addresses as the actor is shown them."""
    return [
        replace(each, value=sensitive.address(actor, each.kind, each.value), note=sensitive.told(actor, each.note))
        for each in addresses
    ]


def with_contacts(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Let invitations bring along the days of the customer's outbound contacts, those of their own left out.

    `at_home` are those with the others of his household.
    """
    out = Interaction.objects.filter(direction="out", channel__in=list(OutboundChannel))
    others = out.filter(customer_id=OuterRef("customer_id")).exclude(attempt__invitation=OuterRef("pk"))
    # In one filter, so that it is one membership of theirs and one of his.
    family = {
        "customer__households__left_on": None,
        "customer__households__household__members__customer": OuterRef("customer_id"),
        "customer__households__household__members__left_on": None,
    }
    at_home = out.filter(~Q(customer_id=OuterRef("customer_id")), **family)
    annotated: QuerySet[Any] = rows.annotate(
        contacts=ArraySubquery(others.values("on")), at_home=ArraySubquery(at_home.values("on"))
    )
    return annotated


def verdict(
    invitation: Invitation,
    *,
    settings: RuleSettings,
    calendar: ProductionCalendar,
    now: datetime,
    reachability: Reachability,
    contacts: Sequence[date],
    at_home: Sequence[date],
) -> Verdict:
    """Ask the gate whether the customer may be called now; those contacts count that lie before today.

    A call-back that he asked for is not counted as too much.
    """
    on = now.astimezone(branch_zone(invitation)).date()
    person = Person(
        blocked=is_blocked(invitation.customer, on),
        statements=reachability.statements,
        stopped_since=reachability.stopped_since,
        has_address=bool(reachability.phones),
        contacts=[day for day in contacts if day < on],
        zones=customer_zones(invitation),
        at_home=[day for day in at_home if day < on],
    )
    hours = hours_of(invitation.programme)
    caps = Caps(settings.contact_quiet_days, settings.contact_window_days, settings.contact_window_count)
    gate = Gate(caps, hours, calendar)
    message = MessageClass(invitation.programme.message_class)
    if invitation.is_callback:
        person = replace(person, contacts=(), at_home=())
    refusal = gate.refusal(person, message=message, moment=now, on=on)
    if refusal is Refusal.OUTSIDE_HOURS:
        return Verdict(refusal, next_allowed(now, zones=person.zones, hours=hours, calendar=calendar))
    if refusal is Refusal.CONTACTED_RECENTLY:
        quiet = _first_quiet_day(person, on, caps)
        start = datetime.combine(quiet, datetime.min.time(), branch_zone(invitation))
        return Verdict(refusal, next_allowed(start, zones=person.zones, hours=hours, calendar=calendar))
    return Verdict(refusal)


def _first_quiet_day(person: Person, on: date, caps: Caps) -> date:
    day = on
    while contacted_recently([*person.contacts, *person.at_home], day, caps):
        day += timedelta(days=1)
    return day
