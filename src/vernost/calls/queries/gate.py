"""What the contact gate has to know of the customer of an invitation, and its answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from vernost.accounts.rules import RuleSettings
from vernost.calls.queries.allowance import hours_of
from vernost.contacts.models import Channel, Interaction
from vernost.contacts.rules import (
    Caps,
    Gate,
    MessageClass,
    OutboundChannel,
    Person,
    Refusal,
    Statement,
    contacted_recently,
    next_allowed,
    zones_of,
)
from vernost.core.calendar import ProductionCalendar
from vernost.customers.models import AddressKind, ChannelStop, ConsentStatement, ContactAddress, Customer
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


def reachability_of(customer_id: int) -> Reachability:
    """Read it in one statement."""
    of_him = {"customer_id": OuterRef("pk")}
    addresses = ContactAddress.objects.filter(**of_him, invalid_on=None).order_by("kind", "position", "pk")
    said = ConsentStatement.objects.filter(**of_him, calls__isnull=False).order_by("pk")
    stops = ChannelStop.objects.filter(**of_him, channel=Channel.CALL)
    row = (
        Customer.objects.filter(pk=customer_id)
        .annotate(
            found=ArraySubquery(addresses.values(json=JSONObject(kind="kind", value="value", note="note"))),
            said=ArraySubquery(said.values(json=JSONObject(given="calls", on="on"))),
            stopped=Subquery(stops.values("since")[:1]),
        )
        .values("found", "said", "stopped")
        .get()
    )
    return Reachability(
        addresses=[Address(**address) for address in row["found"]],
        statements=[
            Statement(each["given"], date.fromisoformat(each["on"]) if each["on"] else None) for each in row["said"]
        ],
        stopped_since=row["stopped"],
    )


def contacts_of(invitation: Invitation, on: date) -> list[date]:
    """Return the days of outbound contacts before `on`, those of this very invitation left out."""
    rows = Interaction.objects.filter(
        customer_id=invitation.customer_id, direction="out", channel__in=list(OutboundChannel), on__lt=on
    )
    return list(rows.exclude(attempt__invitation=invitation).values_list("on", flat=True))


def verdict(
    invitation: Invitation,
    *,
    settings: RuleSettings,
    calendar: ProductionCalendar,
    now: datetime,
    reachability: Reachability | None = None,
    contacts: Sequence[date] | None = None,
) -> Verdict:
    """Ask the gate whether the customer may be called now; what the caller has read already is not read again.

    A call-back that he asked for is not counted as too much.
    """
    on = now.astimezone(branch_zone(invitation)).date()
    reach = reachability or reachability_of(invitation.customer_id)
    person = Person(
        blocked=is_blocked(invitation.customer, on),
        statements=reach.statements,
        stopped_since=reach.stopped_since,
        has_address=bool(reach.phones),
        contacts=contacts_of(invitation, on) if contacts is None else contacts,
        zones=customer_zones(invitation),
    )
    hours = hours_of(invitation.programme)
    caps = Caps(settings.contact_quiet_days, settings.contact_window_days, settings.contact_window_count)
    gate = Gate(caps, hours, calendar)
    message = MessageClass(invitation.programme.message_class)
    if invitation.is_callback:
        person = replace(person, contacts=())
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
    while contacted_recently(person.contacts, day, caps):
        day += timedelta(days=1)
    return day
