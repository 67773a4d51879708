"""Other systems are told of events, once each, again where they fail, and never inside the house."""

import uuid
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from tests import api, people, receivers
from tests import factories as make

from vernost.accounts.models import AuditRecord
from vernost.automation import jobs
from vernost.automation.models import Delivery, DeliveryTry, Webhook
from vernost.automation.operations import webhooks
from vernost.automation.operations.webhooks import NoEvent, StillWaiting, UnknownEvent, WebhookEntry
from vernost.core.actor import Actor, Role
from vernost.core.errors import DomainError
from vernost.workshop import operations as workshop

pytestmark = pytest.mark.django_db

NOW = make.at(9)
WHOLE = Actor(code="test", branch_ids=None)
LOOPBACK = ip_network("127.0.0.0/8")


@pytest.fixture
def opened(settings):
    """Let the tests' own receiver be called, as an installer opens a network of the house."""
    settings.OUTGOING_NETWORKS = (LOOPBACK,)


@pytest.fixture
def receiver(opened):  # noqa: ARG001 - opens the way to it
    with receivers.receiver() as found:
        yield found


def entry(url, *, events=("appointment.booked",), branches=None):
    return WebhookEntry(
        name="Сайт",
        url=url,
        events=frozenset(events),
        all_branches=branches is None,
        branch_ids=frozenset(branch.pk for branch in branches or ()),
    )


def add(url, **more):
    return webhooks.add_webhook(entry=entry(url, **more), actor=WHOLE, now=NOW)


def announce(*, event="appointment.booked", branch=None, message_id=None, now=NOW):
    branch_id = branch.pk if branch else None
    said = {"event": event, "data": {"id": "A-1"}, "branch_id": branch_id, "now": now}
    return webhooks.announce(message_id=message_id or uuid.uuid4(), **said)


def send(now=NOW):
    """Do what the worker does with the messages that are due."""
    webhooks.send_due(now=now)
    due = Delivery.objects.filter(state="waiting", due_at__lte=now).order_by("pk")
    return [webhooks.send(delivery_id=pk, now=now) for pk in due.values_list("pk", flat=True)]


def states():
    return list(Delivery.objects.order_by("pk").values_list("state", "tries"))


def test_a_message_is_signed_and_taken(receiver):
    made = add(receiver.url)
    assert announce() == 1
    assert send() == [True]
    [(headers, _body)] = receiver.got
    assert receiver.signed_by(made.secret) == [True]
    assert receiver.signed_by("whsec_" + "A" * 44) == [False]
    assert receiver.bodies == [
        {"type": "appointment.booked", "timestamp": "2026-11-24T09:00:00+03:00", "data": {"id": "A-1"}}
    ]
    assert headers["webhook-id"] == str(Delivery.objects.get().message_id)
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert states() == [("delivered", 1)]
    assert list(DeliveryTry.objects.values_list("status", "failure", "answer")) == [(200, "", "noted")]


def test_a_message_told_twice_is_one(receiver):
    add(receiver.url)
    message_id = uuid.uuid4()
    assert [announce(message_id=message_id), announce(message_id=message_id)] == [1, 0]
    send()
    assert announce(message_id=message_id) == 0
    send()
    assert len(receiver.got) == 1


def test_only_who_asked_and_who_sees_the_branch_is_told(receiver):
    kazan, samara = make.branch(name="Казань"), make.branch(name="Самара")
    add(receiver.url)
    add(receiver.url, branches=[kazan])
    add(receiver.url, branches=[samara])
    add(receiver.url, events=["night.decided"])
    off = add(receiver.url)
    webhooks.switch_webhook(webhook_id=off.webhook_id, active=False, actor=WHOLE, now=NOW)
    told = {
        "booked in Kazan": announce(branch=kazan),
        "booked nowhere": announce(),
        "a night": announce(event="night.decided"),
    }
    assert told == {"booked in Kazan": 2, "booked nowhere": 1, "a night": 1}


def test_a_message_that_fails_is_tried_again_with_the_same_id(receiver):
    receiver.statuses = [500, 503]
    add(receiver.url)
    announce()
    assert [send(), send(NOW + timedelta(seconds=59)), send(NOW + timedelta(seconds=60))] == [[False], [], [False]]
    assert send(NOW + timedelta(minutes=6)) == [True]
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert [tries.status for tries in DeliveryTry.objects.order_by("pk")] == [500, 503, 200]
    assert Webhook.objects.get().failures == 0


