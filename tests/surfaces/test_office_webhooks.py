"""Webhooks on their pages: added, shown with their messages, sent again."""

import re
import uuid
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import factories, pages, people, receivers

from vernost.automation.models import Delivery, Webhook
from vernost.automation.operations import webhooks
from vernost.core.actor import Role, system

pytestmark = pytest.mark.django_db

SAID = {"name": "Сайт", "url": "https://example.com/in", "events": ["appointment.booked"], "scope": "group"}


def add(client, **said):
    return client.post(reverse("office:webhook-add"), {**SAID, **said})


def test_a_webhook_is_added_and_its_secret_shown_once(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    answer = add(client)
    secret = answer.context["secret"]
    assert (answer["Cache-Control"], secret.startswith("whsec_")) == ("no-store", True)
    webhook = Webhook.objects.get()
    for url in (reverse("office:webhooks"), reverse("office:webhook", args=[webhook.pk])):
        page = client.get(url).content.decode()
        assert ("Сайт" in page, "Запись создана" in page, secret in page) == (True, True, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://example.com"},
        {"url": "https://me:word@example.com"},
        {"url": "https://example.com:99999"},
        {"url": ""},
        {"events": []},
        {"name": ""},
    ],
)
def test_what_is_wrong_is_said_at_its_field(client, wrong):
    people.signed_in(client, Role.ADMINISTRATOR)
    answer = add(client, **wrong)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, list(wrong))
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("url", ["https://пример.рф/приём", "http://server1c:8080/base/hs/vernost"])
def test_names_in_cyrillic_and_names_inside_the_house_are_taken(client, url):
    people.signed_in(client, Role.ADMINISTRATOR)
    assert add(client, url=url).status_code == 200
    assert Webhook.objects.get().url == url


def test_a_branch_is_told_of_appointments_only(client):
    branch = factories.branch(name="Казань")
    people.signed_in(client, Role.ADMINISTRATOR)
    some = {"scope": "some", "branches": [str(branch.pk)]}
    assert add(client, **some, events=["night.decided"]).status_code == 422
    assert add(client, **some).status_code == 200


def test_a_webhook_is_changed_stopped_and_removed(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    add(client)
    pk = Webhook.objects.get().pk
    form = client.get(reverse("office:webhook-edit", args=[pk]))
    client.post(reverse("office:webhook-edit", args=[pk]), pages.sent(form, url="https://example.com/other"))
    client.post(reverse("office:webhook-switch", args=[pk]), {"active": "0"})
    assert Webhook.objects.values_list("url", "active").get() == ("https://example.com/other", False)
    client.post(reverse("office:webhook-remove", args=[pk]))
    assert not Webhook.objects.exists()


def test_a_dead_message_is_shown_with_its_answer_and_sent_again(client, settings):
    settings.OUTGOING_NETWORKS = (ip_network("127.0.0.0/8"),)
    now = timezone.now()
    people.signed_in(client, Role.ADMINISTRATOR)
    with receivers.receiver() as receiver:
        receiver.statuses = [410]
        add(client, url=receiver.url)
        pk = Webhook.objects.get().pk
        said = {"event": "appointment.booked", "data": {"id": "A-77"}, "branch_id": None}
        webhooks.announce(message_id=uuid.uuid4(), now=now, **said)
        webhooks.send(delivery_id=Delivery.objects.get().pk, now=now)
        page = client.get(reverse("office:webhook", args=[pk]) + "?state=dead").content.decode()
        assert all(words in page for words in ("410", "noted", "A-77"))
        client.post(reverse("office:webhook-replay", args=[pk]))
        again = Delivery.objects.get()
        assert webhooks.send(delivery_id=again.pk, now=again.due_at)
        client.post(reverse("office:webhook-send-again", args=[again.pk]))
        assert Delivery.objects.get().state == "waiting"


def test_another_branch_sees_nothing_of_it(client):
    kazan, samara = factories.branch(name="Казань"), factories.branch(name="Самара")
    whole = people.user(Role.ADMINISTRATOR).as_actor()
    entry = webhooks.WebhookEntry(
        name="Сайт",
        url="https://example.com/",
        events=frozenset({"appointment.booked"}),
        all_branches=False,
        branch_ids=frozenset({samara.pk}),
    )
    made = webhooks.add_webhook(entry=entry, actor=whole, now=timezone.now())
    delivery = webhooks.send_test(webhook_id=made.webhook_id, actor=system("test"), now=timezone.now())
    people.signed_in(client, Role.ADMINISTRATOR, kazan)
    assert "example.com" not in client.get(reverse("office:webhooks")).content.decode()
    for name, pk in (("webhook", made.webhook_id), ("webhook-edit", made.webhook_id)):
        assert client.get(reverse(f"office:{name}", args=[pk])).status_code == 404
    for name, pk in (
        ("webhook-test", made.webhook_id),
        ("webhook-remove", made.webhook_id),
        ("webhook-send-again", delivery),
    ):
        assert client.post(reverse(f"office:{name}", args=[pk])).status_code == 404


def test_the_check_of_the_how_to_takes_ours_and_refuses_others(settings):
    settings.OUTGOING_NETWORKS = (ip_network("127.0.0.0/8"),)
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "webhooks.md").read_text(encoding="utf-8")
    [code] = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    shown = {}
    exec(code, shown)  # noqa: S102 - the page's own words
    now = timezone.now()
    with receivers.receiver() as receiver:
        entry = webhooks.WebhookEntry("Сайт", receiver.url, frozenset({"appointment.booked"}), all_branches=True)
        made = webhooks.add_webhook(entry=entry, actor=system("test"), now=now)
        delivery = webhooks.send_test(webhook_id=made.webhook_id, actor=system("test"), now=now)
        assert webhooks.send(delivery_id=delivery, now=now)
        [(headers, body)] = receiver.got
    check = shown["is_from_vernost"]
    old = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    assert check(made.secret, headers, body)
    assert not any((check(made.secret, headers, body + b" "), check(made.secret, old, body)))
