"""The funnel of a month for the home page, and the reports over a mirror that is kept fresh."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from tests import factories as make
from tests import march, people

from vernost import facts
from vernost.accounts.models import User
from vernost.calls import operations as calls
from vernost.calls.operations import CallResult
from vernost.contacts.rules import Outcome
from vernost.core.actor import Actor, Role, system
from vernost.facts import operations as mirror
from vernost.facts.mirror import MirrorMissing
from vernost.invitations.models import Cycle
from vernost.reports import catalogue, queries
from vernost.reports.models import Plan
from vernost.workshop import operations as workshop
from vernost.workshop.operations import Booking

pytestmark = pytest.mark.django_db(transaction=True)
STAGES = ("targeted", "attempted", "reached", "booked", "arrived", "paid")


@pytest.fixture
def dealership():
    made = march.march()
    Plan.objects.create(month=date(2026, 3, 1), metric="booked", value=10)
    march.build()
    return made


def test_the_month_is_counted_beside_its_plan(dealership):
    found = queries.month_funnel(system("test"), date(2026, 3, 20))
    assert (found.start, found.end, found.refreshed_at) == (date(2026, 3, 1), date(2026, 3, 31), march.NOW)
    assert found.counts == dict(zip(STAGES, [7, 6, 5, 4, 3, 2], strict=True))
    assert (found.revenue, found.plan) == (Decimal(20_000), {"booked": Decimal(10)})
    of_samara = queries.month_funnel(
        Actor(code="user:1", branch_ids=frozenset({dealership.samara.pk})), date(2026, 3, 20)
    )
    assert (list(of_samara.counts.values()), of_samara.revenue, of_samara.plan) == ([2, 2, 2, 2, 2, 1], 8_000, {})


def test_an_operator_of_today_is_in_the_report_after_a_refresh(dealership):
    User.objects.filter(pk=dealership.anna.pk).update(username="akimova")
    mirror.refresh(now=march.NOW)
    report = catalogue.discover()["operators"]
    params = report.Params(from_=date(2026, 3, 1), to=date(2026, 3, 31))
    rows = list(report.rows(facts.connect(), params, actor=system("test")))
    assert [(row["operator"], row["attempts"], row["booked"], row["revenue"]) for row in rows] == [
        ("akimova", 4, 2, "8000.00"),
        ("boris", 2, 1, "12000.00"),
    ]


def test_before_the_first_import_there_is_nothing_to_count():
    march.forget()
    with pytest.raises(MirrorMissing):
        queries.month_funnel(system("test"), date(2026, 3, 20))


OCTOBER = {"from_": date(2026, 10, 1), "to": date(2026, 10, 31)}
TUESDAY, MONDAY = make.at(10, day=date(2026, 10, 27)), make.at(10, day=date(2026, 11, 2))


def of_october(now):
    """Return the funnel of October, and who came in the sixty days, as the mirror of a moment tells them."""
    march.build(now)
    found = catalogue.discover()
    funnel = found["funnel"].rows(facts.connect(), found["funnel"].Params(**OCTOBER), actor=system("test"))
    effect = found["effect"].Params(as_of=date(2027, 1, 31))
    return list(funnel), list(found["effect"].rows(facts.connect(), effect, actor=system("test")))


def booked(invitation, operator, now):
    """Let the operator take the customer and book a time in ten days for him."""
    calls.take(invitation_id=invitation.pk, actor=operator, now=now)
    booking = Booking(invitation.branch_id, now + timedelta(days=10), None, None, Decimal(1))
    return calls.book(invitation_id=invitation.pk, booking=booking, key=uuid4(), actor=operator, now=now)


def ended(invitation, operator, now, outcome, *, reason=""):
    key, result = uuid4(), CallResult(outcome, decline_reason=reason)
    calls.record_outcome(invitation_id=invitation.pk, result=result, key=key, actor=operator, now=now)
    return key


def given_up(invitation, operator, now):
    """Let the operator book again, give the time back and hear a refusal."""
    booked(invitation, operator, now)
    calls.unbook(invitation_id=invitation.pk, actor=operator, now=now)
    ended(invitation, operator, now, Outcome.DECLINED, reason="too_far")


@pytest.fixture
def invited():
    """Four invitations of October: one tried in it, and two booked by its last day, by a call and by the reception."""
    calls.ensure_decline_reasons()
    kazan = make.branch(bays=9)
    anna = people.user(Role.OPERATOR, kazan, username="anna").as_actor()
    lost = make.programme(code="lost", kind="lost")
    made = [
        make.invitation(programme=lost, branch=kazan, created_for=date(2026, 10, 26), due_on=date(2026, 11, 20))
        for _ in range(4)
    ]
    by_call, otherwise, taken_back, _untouched = made
    booked(by_call, anna, TUESDAY)
    ended(by_call, anna, TUESDAY, Outcome.BOOKED)
    booking = Booking(kazan.pk, TUESDAY + timedelta(days=10), None, otherwise.vehicle_id, Decimal(1))
    appointment = workshop.book(booking=booking, key=uuid4(), actor=anna, now=TUESDAY)
    calls.follow_appointment(appointment_id=appointment.pk, now=TUESDAY)
    booked(taken_back, anna, TUESDAY)
    calls.undo_call(key=ended(taken_back, anna, TUESDAY, Outcome.BOOKED), actor=anna, now=TUESDAY)
    calls.unbook(invitation_id=taken_back.pk, actor=anna, now=TUESDAY)
    ended(taken_back, anna, TUESDAY, Outcome.NO_ANSWER)
    Cycle.objects.update(started_on=date(2026, 10, 26))
    return made


@pytest.mark.parametrize("later", [given_up, booked, None])
def test_what_was_booked_in_a_month_stays_booked_in_it_whatever_comes_later(invited, later):
    before = of_october(make.at(20, day=date(2026, 10, 31)))
    stages = dict(zip(STAGES, [4, 3, 2, 2, 0, 0], strict=True))
    assert before[0] == [
        {"key": None, **stages, "attempts": 2, "talk_seconds": 0, "revenue": "0.00", "margin": "0.00", "held_out": 0}
    ]
    assert [(row["invited_pairs"], row["invited_visits"]) for row in before[1]] == [(4, 0)]
    boris = people.user(Role.OPERATOR, invited[0].branch, username="boris").as_actor()
    for invitation in invited[:2]:
        invitation.refresh_from_db()
        moved = workshop.move(
            appointment_id=invitation.appointment_id,
            branch_id=invitation.branch_id,
            starts_at=MONDAY + timedelta(days=15),
            actor=boris,
            now=MONDAY,
        )
        workshop.cancel(appointment_id=moved.pk, actor=boris, now=MONDAY)
        calls.follow_appointment(appointment_id=moved.pk, now=MONDAY)
        if later is not None:
            later(invitation, boris, MONDAY + timedelta(hours=1))
            calls.release_all(actor=boris, now=MONDAY + timedelta(hours=2))
    assert of_october(make.at(20, day=date(2026, 11, 10))) == before


def test_what_was_booked_after_a_month_is_not_booked_in_it(invited):
    boris = people.user(Role.OPERATOR, invited[0].branch, username="boris").as_actor()
    before = of_october(make.at(20, day=date(2026, 10, 31)))
    booked(invited[3], boris, MONDAY)
    ended(invited[3], boris, MONDAY, Outcome.BOOKED)
    assert of_october(make.at(20, day=date(2026, 11, 10))) == before
    november = {"from_": OCTOBER["from_"], "to": date(2026, 11, 30)}
    funnel = catalogue.discover()["funnel"]
    (row,) = funnel.rows(facts.connect(), funnel.Params(**november), actor=system("test"))
    assert [row[stage] for stage in STAGES] == [4, 4, 3, 3, 0, 0]
