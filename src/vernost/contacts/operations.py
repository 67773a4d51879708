"""Writes of contacts: what another system or a person says of a talk, a message, a consent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from vernost.accounts.operations import record_change
from vernost.contacts.models import Interaction
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import ConsentStatement, Customer
from vernost.customers.queries import visible_to as customers_visible_to

CONSENT_CHANNELS = ("calls", "sms", "email", "messenger")
# The clock of another system may be ahead of ours.
_CLOCKS_APART = timedelta(minutes=5)


class NotYet(DomainError):
    code = "not_yet"
    text = _("This lies in the future: only what has happened is written down")


class NothingSaid(DomainError):
    code = "nothing_said"
    text = _("Name at least one channel of the consent")


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


@transaction.atomic
def record_consent(
    *, customer_id: int, channels: Collection[str], given: bool, on: date, evidence: str, actor: Actor, now: datetime
) -> ConsentStatement:
    """Write down what a customer said on a day of advertising by these channels; the others stay as they were.

    The evidence goes into the journal of changes. Said again on the same day, the later word counts.
    """
    if not channels:
        raise NothingSaid
    if on > _day(now):
        raise NotYet
    found = customers_visible_to(actor)
    customer = Customer.objects.select_for_update().get(pk=found.values_list("pk", flat=True).get(pk=customer_id))
    said, _made = ConsentStatement.objects.get_or_create(customer=customer, on=on, origin="api")
    before = {channel: getattr(said, channel) for channel in channels}
    for channel in channels:
        setattr(said, channel, given)
    said.save(update_fields=list(channels))
    fields = {channel: [before[channel], given] for channel in sorted(channels)}
    record_change(
        subject="consent",
        subject_id=customer_id,
        action="given" if given else "withdrawn",
        fields={**fields, "on": [None, on.isoformat()], "evidence": [None, evidence]},
        actor=actor,
        now=now,
    )
    return said


def _day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
