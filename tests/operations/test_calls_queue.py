"""Who is called next, by whom, and for how long an operator has him."""

import random
from datetime import date, timedelta

import pytest
from django.db import IntegrityError
from tests import factories as make
from tests import people, walls

from vernost.accounts.models import CalendarDay, Setting, User
from vernost.calls import operations
from vernost.calls.models import OperatorPresence
from vernost.calls.operations import queue
from vernost.calls.rules.order import Waiting, place
from vernost.contacts.models import Interaction
from vernost.core.actor import Role
from vernost.customers.models import ChannelStop, ConsentStatement, ContactAddress
from vernost.invitations.models import Invitation, InvitationEvent

pytestmark = pytest.mark.django_db

NOW = make.at(12)
TODAY = date(2026, 11, 24)


@pytest.fixture
def kazan():
    return make.branch()


@pytest.fixture
def service():
    return make.programme()


@pytest.fixture
def operator(kazan):
    return people.user(Role.OPERATOR, kazan).as_actor()


def take_all(actor, now=NOW, limit=50):
    """Return whom the actor gets, one after the other, each refusing."""
    taken = []
    while len(taken) < limit and (invitation := operations.next_customer(actor=actor, now=now)):
        taken.append(invitation.pk)
        Invitation.objects.filter(pk=invitation.pk).update(state="declined", leased_by=None, leased_until=None)
    return taken


def test_next_customer_is_leased_for_fifteen_minutes(kazan, service, operator):
    invitation = make.invitation(programme=service, branch=kazan)
    taken = operations.next_customer(actor=operator, now=NOW)
    assert taken.pk == invitation.pk
    invitation.refresh_from_db()
    assert (invitation.state, invitation.leased_by_id, invitation.leased_until) == (
        "in_progress",
        operator.user_id,
        NOW + timedelta(minutes=15),
    )
    event = InvitationEvent.objects.get()
    assert (event.actor, event.from_state, event.to_state, event.at) == (operator.code, "queued", "in_progress", NOW)
    presence = OperatorPresence.objects.get()
    assert (presence.state, presence.since, presence.seen_at) == ("serving", NOW, NOW)


def test_lease_takes_its_length_from_the_settings(kazan, service, operator):
    Setting.objects.create(code="lease_minutes", value=5)
    make.invitation(programme=service, branch=kazan)
    assert operations.next_customer(actor=operator, now=NOW).leased_until == NOW + timedelta(minutes=5)


def test_who_has_a_customer_keeps_him(kazan, service, operator):
    make.invitation(programme=service, branch=kazan)
    make.invitation(programme=service, branch=kazan)
    first = operations.next_customer(actor=operator, now=NOW)
    again = operations.next_customer(actor=operator, now=NOW + timedelta(minutes=10))
    assert (again.pk, again.leased_until) == (first.pk, NOW + timedelta(minutes=25))


def test_order_of_the_lanes(kazan, operator):
    service, recall = make.programme(), make.programme(kind="recall", message_class="recall", rank=1)
    near, far = TODAY + timedelta(days=7), TODAY + timedelta(days=8)

    def invite(programme=service, **more):
        return make.invitation(programme=programme, branch=kazan, **more).pk

    far_and_dear = invite(value=1900, due_on=far)
    near_and_fair = invite(value=1000, due_on=near)
    recalled = invite(recall, value=1, anchor="recall:HJ-26")
    own = invite(value=1, assigned_to_id=operator.user_id)
    late_call_back = invite(value=1, is_callback=True, next_try_at=NOW - timedelta(minutes=5))
    latest_call_back = invite(value=1, is_callback=True, next_try_at=NOW - timedelta(hours=1))
    retried = invite(value=1800, due_on=far, next_try_at=NOW)
    invite(value=9999, next_try_at=NOW + timedelta(minutes=1))
    invite(value=9999, assigned_to_id=people.user(Role.OPERATOR, kazan).pk)
    invite(value=9999, state="declined")
    expected = [own, latest_call_back, late_call_back, recalled, near_and_fair, far_and_dear, retried]
    assert take_all(operator) == expected


