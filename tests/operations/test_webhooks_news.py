"""Contacts, consents and merges are told to other systems, whoever changes them, and only where somebody asks."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from tests import api
from tests import factories as make
from tests.intake import imported

from vernost.automation.models import Delivery, News
from vernost.automation.operations import news, webhooks
from vernost.automation.operations.webhooks import WebhookEntry
from vernost.automation.rules.webhooks import EVENTS
from vernost.contacts.models import Interaction
from vernost.contacts.operations import Contact, record_contact
from vernost.core.actor import Actor
from vernost.customers.operations import Said, merge_customers, record_statement, undo_merge
from vernost.customers.rules.consents import Purpose, Way

pytestmark = pytest.mark.django_db

NOW = make.at(9)
WHOLE = Actor(code="test", branch_ids=None)
ASKED = sorted(event for event in EVENTS if event.startswith(("contact.", "consent.", "customer.")))
PHONE = "+79179990011"


def add(events=ASKED):
    asked = WebhookEntry(name="Сайт", url="https://example.com/", events=frozenset(events), all_branches=True)
    return webhooks.add_webhook(entry=asked, actor=WHOLE, now=NOW).webhook_id


def told():
    """Do what the worker does each minute; return the messages that were made since."""
    last = Delivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    news.tell(now=NOW)
    bodies = [json.loads(row.body) for row in Delivery.objects.filter(pk__gt=last).order_by("pk")]
    return [(body["type"], body["data"]) for body in bodies]


def people():
    owner = api.named(make.customer(name="Казанцев Пётр", phones=(PHONE,)), "C-1")
    other = api.named(make.customer(name="Казанцев Петя", phones=(PHONE,)), "C-2")
    return owner, other


def write(customer, *, outcome="booked"):
    contact = Contact(at=NOW, channel="call", direction="in", outcome=outcome, text=f"звонить {PHONE}")
    return record_contact(customer_id=customer.pk, contact=contact, actor=WHOLE, now=NOW)


def say(customer, **answers):
    said = Said(Purpose.ADVERTISING, answers, Way.PAPER, date(2026, 11, 20), f"анкета {PHONE}")
    return record_statement(customer_id=customer.pk, said=said, actor=WHOLE, now=NOW)


def test_a_contact_is_told_as_the_api_gives_it_without_words():
    add()
    owner, _other = people()
    made = write(owner)
    shown = api.Caller(Client(), api.key()).get("/contacts").json()["items"][0]
    [(event, data)] = told()
    assert event == "contact.created"
    assert data == {name: shown[name] for name in shown if name not in {"text", "at"}} | {"at": NOW.isoformat()}
    Interaction.objects.filter(pk=made.pk).update(outcome=f"перезвонит на {PHONE}")
    Interaction.objects.filter(pk=made.pk).update(on=date(2026, 11, 20))
    assert told() == [("contact.changed", data | {"outcome": ""})]


def test_a_consent_of_one_channel_and_a_refusal_of_another_are_two_messages():
    add()
    owner, _other = people()
    line = say(owner, sms=True, calls=False)
    [given, withdrawn] = told()
    said = {"customer_id": "C-1", "line": line.pk, "purpose": "advertising", "on": "2026-11-20", "way": "paper"}
    said["recorded_at"] = NOW.isoformat()
    assert given == ("consent.given", said | {"answers": {"sms": True}})
    assert withdrawn == ("consent.withdrawn", said | {"answers": {"calls": False}})


def test_a_merge_and_its_undoing_are_told_with_the_contacts_that_move():
    add()
    owner, other = people()
    write(other)
    told()
    merge = merge_customers(survivor_id=owner.pk, gone_id=other.pk, actor=WHOLE, now=NOW)
    about = {"merge": merge.pk, "customer_id": "C-1", "merged_id": "C-2", "at": NOW.isoformat(), "undone_at": None}
    first = told()
    assert [event for event, _data in first] == ["customer.merged", "contact.changed"]
    assert (first[0][1], first[1][1]["customer_id"]) == (about, "C-1")
    undo_merge(merge_id=merge.pk, actor=WHOLE, now=NOW)
    second = told()
    assert [event for event, _data in second] == ["contact.changed", "customer.unmerged"]
    assert (second[0][1]["customer_id"], second[1][1]) == ("C-2", about | {"undone_at": NOW.isoformat()})


@pytest.mark.django_db(transaction=True)
def test_what_an_import_changes_is_told_too(tmp_path):
    add()
    customers = "id,full_name\nC-1,Казанцев\n"
    contacts = "id,customer_id,at,channel,outcome\nI-1,C-1,2026-11-20 10:00,call,{}\n"
    consents = "id,customer_id,channel,given,on,evidence\nK-1,C-1,sms,1,2026-11-20,Анкета\n"
    files = {"customers.csv": customers, "interactions.csv": contacts.format("booked"), "consents.csv": consents}
    imported(tmp_path / "in", files)
    assert [(event, data["customer_id"]) for event, data in told()] == [
        ("consent.given", "C-1"),
        ("contact.created", "C-1"),
    ]
    imported(tmp_path / "in", files)
    assert told() == []
    imported(tmp_path / "in", {"interactions.csv": contacts.format("declined")})
    assert [(event, data["outcome"]) for event, data in told()] == [("contact.changed", "declined")]


def test_nothing_is_noted_where_nobody_asks_and_nothing_of_what_is_taken_back():
    webhook_id = add(["customer.merged"])
    owner, _other = people()
    write(owner)
    say(owner, sms=True)
    assert not News.objects.exists()
    webhooks.remove_webhook(webhook_id=webhook_id, actor=WHOLE, now=NOW)
    add()
    with transaction.atomic():
        write(owner)
        transaction.set_rollback(True)
    assert (News.objects.count(), told()) == (0, [])


@pytest.mark.parametrize(("rows", "noted"), [(1000, 1000), (1001, 0)])
def test_thousands_at_once_are_left_to_the_word_of_the_import(rows, noted):
    add()
    owner, _other = people()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO contacts_interaction (customer_id, at, "on", channel, direction, outcome, text)
               SELECT %s, now(), current_date, 'call', '', '', '' FROM generate_series(1, %s)""",
            [owner.pk, rows],
        )
    assert News.objects.count() == noted


def test_each_event_is_in_the_how_to():
    text = (Path(__file__).parents[2] / "docs/how-to/webhooks.md").read_text(encoding="utf-8")
    for event in EVENTS:
        subject, _dot, what = event.partition(".")
        [row] = [line for line in text.splitlines() if line.startswith(f"| `{subject}.") and f".{what}`" in line]
        assert row.count("|") == 3, event
