"""Each invariant of the data holds after a night, and finds a breach that is planted past the constraints."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests import factories, people
from tests.nights import TODAY, only, person, run

from vernost.automation import catalogue
from vernost.automation.models import NightRun
from vernost.automation.queries.work import breaches
from vernost.invitations import operations
from vernost.invitations.models import Cycle, Decision, Invitation, InvitationEvent
from vernost.vehicles.models import Ownership
from vernost.workshop.models import Appointment

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture
def night():
    """One night with an invited pair and one of the control group."""
    operations.ensure_standing_programmes()
    only("next_service")
    for number in (1, 2, 3):
        person(number)
    run()
    assert breaches() == []
    return Invitation.objects.earliest("pk")


def found():
    return {breach.invariant: breach.count for breach in breaches()}


@contextmanager
def without(model, name):
    """Take a constraint away for a while; the rows that break it are gone before it comes back."""
    constraint = next(each for each in model._meta.constraints if each.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        model.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


def test_an_empty_database_holds():
    assert (breaches(), len(catalogue.discover()) > 10) == ([], True)


PLANTED = {
    "invitation_of_its_cycle": lambda night: Cycle.objects.filter(pk=night.cycle_id).update(held_out=True),
    "decisions_apart": lambda night: Decision.objects.create(
        programme=night.programme,
        vehicle=night.vehicle,
        customer=night.customer,
        anchor=night.anchor,
        reason="blocked",
        since=TODAY - timedelta(days=1),
        until=TODAY,
    ),
    "invited_by_a_decision": lambda night: Decision.objects.filter(vehicle=night.vehicle).update(reason="blocked"),
    "events_lead_to_the_state": lambda night: InvitationEvent.objects.filter(invitation=night).update(
        to_state="expired"
    ),
    "ended_has_its_moment": lambda night: Invitation.objects.filter(pk=night.pk).update(ended_at=MORNING),
    "attempts_counted": lambda night: Invitation.objects.filter(pk=night.pk).update(attempts=2),
    "members_of_campaigns": lambda night: night.programme.members.create(customer=night.customer),
    "one_owner_at_a_time": lambda night: Ownership.objects.create(
        vehicle=night.vehicle, customer=night.customer, owned_from=TODAY, owned_until=TODAY + timedelta(days=9)
    ),
    "counts_add_up": lambda _night: NightRun.objects.update(
        result={"programmes": [{"programme": "lost", "candidates": 3, "invited": 0, "suppressed": {"blocked": 1}}]}
    ),
    "invited_as_counted": lambda night: (
        InvitationEvent.objects.filter(invitation=night).delete(),
        Invitation.objects.filter(pk=night.pk).delete(),
    ),
}


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_breach_is_found_alone(night, code):
    PLANTED[code](night)
    assert found() == {code: 1}


def test_a_wrong_lease_is_found(night):
    Invitation.objects.filter(pk=night.pk).update(leased_by=people.user(), leased_until=MORNING)
    assert found() == {"lease_of_work_in_hand": 1}


def test_two_cars_in_a_bay_are_found():
    branch = factories.branch(bays=1)
    slot = {"starts_at": MORNING, "ends_at": MORNING + timedelta(hours=1), "starts_on": MORNING.date()}
    with without(Appointment, "no_two_appointments_in_a_bay"):
        for _number in range(2):
            Appointment.objects.create(branch=branch, bay=branch.work_bays.get(), **slot)
        assert found() == {"one_car_in_a_bay": 1}


def test_the_rows_are_shown(night):
    Invitation.objects.filter(pk=night.pk).update(attempts=2)
    (breach,) = breaches()
    assert breach.rows == [{"id": night.pk, "attempts": 2, "found": None, "last_number": None}]
