"""What the contact gate has to know of the customer of an invitation, and its answer."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

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


def person_of(invitation: Invitation, on: date) -> Person:
    """Read the customer for the channel of calls; contacts of this very invitation are left out."""
    customer = invitation.customer
    statements = ConsentStatement.objects.filter(customer=customer, calls__isnull=False)
    stop = ChannelStop.objects.filter(customer=customer, channel=Channel.CALL).first()
    phones = ContactAddress.objects.filter(customer=customer, kind=AddressKind.PHONE, invalid_on=None)
    contacts = Interaction.objects.filter(
        customer=customer, direction="out", channel__in=list(OutboundChannel), on__lt=on
    ).exclude(attempt__invitation=invitation)
    return Person(
        blocked=is_blocked(customer, on),
        statements=[Statement(bool(given), since) for given, since in statements.values_list("calls", "on")],
        stopped_since=stop.since if stop else None,
        has_address=phones.exists(),
        contacts=list(contacts.values_list("on", flat=True)),
        zones=customer_zones(invitation),
    )


def verdict(invitation: Invitation, *, settings: RuleSettings, calendar: ProductionCalendar, now: datetime) -> Verdict:
    """Ask the gate whether the customer may be called now; a call-back that he asked for is not counted as too much."""
    on = now.astimezone(branch_zone(invitation)).date()
    person = person_of(invitation, on)
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
