"""Which order an invitation brought: the worked table of docs/algorithms/attribution.md, and its edges."""

from datetime import date, timedelta

import pytest
from tests import factories

from vernost.contacts.models import Interaction
from vernost.core.actor import system
from vernost.invitations import operations
from vernost.invitations.models import Attribution, ContactAttempt, InvitationEvent

pytestmark = pytest.mark.django_db

NOW = factories.at(6)
SINCE = date(2026, 1, 1)
VISIT = date(2026, 3, 20)


def attempt(invitation, *days):
    for number, day in enumerate(days, 1):
        moment = factories.at(12, day=day)
        contact = Interaction.objects.create(customer=invitation.customer, at=moment, on=day, channel="call")
        ContactAttempt.objects.create(
            invitation=invitation,
            interaction=contact,
            number=number,
            at=moment,
            on=day,
            outcome="thinking",
            reached=True,
        )
    invitation.first_attempt_on = days[0]
    invitation.attempts = len(days)
    invitation.save()


def attribute():
    return operations.attribute_orders(since=SINCE, actor=system("test"), now=NOW)


def claims():
    return set(Attribution.objects.values_list("order_id", "invitation_id", "through_appointment"))


@pytest.fixture
def car():
    return factories.vehicle(owner=factories.customer())


def invite(car, **more):
    programme = factories.programme()
    return factories.invitation(programme=programme, vehicle=car, customer=car.ownerships.get().customer, **more)


def test_the_worked_table(car):
    first, second, third, fourth = (invite(car) for _ in range(4))
    attempt(first, date(2026, 3, 1), date(2026, 3, 5))
    attempt(second, date(2026, 3, 10))
    attempt(third, date(2026, 3, 21))
    attempt(fourth, date(2026, 1, 10))
    order = factories.order(vehicle=car, opened_on=VISIT)
    assert attribute() == 1
    assert claims() == {(order.pk, second.pk, False)}
    appointment = factories.appointment(
        branch=factories.branch(), starts_at=factories.at(10, day=VISIT), vehicle=car, order=order
    )
    first.refresh_from_db()
    first.appointment = appointment
    first.save()
    attribute()
    assert claims() == {(order.pk, first.pk, True)}


def test_sixty_days_count_and_one_more_does_not(car):
    invitation = invite(car)
    attempt(invitation, VISIT - timedelta(days=60))
    inside = factories.order(vehicle=car, opened_on=VISIT)
    factories.order(vehicle=car, opened_on=VISIT + timedelta(days=1))
    attribute()
    assert claims() == {(inside.pk, invitation.pk, False)}


@pytest.mark.parametrize(
    "order", [{"kind": "internal"}, {"kind": "presale"}, {"status": "cancelled", "closed_on": None}]
)
def test_what_is_no_visit_is_nobodys(car, order):
    attempt(invite(car), VISIT)
    factories.order(vehicle=car, opened_on=VISIT, **order)
    attribute()
    assert claims() == set()


def test_an_invitation_that_nobody_tried_brings_nothing(car):
    invite(car)
    factories.order(vehicle=car, opened_on=VISIT)
    attribute()
    assert claims() == set()


def test_an_open_order_has_arrived_and_a_closed_one_has_paid_once(car):
    invitation = invite(car, state="declined")
    attempt(invitation, VISIT)
    order = factories.order(vehicle=car, opened_on=VISIT, status="open", closed_on=None)
    assert attribute() == 0, "a refusal stays one until the money is there"
    order.status, order.closed_on = "closed", VISIT
    order.save()
    assert [attribute(), attribute()] == [1, 0]
    invitation.refresh_from_db()
    assert (invitation.state, invitation.ended_at) == ("paid", NOW)
    assert list(InvitationEvent.objects.values_list("from_state", "to_state", "actor")) == [
        ("declined", "paid", "system:test")
    ]


def test_an_order_cancelled_later_is_given_back(car):
    invitation = invite(car)
    attempt(invitation, VISIT)
    order = factories.order(vehicle=car, opened_on=VISIT)
    attribute()
    order.status = "cancelled"
    order.save()
    attribute()
    assert claims() == set()


def test_a_campaign_without_a_vehicle_counts_the_customers_orders():
    customer = factories.customer()
    car = factories.vehicle(owner=customer)
    invitation = factories.invitation(programme=factories.programme(kind="campaign"), customer=customer, vehicle=car)
    invitation.vehicle = None
    invitation.save()
    attempt(invitation, VISIT)
    order = factories.order(vehicle=car, customer=customer, opened_on=VISIT)
    attribute()
    assert claims() == {(order.pk, invitation.pk, False)}
