"""What is written down of a call, and where the invitation goes."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from tests import factories as make
from tests import people

from vernost.calls import operations
from vernost.calls.models import CallDraft, DeclineReason, RecordedCall
from vernost.calls.operations import CallKeyReused, CallResult, NotInTheQueue, TakenByAnother
from vernost.calls.rules.outcomes import MomentMissing, NotBooked, ReasonMissing, When
from vernost.contacts.models import Interaction
from vernost.contacts.rules import Outcome
from vernost.core.actor import Role
from vernost.customers.models import ChannelStop, ContactAddress
from vernost.invitations.models import ContactAttempt, Invitation
from vernost.vehicles.models import OdometerReading, Ownership, VehicleEvent
from vernost.workshop.models import Appointment
from vernost.workshop.operations import Booking

pytestmark = pytest.mark.django_db

NOW = make.at(12)
TODAY = date(2026, 11, 24)


@pytest.fixture
def kazan():
    return make.branch(bays=2)


@pytest.fixture
def operator(kazan):
    operations.ensure_decline_reasons()
    return people.user(Role.OPERATOR, kazan).as_actor()


@pytest.fixture
def service():
    return make.programme()


@pytest.fixture
def invitation(kazan, service):
    return make.invitation(programme=service, branch=kazan, expires_on=date(2027, 1, 1))


def save(invitation, actor, outcome, *, now=NOW, key=None, **more):
    """Take the customer and write the outcome down."""
    operations.take(invitation_id=invitation.pk, actor=actor, now=now)
    return operations.record_outcome(
        invitation_id=invitation.pk, result=CallResult(outcome, **more), key=key or uuid4(), actor=actor, now=now
    )


def after(invitation):
    invitation.refresh_from_db()
    return invitation.state, invitation.next_try_at, invitation.is_callback


def states(invitation):
    return [(e.from_state, e.to_state, e.note) for e in invitation.events.order_by("pk")]


def test_an_attempt_is_three_rows_and_a_state(invitation, operator):
    recorded = save(invitation, operator, Outcome.NO_ANSWER, note="Long rings")
    attempt = ContactAttempt.objects.get()
    assert (attempt.number, attempt.at, attempt.on, attempt.user_id) == (1, NOW, TODAY, operator.user_id)
    assert (attempt.address, attempt.outcome, attempt.reached) == ("+79171234567", "no_answer", False)
    talk = attempt.interaction
    assert (talk.customer_id, talk.vehicle_id, talk.channel, talk.direction, talk.outcome, talk.text) == (
        invitation.customer_id,
        invitation.vehicle_id,
        "call",
        "out",
        "no_answer",
        "Long rings",
    )
    assert (recorded.state, recorded.attempt_number, recorded.next_try_at) == ("queued", 1, make.at(14))
    assert states(invitation) == [("queued", "in_progress", ""), ("in_progress", "queued", "no_answer")]
    invitation.refresh_from_db()
    assert (invitation.attempts, invitation.first_attempt_on, invitation.leased_by) == (1, TODAY, None)


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL, Outcome.UNAVAILABLE])
def test_unanswered_goes_by_the_plan_into_allowed_hours(invitation, operator, outcome):
    moments = [make.at(12)]
    for _try in range(3):
        save(invitation, operator, outcome, now=moments[-1])
        moments.append(after(invitation)[1])
    # +2 h, +1 day, +1 day: Tuesday noon, two o'clock, Wednesday, Thursday.
    assert moments[1:] == [
        make.at(14),
        make.at(14, day=TODAY + timedelta(1)),
        make.at(14, day=TODAY + timedelta(2)),
    ]


def test_evening_attempt_is_repeated_in_the_morning(invitation, operator):
    save(invitation, operator, Outcome.NO_ANSWER, now=make.at(19))
    assert after(invitation) == ("queued", make.at(9, day=TODAY + timedelta(1)), False)


def test_five_attempts_over_three_days_are_enough(invitation, operator):
    now, seen = NOW, []
    while after(invitation)[0] == "queued":
        save(invitation, operator, Outcome.NO_ANSWER, now=now)
        seen.append(now)
        now = after(invitation)[1]
    assert (len(seen), after(invitation)[0], invitation.ended_at) == (5, "unreachable", seen[-1])
    assert (seen[-1] - seen[0]).days >= 3


def test_a_talk_begins_the_counting_anew(invitation, operator):
    for number in range(4):
        save(invitation, operator, Outcome.NO_ANSWER, now=NOW + timedelta(days=number))
    save(invitation, operator, Outcome.CALL_BACK, when=When.IN_AN_HOUR, now=NOW + timedelta(days=6))
    save(invitation, operator, Outcome.NO_ANSWER, now=NOW + timedelta(days=6, hours=1))
    assert after(invitation)[0] == "queued"


def test_call_back_at_the_promised_time(invitation, operator):
    save(invitation, operator, Outcome.CALL_BACK, when=When.TOMORROW)
    assert after(invitation) == ("queued", make.at(12, day=TODAY + timedelta(1)), True)
    assert ContactAttempt.objects.get().reached


def test_call_back_outside_the_hours_is_moved_and_outlives_the_grace(invitation, operator):
    promised = make.at(7, day=date(2027, 1, 18))
    save(invitation, operator, Outcome.THINKING, when=When.OTHER, other=promised)
    assert after(invitation) == ("queued", make.at(9, day=date(2027, 1, 18)), True)
    assert invitation.expires_on == date(2027, 1, 19)


def test_call_back_needs_a_time(invitation, operator):
    with pytest.raises(MomentMissing):
        save(invitation, operator, Outcome.CALL_BACK)
    assert not ContactAttempt.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "more", "state", "reached"),
    [
        (Outcome.DECLINED, {"decline_reason": "too_expensive"}, "declined", True),
        (Outcome.DECLINED, {"decline_reason": "served_elsewhere"}, "served_elsewhere", True),
        (Outcome.CAR_SOLD, {}, "not_owner", True),
        (Outcome.DO_NOT_CALL, {}, "do_not_call", True),
        (Outcome.BAD_NUMBER, {}, "wrong_number", False),
        (Outcome.WRONG_PERSON, {}, "wrong_number", False),
    ],
)
def test_outcomes_that_end_the_invitation(invitation, operator, outcome, more, state, reached):
    save(invitation, operator, outcome, **more)
    assert after(invitation) == (state, None, False)
    assert (invitation.ended_at, invitation.decline_reason) == (NOW, more.get("decline_reason", ""))
    assert ContactAttempt.objects.get().reached == reached


def test_served_elsewhere_is_the_outcome_that_is_kept(invitation, operator):
    save(invitation, operator, Outcome.DECLINED, decline_reason="served_elsewhere")
    assert Interaction.objects.get().outcome == "served_elsewhere"


def test_a_refusal_has_a_reason_of_the_list(invitation, operator):
    DeclineReason.objects.filter(code="too_far").update(active=False)
    for reason in ("", "unknown", "too_far"):
        with pytest.raises(ReasonMissing):
            save(invitation, operator, Outcome.DECLINED, decline_reason=reason)


def test_car_sold_ends_the_ownership(invitation, operator, kazan, service):
    other = make.invitation(programme=service, branch=kazan, customer=invitation.customer, vehicle=invitation.vehicle)
    save(invitation, operator, Outcome.CAR_SOLD)
    assert Ownership.objects.get(vehicle=invitation.vehicle).owned_until == TODAY
    assert list(VehicleEvent.objects.values_list("vehicle_id", "on", "kind")) == [
        (invitation.vehicle_id, TODAY, "car_sold")
    ]
    other.refresh_from_db()
    assert other.state == "not_owner"


def test_do_not_call_stops_the_channel_for_everything(invitation, operator, kazan, service):
    other = make.invitation(programme=service, branch=kazan, customer=invitation.customer)
    save(invitation, operator, Outcome.DO_NOT_CALL, note="Asked twice")
    stop = ChannelStop.objects.get()
    assert (stop.customer_id, stop.channel, stop.since, stop.note) == (
        invitation.customer_id,
        "call",
        TODAY,
        "Asked twice",
    )
    other.refresh_from_db()
    assert other.state == "do_not_call"


def test_bad_number_goes_on_to_the_next_one_in_the_same_hands(kazan, service, operator):
    customer = make.customer(phones=("+79170000001", "+79170000002"))
    invitation = make.invitation(programme=service, branch=kazan, customer=customer)
    recorded = save(invitation, operator, Outcome.BAD_NUMBER)
    assert (recorded.state, recorded.same_customer) == ("in_progress", True)
    invitation.refresh_from_db()
    assert invitation.leased_by_id == operator.user_id
    assert list(ContactAddress.objects.order_by("position").values_list("value", "invalid_on")) == [
        ("+79170000001", TODAY),
        ("+79170000002", None),
    ]
    recorded = save(invitation, operator, Outcome.WRONG_PERSON, address="+79170000002")
    assert (recorded.state, recorded.attempt_number) == ("wrong_number", 2)


def test_booked_needs_an_appointment(invitation, operator, kazan):
    with pytest.raises(NotBooked):
        save(invitation, operator, Outcome.BOOKED)
    booking = Booking(kazan.pk, make.at(15), None, None, Decimal("2.4"))
    operations.book(invitation_id=invitation.pk, booking=booking, key=uuid4(), actor=operator, now=NOW)
    save(invitation, operator, Outcome.BOOKED)
    assert after(invitation)[0] == "booked"
    appointment = Appointment.objects.get()
    assert (appointment.customer_id, appointment.vehicle_id, invitation.appointment_id) == (
        invitation.customer_id,
        invitation.vehicle_id,
        appointment.pk,
    )


def test_booking_again_gives_the_first_time_up(invitation, operator, kazan):
    operations.take(invitation_id=invitation.pk, actor=operator, now=NOW)
    key = uuid4()

    def book(hour, key):
        booking = Booking(kazan.pk, make.at(hour), None, None, Decimal(1))
        return operations.book(invitation_id=invitation.pk, booking=booking, key=key, actor=operator, now=NOW)

    first = book(15, key)
    assert book(15, key).pk == first.pk
    second = book(16, uuid4())
    assert dict(Appointment.objects.values_list("pk", "status")) == {first.pk: "cancelled", second.pk: "booked"}
    operations.unbook(invitation_id=invitation.pk, actor=operator, now=NOW)
    invitation.refresh_from_db()
    assert (invitation.appointment, invitation.state) == (None, "in_progress")
    assert set(Appointment.objects.values_list("status", flat=True)) == {"cancelled"}


def test_same_key_has_one_effect(invitation, operator):
    key = uuid4()
    first = save(invitation, operator, Outcome.NO_ANSWER, key=key)
    again = operations.record_outcome(
        invitation_id=invitation.pk, result=CallResult(Outcome.NO_ANSWER), key=key, actor=operator, now=NOW
    )
    assert again == first
    assert (ContactAttempt.objects.count(), Interaction.objects.count()) == (1, 1)
    with pytest.raises(CallKeyReused):
        operations.record_outcome(
            invitation_id=invitation.pk, result=CallResult(Outcome.BUSY), key=key, actor=operator, now=NOW
        )


def test_a_refused_call_leaves_nothing(invitation, operator):
    key = uuid4()
    with pytest.raises(NotBooked):
        save(invitation, operator, Outcome.BOOKED, key=key)
    assert not RecordedCall.objects.exists()
    assert not Interaction.objects.exists()
    assert save(invitation, operator, Outcome.NO_ANSWER, key=key).state == "queued"


def test_a_lease_that_ran_out_costs_no_note(invitation, operator):
    operations.take(invitation_id=invitation.pk, actor=operator, now=NOW)
    operations.return_expired(now=NOW + timedelta(minutes=16))
    recorded = operations.record_outcome(
        invitation_id=invitation.pk,
        result=CallResult(Outcome.NO_ANSWER),
        key=uuid4(),
        actor=operator,
        now=NOW + timedelta(minutes=17),
    )
    assert recorded.attempt_number == 1


def test_anothers_customer_and_an_ended_one_are_refused(invitation, operator, kazan):
    colleague = people.user(Role.OPERATOR, kazan).as_actor()
    result, key = CallResult(Outcome.NO_ANSWER), uuid4()
    operations.take(invitation_id=invitation.pk, actor=colleague, now=NOW)
    with pytest.raises(TakenByAnother):
        operations.record_outcome(invitation_id=invitation.pk, result=result, key=key, actor=operator, now=NOW)
    save(invitation, colleague, Outcome.DO_NOT_CALL)
    with pytest.raises(NotInTheQueue):
        operations.record_outcome(invitation_id=invitation.pk, result=result, key=key, actor=operator, now=NOW)
    stranger = people.user(Role.OPERATOR, make.branch(name="Ufa")).as_actor()
    with pytest.raises(Invitation.DoesNotExist):
        operations.record_outcome(invitation_id=invitation.pk, result=result, key=key, actor=stranger, now=NOW)


def test_told_mileage_is_a_reading(invitation, operator):
    save(invitation, operator, Outcome.NO_ANSWER, told_km=48_200)
    assert list(OdometerReading.objects.values_list("vehicle_id", "on", "km", "origin")) == [
        (invitation.vehicle_id, TODAY, 48_200, "call")
    ]


def test_the_same_person_waits_until_tomorrow_with_his_other_car(invitation, operator, kazan, service):
    other = make.invitation(programme=service, branch=kazan, customer=invitation.customer)
    promised = make.invitation(
        programme=service, branch=kazan, customer=invitation.customer, is_callback=True, next_try_at=NOW
    )
    save(invitation, operator, Outcome.NO_ANSWER)
    assert after(other)[1] == make.at(0, day=TODAY + timedelta(1))
    assert after(promised)[1] == NOW


def test_save_and_next_does_both(invitation, operator, kazan, service):
    following = make.invitation(programme=service, branch=kazan)
    operations.take(invitation_id=invitation.pk, actor=operator, now=NOW)
    operations.keep_draft(invitation_id=invitation.pk, text="Half a note", actor=operator)
    key = uuid4()
    recorded, taken = operations.save_and_next(
        invitation_id=invitation.pk, result=CallResult(Outcome.NO_ANSWER), key=key, actor=operator, now=NOW
    )
    assert (recorded.state, taken.pk) == ("queued", following.pk)
    assert not CallDraft.objects.exists()
    # F5 or a second tab: the call is known, and the operator keeps whom he has.
    _recorded, again = operations.save_and_next(
        invitation_id=invitation.pk, result=CallResult(Outcome.NO_ANSWER), key=key, actor=operator, now=NOW
    )
    assert (again.pk, ContactAttempt.objects.count()) == (following.pk, 1)


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        (Outcome.NO_ANSWER, {}),
        (Outcome.CALL_BACK, {"when": When.TOMORROW}),
        (Outcome.DECLINED, {"decline_reason": "too_expensive"}),
        (Outcome.CAR_SOLD, {}),
        (Outcome.DO_NOT_CALL, {}),
        (Outcome.BAD_NUMBER, {}),
    ],
)
def test_a_call_is_taken_back_with_all_it_did(invitation, operator, kazan, service, outcome, more):
    other = make.invitation(programme=service, branch=kazan, customer=invitation.customer, vehicle=invitation.vehicle)
    key = uuid4()
    save(invitation, operator, outcome, key=key, told_km=100, **more)
    operations.undo_call(key=key, actor=operator, now=NOW + timedelta(minutes=1))
    assert after(invitation) == ("in_progress", None, False)
    assert (invitation.attempts, invitation.first_attempt_on, invitation.decline_reason) == (0, None, "")
    assert invitation.leased_by_id == operator.user_id
    assert after(other)[:2] == ("queued", None)
    assert ContactAddress.objects.get().invalid_on is None
    assert Ownership.objects.get().owned_until is None
    for model in (ContactAttempt, Interaction, ChannelStop, VehicleEvent, OdometerReading):
        assert not model.objects.exists()
    assert states(invitation)[-1] == (states(invitation)[-2][1], "in_progress", "call undone")
    assert save(invitation, operator, Outcome.NO_ANSWER).attempt_number == 1


def test_undo_is_for_ten_minutes_for_oneself_and_for_the_last_call(invitation, operator, kazan):
    key = uuid4()
    save(invitation, operator, Outcome.NO_ANSWER, key=key)
    with pytest.raises(operations.TooLateToUndo):
        operations.undo_call(key=key, actor=operator, now=NOW + timedelta(minutes=11))
    colleague = people.user(Role.OPERATOR, kazan).as_actor()
    with pytest.raises(RecordedCall.DoesNotExist):
        operations.undo_call(key=key, actor=colleague, now=NOW)
    operations.take(invitation_id=invitation.pk, actor=colleague, now=NOW + timedelta(minutes=2))
    with pytest.raises(operations.TooLateToUndo):
        operations.undo_call(key=key, actor=operator, now=NOW + timedelta(minutes=3))


def test_undo_returns_the_next_customer_to_the_queue(invitation, operator, kazan, service):
    following = make.invitation(programme=service, branch=kazan)
    operations.take(invitation_id=invitation.pk, actor=operator, now=NOW)
    key = uuid4()
    result = CallResult(Outcome.DECLINED, decline_reason="too_far")
    operations.save_and_next(invitation_id=invitation.pk, result=result, key=key, actor=operator, now=NOW)
    operations.undo_call(key=key, actor=operator, now=NOW)
    assert (after(invitation)[0], after(following)[0]) == ("in_progress", "queued")
