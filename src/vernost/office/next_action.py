"""What is best done next with a customer: one thing, with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from django.urls import reverse
from django.utils.translation import gettext as _

from vernost.core import formats
from vernost.core.actor import Actor, Role
from vernost.facts.queries import Forecast
from vernost.invitations.queries.customer import InvitationRow, waiting_invitation
from vernost.invitations.rules import InvitationState
from vernost.vehicles.queries import CarRow
from vernost.workshop.queries import expected_appointment

CALLERS = frozenset({Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR})
_SOON = timedelta(days=30)


class CarShown(Protocol):
    @property
    def car(self) -> CarRow: ...
    @property
    def forecast(self) -> Forecast | None: ...


@dataclass(frozen=True, slots=True)
class NextAction:
    """`post`: the button sends a form there; else it is a link."""

    icon: str
    title: str
    why: str
    url: str
    button: str
    post: bool = False


def next_action(customer_id: int, *, actor: Actor, cars: Iterable[CarShown], on: date) -> NextAction:
    """Return the first that applies: expect who is booked, call who waits for it, book whose maintenance is near."""
    book = reverse("workplace:customer", args=[customer_id])
    booked = expected_appointment(customer_id, actor=actor, on=on)
    if booked is not None:
        where = f"{reverse('workplace:reception')}?day={booked.starts_at.date().isoformat()}"
        title = _("Booked for %(at)s") % {"at": formats.moment(booked.starts_at)}
        return NextAction(icon="calendar-check", title=title, why=booked.car, url=where, button=_("Open the day"))
    waiting = waiting_invitation(customer_id, actor=actor)
    if waiting is not None:
        return _call(waiting, book, actor)
    near = _nearest(cars, on)
    if near is not None:
        day, car = near
        title = _("Maintenance is due on %(day)s") % {"day": formats.day(day)}
        why = f"{car.title} {formats.plate(car.plate)}"
        return NextAction(icon="calendar-plus", title=title, why=why, url=f"{book}?vehicle={car.id}", button=_("Book"))
    calm = _("Nobody waits for a call, no maintenance is due soon.")
    return NextAction(icon="mood-smile", title=_("Nothing presses"), why=calm, url=book, button=_("Book"))


def _call(waiting: InvitationRow, book: str, actor: Actor) -> NextAction:
    title = _("Invite: %(programme)s") % {"programme": waiting.programme}
    why = " · ".join(filter(None, [waiting.car, _("due %(day)s") % {"day": formats.day(waiting.due_on)}]))
    if actor.role in CALLERS and waiting.state == InvitationState.QUEUED:
        take = reverse("workplace:desk-take", args=[waiting.id])
        return NextAction(icon="phone", title=title, why=why, url=take, button=_("Call now"), post=True)
    return NextAction(icon="phone", title=title, why=why, url=book, button=_("Book"))


def _nearest(cars: Iterable[CarShown], on: date) -> tuple[date, CarRow] | None:
    due = [
        (each.forecast.service_due_on, each.car)
        for each in cars
        if each.forecast and each.forecast.service_due_on and not each.car.owned_until
    ]
    return min(((day, car) for day, car in due if day <= on + _SOON), key=lambda one: one[0], default=None)