def test_a_message_that_is_never_taken_is_dead_and_can_be_sent_again(receiver):
    receiver.statuses = [500] * 10
    made = add(receiver.url)
    announce()
    now = NOW
    for _try in range(12):
        send(now)
        now += timedelta(days=1)
    assert states() == [("dead", 10)]
    assert webhooks.replay_dead(webhook_id=made.webhook_id, actor=WHOLE, now=now) == 1
    assert send(now) == [True]
    assert states() == [("delivered", 1)]


def test_who_answers_gone_is_not_asked_again(receiver):
    receiver.statuses = [410]
    add(receiver.url)
    announce()
    send()
    assert states() == [("dead", 1)]


def test_a_system_that_fails_in_a_row_rests_and_holds_up_nobody(receiver):
    receiver.statuses = [500] * 5
    made = add(receiver.url)
    for _message in range(7):
        announce()
    assert send() == [False] * 7
    assert (len(receiver.got), Webhook.objects.get().resting_until) == (5, NOW + timedelta(minutes=5))
    assert sorted(states()) == [("waiting", 0)] * 2 + [("waiting", 1)] * 5
    assert send(NOW + timedelta(minutes=4)) == [False] * 7
    assert len(receiver.got) == 5
    assert send(NOW + timedelta(minutes=5)) == [True] * 7
    webhook = Webhook.objects.get(pk=made.webhook_id)
    assert (webhook.failures, webhook.resting_until) == (0, None)


def test_a_redirect_is_a_failure(receiver):
    receiver.statuses, receiver.headers = [302], {"location": receiver.url}
    add(receiver.url)
    announce()
    assert (send(), len(receiver.got)) == ([False], 1)


@pytest.mark.parametrize(
    ("url", "failure"),
    [
        ("http://127.0.0.1:{port}/in", "forbidden_address"),
        ("http://localhost:{port}/in", "forbidden_address"),
        ("http://2130706433/in", "forbidden_address"),
        ("http://0x7f000001/in", "forbidden_address"),
        ("http://0177.0.0.1/in", "forbidden_address"),
        ("http://[::1]/in", "forbidden_address"),
        ("http://[::ffff:127.0.0.1]/in", "forbidden_address"),
        ("http://169.254.169.254/latest", "forbidden_address"),
        ("http://10.0.0.1/", "forbidden_address"),
        ("http://no-such-host.invalid/", "unknown_host"),
        ("file:///etc/passwd", "no_web_address"),
        ("gopher://127.0.0.1/", "no_web_address"),
    ],
)
def test_nothing_inside_the_house_is_called(url, failure):
    with receivers.receiver() as found:
        port = found.url.rsplit(":", 1)[1].removesuffix("/in")
        add(url.format(port=port))
        announce()
        assert send() == [False]
        assert list(DeliveryTry.objects.values_list("status", "failure")) == [(None, failure)]
        # An address that is refused is not asked again; a name that is not found may be found later.
        assert states() == [("waiting" if failure == "unknown_host" else "dead", 1)]
        assert found.got == []


def test_a_message_to_a_forbidden_address_is_sent_again_to_another_one(receiver):
    made = add("http://10.0.0.1/in")
    announce()
    assert (send(), states(), send(NOW + timedelta(days=1))) == ([False], [("dead", 1)], [])
    webhooks.change_webhook(webhook_id=made.webhook_id, entry=entry(receiver.url), actor=WHOLE, now=NOW)
    assert webhooks.replay_dead(webhook_id=made.webhook_id, actor=WHOLE, now=NOW) == 1
    assert (send(), states(), len(receiver.got)) == ([True], [("delivered", 1)], 1)


@pytest.mark.django_db(transaction=True)
def test_a_webhook_removed_while_its_system_is_asked_leaves_nothing_behind(receiver):
    made = add(receiver.url)
    announce()

    def remove():
        webhooks.remove_webhook(webhook_id=made.webhook_id, actor=WHOLE, now=NOW)
        connection.close()

    receiver.before_answer = remove
    assert send() == [True]
    assert (len(receiver.got), DeliveryTry.objects.count()) == (1, 0)


