"""Rules that hold over all branches, asked as the pages ask them: from behind the wall of one branch."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from tests import factories as make
from tests import people
from tests.walls import behind_the_wall

from vernost.calls import operations as calls
from vernost.calls.operations import CallResult
from vernost.calls.queries import desk, works
from vernost.contacts.models import Interaction
from vernost.contacts.rules import Outcome
from vernost.core.actor import Role
from vernost.customers import operations as customers
from vernost.customers.models import CustomField, Directory, DirectoryValue
from vernost.customers.operations import directories
from vernost.invitations import operations as invitations
from vernost.invitations.models import ContactAttempt, Invitation
from vernost.privacy import operations as privacy
from vernost.privacy import queries as personal_data
from vernost.workshop import operations as workshop
from vernost.workshop import queries as workshop_queries
from vernost.workshop.models import Appointment, OrderFieldValue, RepairOrder
from vernost.workshop.operations import Booking, RequestKeyReused, VehicleAlreadyBooked

pytestmark = pytest.mark.django_db

NOW = make.at(12)


@pytest.fixture
def kazan():
    return make.branch(name="Kazan", bays=2)


@pytest.fixture
def samara():
    return make.branch(name="Samara", bays=2)


@pytest.fixture
def operator(kazan):
    calls.ensure_decline_reasons()
    return people.user(Role.OPERATOR, kazan).as_actor()


@pytest.fixture
def manager(kazan):
    return people.user(Role.MANAGER, kazan).as_actor()


@pytest.fixture
def both(kazan, samara):
    """A customer with a car, called for by both branches."""
    service = make.programme()
    customer = make.customer()
    car = make.vehicle(owner=customer)
    here = make.invitation(programme=service, branch=kazan, customer=customer, vehicle=car)
    there = make.invitation(programme=service, branch=samara, customer=customer, vehicle=car)
    return here, there


def say(invitation, actor, outcome, key):
    calls.take(invitation_id=invitation.pk, actor=actor, now=NOW)
    return calls.record_outcome(invitation_id=invitation.pk, result=CallResult(outcome), key=key, actor=actor, now=NOW)


def test_who_forbids_calls_is_called_by_no_branch_and_may_take_it_back(kazan, both, operator):
    here, there = both
    key = uuid4()
    with behind_the_wall(kazan):
        say(here, operator, Outcome.DO_NOT_CALL, key)
    there.refresh_from_db()
    assert there.state == "do_not_call"
    with behind_the_wall(kazan):
        calls.undo_call(key=key, actor=operator, now=NOW)
    there.refresh_from_db()
    assert there.state == "queued"


def test_after_a_call_the_other_branch_waits_until_tomorrow(kazan, both, operator):
    here, there = both
    with behind_the_wall(kazan):
        say(here, operator, Outcome.NO_ANSWER, uuid4())
    there.refresh_from_db()
    assert there.next_try_at == make.at(0) + timedelta(days=1)


def test_whom_another_branch_has_on_the_line_is_not_given_out(kazan, samara, both, operator):
    here, there = both
    colleague = people.user(Role.OPERATOR, samara).as_actor()
    with behind_the_wall(samara):
        assert calls.take(invitation_id=there.pk, actor=colleague, now=NOW) == there
    with behind_the_wall(kazan):
        assert calls.next_customer(actor=operator, now=NOW) is None
    later = NOW + timedelta(hours=1)
    with behind_the_wall(kazan):
        assert calls.next_customer(actor=operator, now=later) == here, "the lease there has run out"
    there.refresh_from_db()
    assert (there.state, there.leased_by_id) == ("queued", None)


def test_who_has_booked_in_another_branch_is_not_called(kazan, samara, both, operator):
    here, _there = both
    booked = make.appointment(branch=samara, starts_at=make.at(10) + timedelta(days=3), vehicle=here.vehicle)
    with behind_the_wall(kazan):
        assert calls.next_customer(actor=operator, now=NOW) is None
    here.refresh_from_db()
    assert (here.state, here.appointment_id) == ("booked", booked.pk)
    with behind_the_wall(kazan):
        found = workshop_queries.expected_of(here.vehicle_id, here.customer_id, NOW.date())
        assert (found, Appointment.objects.count()) == (booked, 0)


def test_a_car_is_not_booked_into_two_branches_at_once(kazan, samara, operator):
    car = make.vehicle(owner=make.customer())
    make.appointment(branch=samara, starts_at=make.at(15), vehicle=car)
    booking = Booking(
        branch_id=kazan.pk, starts_at=make.at(15), customer_id=None, vehicle_id=car.pk, labour_hours=Decimal(1)
    )
    with behind_the_wall(kazan), pytest.raises(VehicleAlreadyBooked):
        workshop.book(booking=booking, key=uuid4(), actor=operator, now=NOW)


def test_a_key_of_another_branch_is_used_up(kazan, samara, operator):
    key = uuid4()
    make.appointment(branch=samara, starts_at=make.at(15), request_key=key)
    booking = Booking(
        branch_id=kazan.pk, starts_at=make.at(15), customer_id=None, vehicle_id=None, labour_hours=Decimal(1)
    )
    with behind_the_wall(kazan), pytest.raises(RequestKeyReused):
        workshop.book(booking=booking, key=key, actor=operator, now=NOW)


def test_what_was_put_off_elsewhere_is_offered(kazan, samara, both, operator):
    here, _there = both
    make.order(branch=samara, vehicle=here.vehicle, lines=[("Brake pads", Decimal(9_000), True)])
    with behind_the_wall(kazan):
        assert [work.name for work in works.works_of(here)][1:] == ["Brake pads"]
        calls.take(invitation_id=here.pk, actor=operator, now=NOW)
        subject, _around = desk.in_hand(operator, NOW)
        assert [work.name for work in subject.works][1:] == ["Brake pads"]
        # What he paid there is another branch's, as it was before there was a wall.
        assert (subject.history.orders, RepairOrder.objects.count()) == ([], 0)


def test_an_operators_day_is_all_that_he_did_in_it(kazan, both, operator):
    for number, invitation in enumerate(both):
        contact = Interaction.objects.create(customer=invitation.customer, at=NOW, on=NOW.date(), channel="call")
        ContactAttempt.objects.create(
            invitation=invitation,
            interaction=contact,
            number=1,
            at=NOW,
            on=NOW.date(),
            user_id=operator.user_id,
            outcome="booked",
            reached=bool(number),
        )
    with behind_the_wall(kazan):
        figures = desk.side(operator, NOW).figures
        assert (figures.attempts, figures.reached, ContactAttempt.objects.count()) == (2, 1, 1)


def test_a_merge_moves_what_belongs_to_every_branch_and_undoing_brings_it_back(kazan, samara, manager):
    first, second = make.customer(), make.customer(name="Ivanov S.P.")
    for one in (first, second):
        make.order(branch=kazan, customer=one)
    elsewhere = make.order(branch=samara, customer=second)
    make.invitation(programme=make.programme(), branch=samara, customer=second)

    def whose():
        elsewhere.refresh_from_db()
        return elsewhere.customer_id, set(Invitation.objects.values_list("customer_id", flat=True))

    with behind_the_wall(kazan):
        assert customers.better_first(first.pk, second.pk) == (second.pk, first.pk)
        merge = customers.merge_customers(survivor_id=first.pk, gone_id=second.pk, actor=manager, now=NOW)
    assert whose() == (first.pk, {first.pk})
    with behind_the_wall(kazan):
        customers.undo_merge(merge_id=merge.pk, actor=manager, now=NOW)
    assert whose() == (second.pk, {second.pk})


def test_a_person_is_told_and_erased_of_every_branch(kazan, samara, manager):
    customer = make.customer()
    make.order(branch=kazan, customer=customer)
    visit = make.appointment(branch=samara, starts_at=make.at(15), customer=customer, note="Ivanov's wife brings it")
    with behind_the_wall(kazan):
        copy = personal_data.copy_of(manager, customer.pk)
        told = {table.code: len(table.rows) for table in copy.tables}
        assert (told["workshop_repairorder"], told["workshop_appointment"]) == (1, 1)
        privacy.erase_customer(customer_id=customer.pk, reason="demand", actor=manager, now=NOW)
    visit.refresh_from_db()
    assert visit.note == ""


def test_a_programme_is_stopped_as_a_whole(kazan, both, manager):
    here, there = both
    with behind_the_wall(kazan):
        assert invitations.withdraw_queue(programme_id=here.programme_id, actor=manager, now=NOW) == 2
    there.refresh_from_db()
    assert there.state == "cancelled"


def test_a_value_of_a_directory_is_replaced_in_every_branch(kazan, samara):
    administrator = people.user(Role.ADMINISTRATOR, kazan).as_actor()
    directory = Directory.objects.create(code="colours", title="Colours")
    red, crimson = (
        DirectoryValue.objects.create(directory=directory, code=code, title=code) for code in ("red", "crimson")
    )
    field = CustomField.objects.create(target="order", code="x_c", title="C", kind="choice", directory=directory)
    for branch in (kazan, samara):
        OrderFieldValue.objects.create(
            order=make.order(branch=branch), field=field, value="crimson", key="crimson", at=NOW, actor="tests"
        )
    with behind_the_wall(kazan):
        assert directories.merge_values(value_id=crimson.pk, into_id=red.pk, actor=administrator, now=NOW) == 2
    assert set(OrderFieldValue.objects.values_list("value", flat=True)) == {"red"}