@pytest.mark.parametrize("seed", range(4))
def test_order_equals_the_rule(kazan, seed):
    """The queue's SQL, branch by branch and zone by zone, gives what sorting by the rule gives."""
    chance = random.Random(seed)
    now = make.at(10, 30)  # when every zone of the country may be called
    actor = people.user(Role.OPERATOR).as_actor()
    ufa = make.branch(name="Ufa", timezone="Asia/Yekaterinburg")
    programmes = [make.programme(), make.programme(kind="lost"), make.programme(kind="recall")]
    rows = []
    for number in range(40):
        programme = chance.choice(programmes)
        call_back = chance.random() < 0.2
        made = make.invitation(
            programme=programme,
            branch=chance.choice([kazan, ufa, None]),
            customer=make.customer(name=f"C{number}", timezone=chance.choice(["Europe/Moscow", "Asia/Omsk", ""])),
            value=chance.choice([-200, 0, 100, 200, 400]),
            due_on=TODAY + timedelta(days=chance.randrange(-3, 14)),
            anchor=f"recall:{number}" if programme.kind == "recall" else f"order:{number}",
            is_callback=call_back,
            next_try_at=now - timedelta(minutes=chance.randrange(9)) if call_back or chance.random() < 0.2 else None,
        )
        rows.append(
            Waiting(made.pk, made.value, made.due_on, programme.kind == "recall", made.is_callback, made.next_try_at)
        )
    expected = [row.invitation_id for row in sorted(rows, key=lambda row: place(row, TODAY))]
    assert take_all(actor, now) == expected


def test_another_branch_is_not_seen(service, operator):
    make.invitation(programme=service, branch=make.branch(name="Ufa"))
    make.invitation(programme=service, branch=None)
    assert operations.next_customer(actor=operator, now=NOW) is None
    assert OperatorPresence.objects.get().state == "ready"


def test_an_operator_without_branches_gets_nobody(kazan, service):
    make.invitation(programme=service, branch=kazan)
    nobody = people.user(Role.OPERATOR, kazan)
    nobody.branches.clear()
    assert operations.next_customer(actor=nobody.as_actor(), now=NOW) is None


@pytest.mark.parametrize(
    ("zone", "hour", "called"),
    [
        ("Europe/Moscow", 9, True),
        ("Europe/Moscow", 20, False),
        ("Asia/Vladivostok", 12, True),  # 19:00 there
        ("Asia/Vladivostok", 13, False),
        ("", 9, True),  # the branch's zone
    ],
)
def test_hours_of_the_customers_own_zone(kazan, service, operator, zone, hour, called):
    make.invitation(
        programme=service, branch=kazan, customer=make.customer(timezone=zone), zone=zone or "Europe/Moscow"
    )
    assert (operations.next_customer(actor=operator, now=make.at(hour)) is not None) == called


def test_unknown_zone_is_called_when_all_the_country_may_be(service):
    actor = people.user(Role.OPERATOR).as_actor()
    make.invitation(programme=service, branch=None, customer=make.customer(timezone=""))
    assert operations.next_customer(actor=actor, now=make.at(12)) is None
    assert operations.next_customer(actor=actor, now=make.at(10, 30)) is not None


def test_nobody_is_called_on_a_holiday_and_weekends_have_their_hours(kazan, service, operator):
    make.invitation(programme=service, branch=kazan)
    CalendarDay.objects.update_or_create(on=TODAY, defaults={"kind": "holiday"})
    assert operations.next_customer(actor=operator, now=NOW) is None
    saturday = date(2026, 11, 28)
    assert operations.next_customer(actor=operator, now=make.at(9, 59, day=saturday)) is None
    assert operations.next_customer(actor=operator, now=make.at(10, day=saturday)) is not None


def test_a_programmes_own_hours(kazan, operator):
    evening = make.programme(hours_from="18:00", hours_to="20:00")
    make.invitation(programme=evening, branch=kazan, value=9999)
    usual = make.invitation(programme=make.programme(), branch=kazan)
    assert operations.next_customer(actor=operator, now=NOW).pk == usual.pk


