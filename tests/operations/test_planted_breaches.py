"""Each invariant of the data finds a breach that is planted after a night, past the operations."""

from datetime import UTC, datetime, timedelta

import pytest
from tests import march, people
from tests.nights import TODAY, only, person, run

from vernost.automation.models import NightRun
from vernost.automation.queries.work import breaches
from vernost.invitations import operations
from vernost.invitations.models import Cycle, Decision, Invitation, InvitationEvent
from vernost.vehicles.models import Ownership

# A breach is taken back with its test.
pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def night(shared_rows):  # noqa: ARG001 - lets it be committed
    """One night with an invited pair and one of the control group."""
    operations.ensure_standing_programmes()
    only("next_service")
    for number in (1, 2, 3):
        person(number)
    run()
    assert breaches() == []
    yield Invitation.objects.earliest("pk")
    march.forget()


def found():
    return {breach.invariant: breach.count for breach in breaches()}


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


def test_the_rows_are_shown(night):
    Invitation.objects.filter(pk=night.pk).update(attempts=2)
    (breach,) = breaches()
    assert breach.rows == [{"id": night.pk, "attempts": 2, "found": None, "last_number": None}]
