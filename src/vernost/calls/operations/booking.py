"""Booking from the desk, and what the reception's news mean for invitations."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vernost.accounts import queries as accounts
from vernost.calls.operations.queue import NotInTheQueue, TakenByAnother
from vernost.calls.queries import gate, queue
from vernost.calls.queries.allowance import hours_of
from vernost.contacts.rules import next_allowed
from vernost.core.actor import Actor, system
from vernost.core.live import announce
from vernost.core.wall import whole_group_rows
from vernost.invitations.models import Invitation
from vernost.invitations.operations import transition
from vernost.invitations.rules import InvitationState
from vernost.workshop import operations as workshop
from vernost.workshop import queries as appointments
from vernost.workshop.models import Appointment, AppointmentStatus
from vernost.workshop.operations import Booking

_S = InvitationState

# A car booked for the workshop answers these; an offer to buy another car is not answered by it.
NOT_ABOUT_SERVICE = ("courtesy", "repurchase")


# The car may have been booked in another branch in the same call, or before it.
@whole_group_rows()
@transaction.atomic
def book(*, invitation_id: int, booking: Booking, key: UUID, actor: Actor, now: datetime) -> Appointment:
    """Book a time for the customer whom the actor has; an earlier one of the same call is given up."""
    invitation = _mine(invitation_id, actor)
    before = invitation.appointment
    if before is not None and before.request_key == key:
        return before
    if before is not None and before.status in appointments.EXPECTED:
        workshop.cancel(appointment_id=before.pk, actor=actor, now=now)
    whose = replace(booking, customer_id=invitation.customer_id, vehicle_id=invitation.vehicle_id)
    invitation.appointment = workshop.book(booking=whose, key=key, actor=actor, now=now)
    invitation.save(update_fields=["appointment"])
    return invitation.appointment


@whole_group_rows()
@transaction.atomic
def unbook(*, invitation_id: int, actor: Actor, now: datetime) -> None:
    """Give the time back while the call goes on."""
    invitation = _mine(invitation_id, actor)
    appointment, invitation.appointment = invitation.appointment, None
    invitation.save(update_fields=["appointment"])
    if appointment is not None:
        workshop.cancel(appointment_id=appointment.pk, actor=actor, now=now)


def _mine(invitation_id: int, actor: Actor) -> Invitation:
    rows = queue.visible_to(actor).select_related("appointment", "leased_by").select_for_update(of=("self",))
    invitation = rows.get(pk=invitation_id)
    if invitation.state != _S.IN_PROGRESS:
        raise NotInTheQueue
    if invitation.leased_by_id != actor.user_id:
        raise TakenByAnother(name=invitation.leased_by.display_name if invitation.leased_by else "")
    return invitation


@transaction.atomic
def follow_appointment(*, appointment_id: int, now: datetime) -> None:
    """Bring the invitations of an appointment to what has become of it; asking again changes nothing."""
    appointment = Appointment.objects.get(pk=appointment_id)
    rows = Invitation.objects.filter(appointment=appointment).select_related("customer", "branch", "programme")
    actor = system("reception")
    for invitation in rows.select_for_update(of=("self",)).order_by("pk"):
        _follow(invitation, AppointmentStatus(appointment.status), actor, now)
    if appointment.status in appointments.EXPECTED:
        _answer_waiting(appointment, actor, now)
    announce("desk")


def _follow(invitation: Invitation, status: AppointmentStatus, actor: Actor, now: datetime) -> None:
    state = _S(invitation.state)
    if status == AppointmentStatus.ARRIVED and state in {_S.BOOKED, _S.NO_SHOW, _S.QUEUED}:
        transition(invitation=invitation, to=_S.ARRIVED, actor=actor, now=now)
    elif status in appointments.EXPECTED and state in {_S.ARRIVED, _S.NO_SHOW, _S.QUEUED}:
        if state is _S.NO_SHOW or (state is _S.QUEUED and _was_missed(invitation)):
            # A no-show that was none must not cost the customer his second chance.
            invitation.no_shows -= 1
        transition(invitation=invitation, to=_S.BOOKED, actor=actor, now=now, note="taken back")
    elif status == AppointmentStatus.CANCELLED and state is _S.BOOKED:
        _back_to_the_queue(invitation, actor, now, "appointment cancelled")
    elif status == AppointmentStatus.NO_SHOW and state is _S.BOOKED:
        invitation.no_shows += 1
        transition(invitation=invitation, to=_S.NO_SHOW, actor=actor, now=now)
        # Once: who fails to come a second time is not called again for it.
        if invitation.no_shows == 1:
            _back_to_the_queue(invitation, actor, now, "did not come")


def _was_missed(invitation: Invitation) -> bool:
    last = invitation.events.order_by("-pk").values_list("from_state", flat=True).first()
    return last == _S.NO_SHOW


def _back_to_the_queue(invitation: Invitation, actor: Actor, now: datetime, note: str) -> None:
    zones = gate.customer_zones(invitation)
    calendar = accounts.production_calendar()
    invitation.next_try_at = next_allowed(now, zones=zones, hours=hours_of(invitation.programme), calendar=calendar)
    transition(invitation=invitation, to=_S.QUEUED, actor=actor, now=now, note=note)


def _answer_waiting(appointment: Appointment, actor: Actor, now: datetime) -> None:
    """A car that comes anyway is no longer called for: what waited for it counts as booked."""
    if appointment.vehicle_id is None:
        return
    waiting = Invitation.objects.filter(vehicle_id=appointment.vehicle_id, state=_S.QUEUED, appointment=None)
    rows = waiting.exclude(programme__kind__in=NOT_ABOUT_SERVICE)
    for invitation in rows.select_for_update(of=("self",)).order_by("pk"):
        invitation.appointment = appointment
        transition(invitation=invitation, to=_S.BOOKED, actor=actor, now=now, note="booked otherwise")