def test_a_stale_zone_is_put_right_on_the_way(kazan, service, operator):
    moved = make.invitation(programme=service, branch=kazan, customer=make.customer(timezone="Asia/Kamchatka"))
    Invitation.objects.update(zone="Europe/Moscow")
    assert operations.next_customer(actor=operator, now=NOW) is None
    moved.refresh_from_db()
    # 9:00 of the next day in Kamchatka is midnight in Moscow.
    assert (moved.zone, moved.state, moved.next_try_at) == (
        "Asia/Kamchatka",
        "queued",
        make.at(0, day=TODAY + timedelta(1)),
    )


def told_elsewhere(customer):
    """Another system or a file has told of a call a minute ago: the night has not seen it."""
    Interaction.objects.create(
        customer=customer, on=TODAY, at=NOW, channel="call", direction="in", outcome="do_not_call"
    )


@pytest.mark.parametrize(
    ("prepare", "state"),
    [
        (lambda c: ChannelStop.objects.create(customer=c, channel="call", since=TODAY), "do_not_call"),
        (told_elsewhere, "do_not_call"),
        (lambda c: ContactAddress.objects.filter(customer=c).update(invalid_on=TODAY), "wrong_number"),
        (lambda c: type(c).objects.filter(pk=c.pk).update(blocked=True), "cancelled"),
        (lambda c: type(c).objects.filter(pk=c.pk).update(blocked=None, blocked_on=TODAY), "cancelled"),
    ],
)
def test_who_may_no_longer_be_called_leaves_the_queue(kazan, service, operator, prepare, state):
    invitation = make.invitation(programme=service, branch=kazan, value=5)
    other = make.invitation(programme=service, branch=kazan)
    prepare(invitation.customer)
    assert operations.next_customer(actor=operator, now=NOW).pk == other.pk
    invitation.refresh_from_db()
    assert (invitation.state, invitation.ended_at) == (state, NOW)
    assert invitation.events.get().actor == "system:queue"


def test_advertising_needs_a_consent_that_holds_now(kazan, operator):
    lost = make.programme(kind="lost", message_class="advertising")
    no, yes, withdrawn = (make.invitation(programme=lost, branch=kazan, value=value) for value in (3, 2, 1))
    ConsentStatement.objects.create(customer=yes.customer, calls=True, on=TODAY)
    ConsentStatement.objects.create(customer=withdrawn.customer, calls=True, on=date(2026, 1, 1))
    ConsentStatement.objects.create(customer=withdrawn.customer, calls=False, on=TODAY)
    assert take_all(operator) == [yes.pk]
    assert set(Invitation.objects.filter(state="cancelled").values_list("pk", flat=True)) == {no.pk, withdrawn.pk}


def test_a_customer_contacted_by_another_programme_waits_for_his_quiet(kazan, service, operator):
    invitation = make.invitation(programme=service, branch=kazan)
    Interaction.objects.create(
        customer=invitation.customer, at=NOW, on=TODAY - timedelta(days=4), channel="sms", direction="out"
    )
    assert operations.next_customer(actor=operator, now=NOW) is None
    invitation.refresh_from_db()
    # The fifteenth day after the contact, 5 December, is a Saturday: from ten o'clock.
    assert invitation.next_try_at == make.at(10, day=date(2026, 12, 5))


def test_a_call_back_he_asked_for_is_made_all_the_same(kazan, service, operator):
    invitation = make.invitation(programme=service, branch=kazan, is_callback=True, next_try_at=NOW)
    Interaction.objects.create(
        customer=invitation.customer, at=NOW, on=TODAY - timedelta(days=4), channel="sms", direction="out"
    )
    assert operations.next_customer(actor=operator, now=NOW).pk == invitation.pk


