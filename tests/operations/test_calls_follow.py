"""What the reception's news mean for invitations."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from tests import factories as make
from tests import people

from vernost.calls import operations
from vernost.core.actor import Role
from vernost.invitations.models import Invitation
from vernost.workshop import operations as workshop
from vernost.workshop.models import Appointment
from vernost.workshop.operations import Booking

pytestmark = pytest.mark.django_db

NOW = make.at(12)


@pytest.fixture
def kazan():
    return make.branch(bays=2)


@pytest.fixture
def advisor(kazan):
    return people.user(Role.ADVISOR, kazan).as_actor()


@pytest.fixture
def booked(kazan):
    """Return an invitation that has been booked for three o'clock."""
    invitation = make.invitation(programme=make.programme(), branch=kazan, state="booked")
    invitation.appointment = make.appointment(
        branch=kazan, starts_at=make.at(15), customer=invitation.customer, vehicle=invitation.vehicle
    )
    invitation.save()
    return invitation


def news(change, invitation, actor, now):
    """Let the reception act, and run the jobs that follow from it."""
    change(appointment_id=invitation.appointment_id, actor=actor, now=now)
    for job in ProcrastinateJob.objects.filter(task_name="automation.appointment_news"):
        operations.follow_appointment(now=now, appointment_id=job.args["appointment_id"])
    invitation.refresh_from_db()
    return invitation.state


def test_arrived_and_taken_back(booked, advisor):
    assert news(workshop.arrive, booked, advisor, NOW) == "arrived"
    assert news(workshop.restore, booked, advisor, NOW) == "booked"


def test_cancelled_returns_to_the_queue_in_allowed_hours(booked, advisor):
    assert news(workshop.cancel, booked, advisor, make.at(7)) == "queued"
    assert booked.next_try_at == make.at(9)


def test_missed_returns_once(booked, advisor):
    assert news(workshop.miss, booked, advisor, make.at(16)) == "queued"
    assert (booked.no_shows, booked.next_try_at) == (1, make.at(16))
    assert [event.to_state for event in booked.events.order_by("pk")] == ["no_show", "queued"]
    Appointment.objects.update(status="booked")
    Invitation.objects.update(state="booked")
    assert news(workshop.miss, booked, advisor, make.at(17)) == "no_show"
    assert booked.no_shows == 2


def test_missed_and_taken_back_is_booked_again(booked, advisor):
    news(workshop.miss, booked, advisor, make.at(16))
    assert news(workshop.restore, booked, advisor, make.at(16, 5)) == "booked"
    assert booked.no_shows == 0
    # The second chance is still there, and is taken back as the first.
    assert news(workshop.miss, booked, advisor, make.at(17)) == "queued"
    assert news(workshop.restore, booked, advisor, make.at(17, 5)) == "booked"
    assert booked.no_shows == 0


def test_a_second_no_show_that_was_none_leaves_the_first_one(booked, advisor):
    Invitation.objects.update(no_shows=1)
    assert news(workshop.miss, booked, advisor, make.at(16)) == "no_show"
    assert news(workshop.restore, booked, advisor, make.at(16, 5)) == "booked"
    assert booked.no_shows == 1


def test_a_cancellation_taken_back_is_no_no_show_taken_back(booked, advisor):
    Invitation.objects.update(no_shows=1)
    assert news(workshop.cancel, booked, advisor, make.at(7)) == "queued"
    assert news(workshop.restore, booked, advisor, make.at(7, 5)) == "booked"
    assert booked.no_shows == 1


def test_moved_stays_booked_and_asking_again_changes_nothing(booked, advisor, kazan):
    workshop.move(
        appointment_id=booked.appointment_id, branch_id=kazan.pk, starts_at=make.at(17), actor=advisor, now=NOW
    )
    for _time in range(2):
        operations.follow_appointment(appointment_id=booked.appointment_id, now=NOW)
    booked.refresh_from_db()
    assert (booked.state, booked.events.count()) == ("booked", 0)


def test_an_import_that_brings_the_order_is_an_arrival(booked, kazan):
    order = make.order(branch=kazan, vehicle=booked.vehicle, opened_on=date(2026, 11, 24))
    workshop.match_orders(order_ids=[order.pk])
    job = ProcrastinateJob.objects.get(task_name="calls.follow_appointments")
    assert job.args == {"appointment_ids": [booked.appointment_id]}
    operations.follow_appointment(appointment_id=booked.appointment_id, now=NOW)
    booked.refresh_from_db()
    assert booked.state == "arrived"


def test_a_car_that_comes_anyway_is_not_called_for(kazan, advisor):
    car = make.vehicle(owner=make.customer())

    def waiting(kind):
        return make.invitation(
            programme=make.programme(kind=kind), branch=kazan, customer=car.ownerships.get().customer, vehicle=car
        )

    service, repurchase = waiting("next_service"), waiting("repurchase")
    booking = Booking(kazan.pk, make.at(15), None, car.pk, Decimal(1))
    appointment = workshop.book(booking=booking, key=uuid4(), actor=advisor, now=NOW)
    operations.follow_appointment(appointment_id=appointment.pk, now=NOW)
    service.refresh_from_db()
    repurchase.refresh_from_db()
    assert (service.state, service.appointment_id, repurchase.state) == ("booked", appointment.pk, "queued")


def test_the_operators_own_booking_waits_for_his_outcome(kazan):
    operator = people.user(Role.OPERATOR, kazan).as_actor()
    invitation = make.invitation(programme=make.programme(), branch=kazan)
    operations.take(invitation_id=invitation.pk, actor=operator, now=NOW)
    booking = Booking(kazan.pk, make.at(15), None, None, Decimal(1))
    appointment = operations.book(invitation_id=invitation.pk, booking=booking, key=uuid4(), actor=operator, now=NOW)
    operations.follow_appointment(appointment_id=appointment.pk, now=NOW + timedelta(seconds=1))
    invitation.refresh_from_db()
    assert invitation.state == "in_progress"
