"""Writes of contacts: what another system or a person says of a talk, a message, a consent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from vernost.contacts.models import Interaction
from vernost.core.actor import Actor
from vernost.customers import operations as customers
from vernost.customers.models import ConsentEntry
from vernost.customers.operations import NotYet, Said
from vernost.customers.queries import visible_to as customers_visible_to
from vernost.customers.rules.consents import Purpose, Way

# The clock of another system may be ahead of ours.
_CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Contact:
    """What happened; `direction` is `in`, `out` or empty, `channel` of `models.Channel`."""

    at: datetime
    channel: str
    direction: str
    outcome: str = ""
    text: str = ""
    vehicle_id: int | None = None
    employee_id: int | None = None


@transaction.atomic
def record_contact(*, customer_id: int, contact: Contact, actor: Actor, now: datetime) -> Interaction:
    """Write down a contact that has taken place."""
    customer = customers_visible_to(actor).get(pk=customer_id)
    if contact.at > now + _CLOCKS_APART:
        raise NotYet
    return Interaction.objects.create(
        customer=customer,
        vehicle_id=contact.vehicle_id,
        at=contact.at,
        on=_day(contact.at),
        channel=contact.channel,
        direction=contact.direction,
        outcome=contact.outcome,
        employee_id=contact.employee_id,
        user_id=actor.user_id,
        text=contact.text,
    )


def record_consent(
    *, customer_id: int, channels: Collection[str], given: bool, on: date, evidence: str, actor: Actor, now: datetime
) -> ConsentEntry:
    """Write down what a customer said on a day of advertising by these channels; the others stay as they were.

    Said again on the same day, the later word counts.
    """
    said = Said(Purpose.ADVERTISING, dict.fromkeys(sorted(channels), given), Way.API, on, evidence)
    return customers.record_statement(customer_id=customer_id, said=said, actor=actor, now=now)


def _day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