def test_who_has_booked_elsewhere_is_booked_and_not_called(kazan, service, operator):
    invitation = make.invitation(programme=service, branch=kazan)
    appointment = make.appointment(branch=kazan, starts_at=make.at(15), vehicle=invitation.vehicle)
    assert operations.next_customer(actor=operator, now=NOW) is None
    invitation.refresh_from_db()
    assert (invitation.state, invitation.appointment_id) == ("booked", appointment.pk)


def test_one_person_is_called_for_one_car_at_a_time(kazan, service, operator):
    customer = make.customer()
    make.invitation(programme=service, branch=kazan, customer=customer)
    make.invitation(programme=service, branch=kazan, customer=customer)
    colleague = people.user(Role.OPERATOR, kazan).as_actor()
    assert operations.next_customer(actor=operator, now=NOW) is not None
    assert operations.next_customer(actor=colleague, now=NOW) is None


def test_ended_lease_returns_the_customer(kazan, service, operator):
    invitation = make.invitation(programme=service, branch=kazan)
    colleague = people.user(Role.OPERATOR, kazan).as_actor()
    operations.next_customer(actor=operator, now=NOW)
    assert operations.next_customer(actor=colleague, now=NOW + timedelta(minutes=14)) is None
    assert operations.next_customer(actor=colleague, now=NOW + timedelta(minutes=15)).pk == invitation.pk
    assert [(e.actor, e.to_state) for e in InvitationEvent.objects.order_by("pk")] == [
        (operator.code, "in_progress"),
        ("system:lease", "queued"),
        (colleague.code, "in_progress"),
    ]


def test_open_page_keeps_the_lease(kazan, service, operator):
    make.invitation(programme=service, branch=kazan)
    operations.next_customer(actor=operator, now=NOW)
    until = operations.keep(actor=operator, now=NOW + timedelta(minutes=10))
    assert until == NOW + timedelta(minutes=25)
    assert operations.return_expired(now=NOW + timedelta(minutes=20)) == 0
    assert operations.return_expired(now=NOW + timedelta(minutes=25)) == 1
    assert operations.keep(actor=operator, now=NOW + timedelta(minutes=26)) is None


def test_ended_lease_of_a_booked_customer_is_a_booking(kazan, service, operator):
    invitation = make.invitation(programme=service, branch=kazan)
    operations.next_customer(actor=operator, now=NOW)
    appointment = make.appointment(branch=kazan, starts_at=make.at(15), vehicle=invitation.vehicle)
    Invitation.objects.update(appointment=appointment)
    operations.return_expired(now=NOW + timedelta(minutes=15))
    assert Invitation.objects.get().state == "booked"


def test_put_back_pauses_the_customer(kazan, service, operator):
    first, second = (make.invitation(programme=service, branch=kazan, value=value) for value in (2, 1))
    operations.next_customer(actor=operator, now=NOW)
    operations.put_back(invitation_id=first.pk, actor=operator, now=NOW)
    assert operations.next_customer(actor=operator, now=NOW).pk == second.pk
    first.refresh_from_db()
    assert (first.state, first.next_try_at, first.attempts) == ("queued", NOW + timedelta(minutes=15), 0)


def test_pointed_at_customer_is_taken_and_the_one_before_goes_back(kazan, service, operator):
    first, second = (make.invitation(programme=service, branch=kazan, value=value) for value in (2, 1))
    operations.next_customer(actor=operator, now=NOW)
    assert operations.take(invitation_id=second.pk, actor=operator, now=NOW).pk == second.pk
    first.refresh_from_db()
    assert (first.state, first.next_try_at) == ("queued", None)