def test_a_secret_that_is_lost_is_a_failure_with_words(receiver, settings):
    add(receiver.url)
    announce()
    settings.SECRET_KEY = "another installation's"
    assert send() == [False]
    assert (DeliveryTry.objects.get().failure, receiver.got) == ("lost_secret", [])


def test_a_refused_connection_is_a_failure(opened):  # noqa: ARG001 - opens the way
    with receivers.receiver() as found:
        url = found.url
    add(url)
    announce()
    assert send() == [False]
    assert DeliveryTry.objects.get().failure == "no_connection"


def test_a_new_secret_signs_beside_the_old_one_for_a_day(receiver):
    old = add(receiver.url)
    new = webhooks.renew_secret(webhook_id=old.webhook_id, actor=WHOLE, now=NOW)
    for hours in (1, 25):
        announce(now=NOW + timedelta(hours=hours))
        send(NOW + timedelta(hours=hours))
    assert (receiver.signed_by(old.secret), receiver.signed_by(new.secret)) == ([True, False], [True, True])


def test_the_secret_is_not_in_the_database(receiver):
    made = add(receiver.url)
    kept = bytes(Webhook.objects.get().key)
    assert made.secret.encode() not in kept
    assert made.secret not in str(list(AuditRecord.objects.values()))


def test_a_claim_of_a_killed_worker_ends_by_itself(receiver):
    add(receiver.url)
    announce()
    Delivery.objects.update(claimed_at=NOW)
    assert send(NOW + timedelta(seconds=30)) == [False]
    assert send(NOW + timedelta(seconds=61)) == [True]


def test_what_waits_is_not_sent_again_by_hand(receiver):
    add(receiver.url)
    announce()
    pk = Delivery.objects.get().pk
    with pytest.raises(StillWaiting):
        webhooks.replay(delivery_id=pk, actor=WHOLE, now=NOW)
    send()
    webhooks.replay(delivery_id=pk, actor=WHOLE, now=NOW)
    assert send() == [True]
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1


@pytest.mark.parametrize(("events", "refusal"), [([], NoEvent), (["everything"], UnknownEvent)])
def test_what_cannot_be_told_is_refused(events, refusal):
    with pytest.raises(refusal):
        add("https://example.com/", events=events)
    assert not Webhook.objects.exists()


def test_nobody_gives_more_than_he_sees():
    kazan, samara = make.branch(name="Казань"), make.branch(name="Самара")
    actor = people.user(Role.ADMINISTRATOR, kazan).as_actor()
    for said in (entry("https://example.com/"), entry("https://example.com/", branches=[kazan, samara])):
        with pytest.raises(DomainError):
            webhooks.add_webhook(entry=said, actor=actor, now=NOW)
    assert not Webhook.objects.exists()


def test_a_booking_is_told_with_the_ids_of_the_source(receiver):
    branch = api.named(make.branch(name="Казань"), "B-1")
    add(receiver.url, events=["appointment.cancelled"], branches=[branch])
    appointment = make.appointment(branch=branch, starts_at=make.at(12))
    workshop.cancel(appointment_id=appointment.pk, actor=WHOLE, now=NOW)
    job = ProcrastinateJob.objects.get(task_name="automation.appointment_news")
    jobs.appointment_news(**job.args)
    jobs.appointment_news(**job.args)
    told = Delivery.objects.get()
    webhooks.send(delivery_id=told.pk, now=told.due_at)
    [body] = receiver.bodies
    assert (body["type"], body["data"]) == (
        "appointment.cancelled",
        {
            "id": f"vernost:{appointment.pk}",
            "status": "cancelled",
            "starts_at": appointment.starts_at.isoformat(),
            "branch_id": "B-1",
            "customer_id": None,
            "vehicle_id": None,
        },
    )


def test_taken_messages_are_forgotten_after_a_month(receiver):
    receiver.statuses = [410]
    add(receiver.url)
    for _message in range(2):
        announce()
    send()
    webhooks.forget_old(now=NOW + timedelta(days=31))
    assert states() == [("dead", 1)]
