"""What the night takes out of the queue: what is over, what has been settled, whom a reason now holds back."""

from datetime import date, timedelta

import pytest
from tests import nights, people
from tests.nights import TODAY, at, days_later, only, person, run

from vernost.customers.models import ChannelStop
from vernost.invitations import operations
from vernost.invitations.models import Invitation, InvitationEvent, Programme
from vernost.vehicles.models import MaintenancePlan, Ownership, RecallEntry, Vehicle
from vernost.workshop.models import Appointment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def standing():
    operations.ensure_standing_programmes()
    only("next_service")


def invited(*numbers, **more):
    people_and_cars = [person(number, **more) for number in numbers]
    run()
    assert Invitation.objects.count() == len(numbers)
    return people_and_cars


def endings():
    """State and the note of the last event, in the order of the cars."""
    rows = Invitation.objects.order_by("vehicle_id")
    return [(row.state, row.events.order_by("pk").last().note) for row in rows]


def test_what_has_been_settled_or_is_held_back_leaves_the_queue():
    cars = invited(*range(1, 9))
    nights.order(cars[0][1], days_later(1), external_id="N-1")
    nights.order(cars[1][1], days_later(1), external_id="N-2", kind="maintenance")
    Appointment.objects.create(
        vehicle=cars[2][1], customer=cars[2][0], starts_at=at(days_later(9)), starts_on=days_later(9), status="booked"
    )
    cars[3][0].blocked = True
    cars[3][0].save()
    ChannelStop.objects.create(customer=cars[4][0], channel="call", since=TODAY)
    buyer = person(99, serviced_on=None)[0]
    Ownership.objects.filter(vehicle=cars[5][1]).update(owned_from=date(2020, 1, 1), owned_until=days_later(1))
    Ownership.objects.create(vehicle=cars[5][1], customer=buyer, owned_from=days_later(1))
    Vehicle.objects.filter(pk=cars[6][1].pk).update(scrapped=True)
    run(days_later(2))
    assert endings()[:8] == [
        ("cancelled", "visited_recently"),
        ("cancelled", "no_longer_due"),
        ("cancelled", "open_appointment"),
        ("cancelled", "blocked"),
        ("do_not_call", "do_not_disturb"),
        ("not_owner", "not_owner"),
        ("not_owner", "not_owner"),
        ("queued", ""),
    ]
    ended = InvitationEvent.objects.filter(to_state="do_not_call").get()
    assert (ended.at, ended.actor, ended.from_state) == (at(days_later(2)), "system:night", "queued")
    assert Invitation.objects.get(state="do_not_call").ended_at == at(days_later(2))


def test_the_new_owner_is_invited_when_the_one_before_is_out_of_the_way():
    ((_seller, car),) = invited(1)
    buyer = person(2, serviced_on=None)[0]
    Ownership.objects.filter(vehicle=car).update(owned_until=days_later(1))
    Ownership.objects.create(vehicle=car, customer=buyer, owned_from=days_later(1))
    for day in (1, 2):
        run(days_later(day))
    found = Invitation.objects.order_by("pk").values_list("customer__external_id", "state", "created_for")
    assert list(found) == [("C-1", "not_owner", TODAY), ("C-2", "queued", days_later(2))]


def test_the_time_that_is_over_expires_what_waits_but_not_a_call_back_that_was_asked_for():
    invited(1, 2, 3, 4)
    first, second, third, _fourth = Invitation.objects.order_by("pk")
    over = first.expires_on + timedelta(days=1)
    Invitation.objects.filter(pk=second.pk).update(is_callback=True, next_try_at=at(over, 12))
    busy = {"state": "in_progress", "leased_by": people.user()}
    Invitation.objects.filter(pk=third.pk).update(**busy, leased_until=at(over, 4))
    run(first.expires_on)
    assert [state for state, _note in endings()] == ["queued", "queued", "in_progress", "queued"]
    run(over)
    assert [state for state, _note in endings()] == ["expired", "queued", "in_progress", "expired"]


def test_an_operators_lease_that_has_ended_does_not_keep_it():
    invited(1)
    first = Invitation.objects.get()
    over = first.expires_on + timedelta(days=1)
    Invitation.objects.update(state="in_progress", leased_by=people.user(), leased_until=at(over, 2))
    run(over)
    row = Invitation.objects.get()
    assert (row.state, row.leased_by, row.leased_until, row.ended_at) == ("expired", None, None, at(over))


def test_a_booked_one_is_left_to_the_visit():
    invited(1)
    Invitation.objects.update(state="booked")
    run(days_later(200))
    assert endings() == [("booked", "")]


def test_a_recall_stays_until_it_is_done_whatever_visits_there_are():
    only("recall")
    Programme.objects.filter(code="recall").update(active=True)
    _customer, car = person(1)
    Vehicle.objects.update(vin="VIN1")
    entry = RecallEntry.objects.create(source=nights.source(), code="R-1", vin="VIN1", starts_on=TODAY)
    run()
    nights.order(car, days_later(1), external_id="N-1")
    run(days_later(2))
    assert endings() == [("queued", "")]
    entry.done_on = days_later(3)
    entry.save()
    run(days_later(3))
    assert endings() == [("cancelled", "no_longer_due")]
    assert Invitation.objects.get().expires_on is None


def test_a_due_date_that_moved_away_leaves_the_invitation_in_the_queue():
    invited(1)
    Programme.objects.filter(code="next_service").update(lead_days=0)
    Vehicle.objects.update(make="Other")
    MaintenancePlan.objects.create(
        source=nights.source(), make="Other", model="Vesta", interval_months=24, interval_km=30_000
    )
    run(days_later(1))
    assert endings() == [("queued", "")]