def test_pointed_at_customer_of_another_is_refused(kazan, service, operator):
    leased, assigned, ended = (make.invitation(programme=service, branch=kazan) for _ in range(3))
    colleague = people.user(Role.OPERATOR, kazan)
    operations.take(invitation_id=leased.pk, actor=colleague.as_actor(), now=NOW)
    Invitation.objects.filter(pk=assigned.pk).update(assigned_to=colleague)
    Invitation.objects.filter(pk=ended.pk).update(state="declined")
    refusals = {
        leased.pk: operations.TakenByAnother,
        assigned.pk: operations.AssignedToAnother,
        ended.pk: operations.NotInTheQueue,
    }
    for pk, refusal in refusals.items():
        with pytest.raises(refusal):
            operations.take(invitation_id=pk, actor=operator, now=NOW)
    foreign = make.invitation(programme=service, branch=make.branch(name="Ufa"))
    with pytest.raises(Invitation.DoesNotExist):
        operations.take(invitation_id=foreign.pk, actor=operator, now=NOW)


def test_retries_wake_when_their_time_has_come(kazan, service):
    due = make.invitation(programme=service, branch=kazan, next_try_at=NOW)
    later = make.invitation(programme=service, branch=kazan, next_try_at=NOW + timedelta(minutes=1))
    call_back = make.invitation(programme=service, branch=kazan, next_try_at=NOW, is_callback=True)
    assert operations.wake_retries(now=NOW) == 1
    assert dict(Invitation.objects.values_list("pk", "next_try_at")) == {
        due.pk: None,
        later.pk: NOW + timedelta(minutes=1),
        call_back.pk: NOW,
    }


def test_zones_are_those_of_customers_else_of_branches(kazan, service):
    own = make.invitation(programme=service, branch=kazan, customer=make.customer(timezone="Asia/Omsk"), zone="")
    of_branch = make.invitation(programme=service, branch=kazan, customer=make.customer(timezone=""), zone="")
    unknown = make.invitation(programme=service, branch=None, customer=make.customer(timezone=""), zone="")
    moved = make.invitation(programme=service, branch=kazan, zone="Asia/Tomsk")
    assert operations.place_in_zones(only_new=True) == 2
    assert operations.place_in_zones(only_new=False) == 1
    assert dict(Invitation.objects.values_list("pk", "zone")) == {
        own.pk: "Asia/Omsk",
        of_branch.pk: "Europe/Moscow",
        unknown.pk: "",
        moved.pk: "Europe/Moscow",
    }


def test_supervisor_hands_work_out_and_takes_it_back(kazan, service, operator):
    supervisor = people.user(Role.MANAGER, kazan).as_actor()
    first, second = (make.invitation(programme=service, branch=kazan) for _ in range(2))
    foreign = make.invitation(programme=service, branch=make.branch(name="Ufa"))
    chosen = [first.pk, second.pk, foreign.pk]
    assert operations.assign(invitation_ids=chosen, user_id=operator.user_id, actor=supervisor, now=NOW) == 2
    assert operations.assign(invitation_ids=[first.pk], user_id=None, actor=supervisor, now=NOW) == 1
    assert dict(Invitation.objects.values_list("pk", "assigned_to")) == {
        first.pk: None,
        second.pk: operator.user_id,
        foreign.pk: None,
    }
    stranger = people.user(Role.OPERATOR, make.branch(name="Perm"))
    with pytest.raises(User.DoesNotExist):
        operations.assign(invitation_ids=chosen, user_id=stranger.pk, actor=supervisor, now=NOW)


def test_who_does_not_see_whom_another_branch_calls_is_refused_and_does_not_ask_for_ever(kazan, service, operator):
    """The second car of a customer whom Samara has on the line: without the rows of the group no turn would help."""
    samara = make.branch(name="Samara")
    theirs = make.invitation(programme=service, branch=samara)
    make.invitation(programme=service, branch=kazan, customer=theirs.customer)
    at_work = people.user(Role.OPERATOR, samara).as_actor()
    assert operations.next_customer(actor=at_work, now=NOW).pk == theirs.pk
    asked = []

    def without_the_right():
        asked.append(NOW)
        return queue._next_customer.__wrapped__(operator, NOW)

    with walls.behind_the_wall(kazan):
        with pytest.raises(IntegrityError, match="one_call_at_a_time"):
            queue.again_where_taken(without_the_right)
        assert len(asked) == queue.MOST_TURNS
        assert operations.next_customer(actor=operator, now=NOW) is None
