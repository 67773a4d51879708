"""A one-off campaign runs through the same night as the programmes."""

from datetime import date, timedelta

import pytest
from tests import nights, people
from tests.nights import NIGHT, TODAY, at, counts, only, person, run

from vernost import facts
from vernost.accounts.models import AuditRecord
from vernost.facts import operations as mirror
from vernost.invitations import operations
from vernost.invitations.models import Invitation, InvitationEvent, Programme
from vernost.invitations.queries.dry_run import Effort, dry_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def standing():
    operations.ensure_standing_programmes()
    only("next_service")


def campaign(*pairs, title="Весна"):
    pk = operations.create_campaign(title=title, pairs=pairs, actor=NIGHT, now=at(TODAY))
    return Programme.objects.get(pk=pk)


def test_a_campaign_is_a_programme_switched_off_with_its_members():
    customer, car = person(1)
    made = campaign((customer.pk, car.pk), (customer.pk, None), (customer.pk, car.pk))
    assert (made.kind, made.title, made.active, made.message_class, made.owner) == (
        "campaign",
        "Весна",
        False,
        "advertising",
        None,
    )
    assert made.params == {"audience": made.code, "title": "Весна", "starts_on": "2026-11-30", "ends_on": ""}
    assert set(made.members.values_list("customer", "vehicle")) == {(customer.pk, car.pk), (customer.pk, None)}
    assert AuditRecord.objects.get(subject="programme").fields == {"title": [None, "Весна"], "members": [0, 2]}


def test_without_a_name_or_people_it_is_refused_and_nothing_stays():
    customer, _car = person(1)
    with pytest.raises(operations.NoTitle):
        campaign((customer.pk, None), title=" ")
    with pytest.raises(operations.NoMembers):
        campaign()
    assert not Programme.objects.filter(kind="campaign").exists()


def test_switched_on_it_invites_its_list_and_nobody_else():
    asked = [person(number, consent=number != 2) for number in (1, 2, 3)]
    made = campaign(*[(customer.pk, car.pk) for customer, car in asked[:2]])
    only()
    assert counts(run()) == {}
    operations.activate_programme(programme_id=made.pk, actor=NIGHT, now=at(TODAY))
    Programme.objects.update(control_share=0)
    assert counts(run()) == {made.code: (2, 1, {"no_consent": 1})}
    invitation = Invitation.objects.get()
    assert (invitation.customer, invitation.due_on, invitation.expires_on, invitation.reason_facts) == (
        asked[0][0],
        TODAY,
        TODAY + timedelta(days=30),
        {"title": "Весна"},
    )


def test_the_stop_button_takes_the_waiting_out_of_the_queue():
    only("next_service")
    for number in (1, 2):
        person(number)
    run()
    busy = Invitation.objects.earliest("pk")
    Invitation.objects.filter(pk=busy.pk).update(state="in_progress", leased_until=at(TODAY, 9), leased_by=_user())
    programme = Programme.objects.get(code="next_service")
    assert operations.withdraw_queue(programme_id=programme.pk, actor=NIGHT, now=at(TODAY, 5)) == 1
    found = list(Invitation.objects.order_by("pk").values_list("state", "ended_at"))
    assert found == [("in_progress", None), ("cancelled", at(TODAY, 5))]
    event = InvitationEvent.objects.latest("pk")
    assert (event.from_state, event.to_state, event.note) == ("queued", "cancelled", "programme_stopped")


def _user():
    return people.user()


def test_a_dry_run_counts_names_and_costs_without_writing():
    for number in range(1, 5):
        person(number, consent=number != 4)
    mirror.refresh(now=at(TODAY))
    lost = Programme.objects.get(code="lost")
    found = dry_run(facts.connect(), lost, as_of=TODAY)
    assert (found.counts.candidates, found.counts.invited, dict(found.counts.suppressed)) == (
        4,
        0,
        {"no_consent": 1, "outranked": 3},
    )
    Programme.objects.filter(code="next_service").update(active=False)
    found = dry_run(facts.connect(), lost, as_of=TODAY, shown=2)
    assert [answer.customer for answer in found.invited] == ["C-1", "C-2"]
    assert [(answer.customer, answer.suppressed_reason) for answer in found.suppressed] == [("C-4", "no_consent")]
    # 3 invited x 2 attempts x 4 minutes; 15 % of them come.
    assert found.effort == Effort(
        operator_hours=0.4, attempts=6.0, attempts_by="default", visits=0.4, visits_by="default"
    )
    assert nights.written() == [[], [], [], []]


def test_a_dry_run_takes_what_is_being_edited_and_any_day():
    branch = nights.branch()
    person(1, branch=branch)
    person(2)
    mirror.refresh(now=at(TODAY))
    edited = Programme.objects.get(code="next_service")
    edited.lead_days = 60
    day = date(2026, 9, 20)
    asked = [
        dry_run(facts.connect(), programme, as_of=day, branch_ids=branches).counts.invited
        for programme, branches in (
            (Programme.objects.get(code="next_service"), None),
            (edited, None),
            (edited, frozenset({branch.pk})),
        )
    ]
    assert asked == [0, 2, 1]
    seen = dry_run(facts.connect(), edited, as_of=day, visible={branch.pk})
    assert [answer.customer for answer in seen.invited] == ["C-1"]
