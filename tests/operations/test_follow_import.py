"""After an import its orders find their appointments and their invitations."""

from datetime import date

import pytest
from tests import factories as make

from vernost.automation.operations import following as operations
from vernost.contacts.models import Interaction
from vernost.core.actor import system
from vernost.invitations.models import Attribution, ContactAttempt
from vernost.workshop.models import Appointment

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 24)


def test_an_order_of_today_finds_its_appointment_and_its_invitation():
    kazan = make.branch(bays=1)
    car = make.vehicle(owner=make.customer())
    appointment = make.appointment(branch=kazan, starts_at=make.at(10), vehicle=car)
    invitation = make.invitation(
        programme=make.programme(), branch=kazan, vehicle=car, customer=car.ownerships.get().customer, state="booked"
    )
    invitation.appointment, invitation.first_attempt_on = appointment, DAY
    invitation.save()
    call = Interaction.objects.create(customer=invitation.customer, at=make.at(9), on=DAY, channel="call")
    ContactAttempt.objects.create(
        invitation=invitation, interaction=call, number=1, at=make.at(9), on=DAY, outcome="booked", reached=True
    )
    order = make.order(branch=kazan, vehicle=car, opened_on=DAY)
    for _again in range(2):
        operations.follow_import(actor=system("test"), now=make.at(20))
        assert list(Appointment.objects.values_list("order_id", "status")) == [(order.pk, "arrived")]
        assert list(Attribution.objects.values_list("order_id", "invitation_id", "through_appointment")) == [
            (order.pk, invitation.pk, True)
        ]


def test_an_empty_base_has_nothing_to_settle():
    operations.follow_import(actor=system("test"), now=make.at(20))
    assert not Attribution.objects.exists()
