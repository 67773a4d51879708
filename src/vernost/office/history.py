"""One timeline of a customer: visits, appointments, invitations, contacts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext

from vernost.contacts.queries import InteractionRow
from vernost.core import formats
from vernost.core.i18n import _
from vernost.invitations.queries.customer import InvitationRow
from vernost.office.words import APPOINTMENT_STATUSES, CONTACT_CHANNELS, ORDER_STATUSES
from vernost.workshop.models import AppointmentStatus, OrderStatus
from vernost.workshop.queries import AppointmentRow, OrderRow
from vernost.workshop.rules import ORDER_KINDS

KINDS = {
    "orders": _("Visits"),
    "appointments": _("Appointments"),
    "invitations": _("Invitations"),
    "contacts": _("Contacts"),
}
ICONS = {
    "call": "phone",
    "sms": "message",
    "email": "mail",
    "messenger": "brand-telegram",
    "visit": "user",
    "web": "world",
}


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the timeline; `month` is filled in where a new month begins."""

    kind: str
    day: date
    icon: str
    at: str
    title: str
    note: str = ""
    amount: str = ""
    url: str = ""
    month: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What the timeline is made of."""

    orders: Sequence[OrderRow]
    appointments: Sequence[AppointmentRow]
    invitations: Sequence[InvitationRow]
    contacts: Sequence[InteractionRow]


def timeline(past: Past, *, show: str) -> list[Event]:
    """Return the events newest first, all of them or those of one kind."""
    events = [*map(_order, past.orders), *map(_appointment, past.appointments)]
    events += [*map(_invitation, past.invitations), *map(_contact, past.contacts)]
    chosen = [event for event in events if show in ("", event.kind)]
    return list(_with_months(sorted(chosen, key=lambda event: event.day, reverse=True)))


def counts(past: Past) -> dict[str, int]:
    return {
        "orders": len(past.orders),
        "appointments": len(past.appointments),
        "invitations": len(past.invitations),
        "contacts": len(past.contacts),
    }


def _with_months(events: Iterable[Event]) -> Iterator[Event]:
    last = ""
    for event in events:
        month = formats.month(event.day)
        yield replace(event, month=month) if month != last else event
        last = month


def _order(row: OrderRow) -> Event:
    status = "" if row.status == OrderStatus.CLOSED else gettext(ORDER_STATUSES[OrderStatus(row.status)])
    mileage = formats.kilometres(row.mileage_km) if row.mileage_km else ""
    return Event(
        kind="orders",
        day=row.opened_on,
        icon="tool",
        at=formats.day_short(row.opened_on),
        title=f"{gettext(ORDER_KINDS[row.kind])} · {row.number}",
        note=_joined(row.car, mileage, row.branch, row.advisor, status),
        amount=formats.roubles(row.amount) if row.amount else "",
    )


def _appointment(row: AppointmentRow) -> Event:
    return Event(
        kind="appointments",
        day=row.starts_at.date(),
        icon="calendar-event",
        at=formats.moment(row.starts_at),
        title=gettext(APPOINTMENT_STATUSES[AppointmentStatus(row.status)]),
        note=_joined(row.car, row.branch, row.note),
    )


def _invitation(row: InvitationRow) -> Event:
    return Event(
        kind="invitations",
        day=row.created_for,
        icon="speakerphone",
        at=formats.day_short(row.created_for),
        title=row.programme,
        note=_joined(row.car, gettext(row.state_title)),
    )


def _contact(row: InteractionRow) -> Event:
    local = _local(row.at)
    channel = gettext(CONTACT_CHANNELS[row.channel]) if row.channel in CONTACT_CHANNELS else row.channel
    side = {"in": gettext("from the customer"), "out": gettext("to the customer")}.get(row.direction, "")
    return Event(
        kind="contacts",
        day=local.date(),
        icon=ICONS.get(row.channel, "message-2"),
        at=formats.moment(local),
        title=_joined(channel or gettext("Contact"), side),
        note=_joined(gettext(row.outcome) if row.outcome else "", row.who, row.text),
    )


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(timezone.get_current_timezone_name()))


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
