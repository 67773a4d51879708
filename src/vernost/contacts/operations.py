"""Writes of contacts: what another system or a person says of a talk, a message, a consent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from vernost.accounts.models import LegalEntity
from vernost.contacts.models import Interaction
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import ConsentText
from vernost.customers.operations import NotYet, Said
from vernost.customers.queries import visible_to as customers_visible_to
from vernost.customers.rules.consents import BY_CHANNEL, WHOLE, Purpose, Way

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


class UnknownWords(DomainError):
    code = "unknown_words"
    text = _("There is no text and no company of this name in force: %(name)s")


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves a statement: `text` is the code of the words, `company` the name of whom they name."""

    evidence: str
    reference: str = ""
    text: str = ""
    company: str = ""


def said_of(*, purpose: Purpose, channels: Collection[str], given: bool, way: Way, on: date, proof: Proof) -> Said:
    """Return a statement as another system tells it, its words and company found by their names."""
    names = sorted(channels) if purpose in BY_CHANNEL else [WHOLE]
    text = (
        ConsentText.objects.filter(code=proof.text, archived_at=None, from_on__lte=on).first() if proof.text else None
    )
    company = LegalEntity.objects.filter(name=proof.company, archived_at=None).first() if proof.company else None
    for name, row in ((proof.text, text), (proof.company, company)):
        if name and row is None:
            raise UnknownWords(name=name)
    return Said(
        purpose,
        dict.fromkeys(names, given),
        way,
        on,
        proof.evidence,
        proof.reference,
        text.pk if text else None,
        company.pk if company else None,
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
