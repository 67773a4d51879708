"""The ledger of consents: what is written, what follows for the gate, what the database lets nobody do."""

import random
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from tests import factories as make
from tests.intake import imported

from vernost import embedded
from vernost.accounts.models import AuditRecord, LegalEntity
from vernost.core.actor import system
from vernost.core.chain import Fault, Found
from vernost.customers import operations
from vernost.customers.models import (
    ChannelStop,
    ConsentEntry,
    ConsentStatement,
    ConsentText,
    Customer,
    UnsealedEntry,
)
from vernost.customers.operations import Said
from vernost.customers.queries import ledger
from vernost.customers.rules.consents import CHANNELS, InForce, Purpose, Row, Way, in_force

pytestmark = pytest.mark.django_db

NOW = make.at(12)
TODAY = NOW.date()
TESTER = system("tests")
YES = Said(Purpose.ADVERTISING, {"calls": True, "sms": True}, Way.PAPER, date(2026, 3, 1), "Form 17")


def say(customer, said=YES, *, now=NOW, **more):
    return operations.record_statement(customer_id=customer.pk, said=replace(said, **more), actor=TESTER, now=now)


def narrow(customer):
    """Return the rows that the gate and the night read."""
    return [
        Row(row.on, row.origin, {c: v for c in CHANNELS if (v := getattr(row, c)) is not None}, row.legal_entity_id)
        for row in ConsentStatement.objects.filter(customer=customer)
    ]


def states(rows, on, entity=None):
    return {channel: in_force(rows, channel, on, entity) for channel in CHANNELS}


def test_a_consent_is_written_with_its_evidence_and_opens_the_gate():
    customer = make.customer()
    entry = say(customer)
    assert (entry.calls, entry.sms, entry.email, entry.way, entry.evidence, entry.actor) == (
        True,
        True,
        None,
        "paper",
        "Form 17",
        "system:tests",
    )
    assert narrow(customer) == [Row(date(2026, 3, 1), "paper", {"calls": True, "sms": True})]
    assert list(AuditRecord.objects.values_list("subject", "subject_id", "action")) == [
        ("consent", str(customer.pk), "given")
    ]


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"answers": {}}, operations.NothingSaid),
        ({"answers": {"whole": True}}, operations.NothingSaid),
        ({"evidence": " "}, operations.EvidenceMissing),
        ({"on": TODAY + timedelta(days=1)}, operations.NotYet),
        ({"purpose": Purpose.TRANSFER}, operations.NothingSaid),
    ],
)
def test_what_proves_nothing_is_not_taken(change, refused):
    customer = make.customer()
    with pytest.raises(refused):
        say(customer, **change)
    assert not ConsentEntry.objects.exists()


def test_a_no_needs_no_evidence():
    customer = make.customer()
    say(customer)
    say(customer, answers={"sms": False}, evidence="", way=Way.CALL, on=TODAY)
    assert states(narrow(customer), TODAY)["sms"] == InForce(given=False, on=TODAY)


def text(**more):
    values = {
        "code": "advertising",
        "version": 1,
        "title": "Согласие на рекламу",
        "body": "Я согласен…",
        "purposes": ["advertising"],
        "channels": ["calls", "sms"],
        "from_on": date(2026, 1, 1),
    }
    return ConsentText.objects.create(**{**values, **more})


@pytest.mark.parametrize(
    "more",
    [
        {"archived_at": NOW},
        {"from_on": date(2026, 4, 1)},
        {"purposes": ["processing"]},
        {"channels": ["calls"]},
    ],
)
def test_a_text_must_be_one_for_it(more):
    customer = make.customer()
    with pytest.raises(operations.TextDoesNotFit):
        say(customer, text_id=text(**more).pk)
    assert say(customer, text_id=text(version=2).pk).text.version == 2


def test_all_consents_are_taken_back_at_once():
    customer = make.customer()
    say(customer)
    say(customer, purpose=Purpose.TRANSFER, answers={"whole": True})
    operations.withdraw_all(
        customer_id=customer.pk, way=Way.PAPER, on=TODAY, evidence="Letter 5", actor=TESTER, now=NOW
    )
    found = ledger.state_on(TESTER, customer.pk, TODAY)
    given = {one.purpose: [each.given for each in one.answers.values() if each] for one in found}
    assert given == {
        Purpose.ADVERTISING: [False] * 4,
        Purpose.CONTACT: [],
        Purpose.PROCESSING: [False],
        Purpose.TRANSFER: [False],
    }
    before = ledger.state_on(TESTER, customer.pk, date(2026, 5, 1))
    assert before[0].answers["calls"] == InForce(given=True, on=date(2026, 3, 1))


def test_a_stop_and_its_end_are_lines_too():
    customer = make.customer()
    say(customer, purpose=Purpose.CONTACT, answers={"calls": False}, way=Way.CALL, on=TODAY, evidence="Asked twice")
    assert list(ChannelStop.objects.values_list("channel", "since", "note")) == [("call", TODAY, "Asked twice")]
    say(customer, purpose=Purpose.CONTACT, answers={"calls": True}, way=Way.PAPER, on=TODAY)
    assert not ChannelStop.objects.exists()


def test_a_yes_to_one_company_is_no_yes_to_the_group():
    customer, company = make.customer(), LegalEntity.objects.create(name="Volga Auto")
    say(customer, legal_entity_id=company.pk)
    assert states(narrow(customer), TODAY)["calls"] is None
    assert states(narrow(customer), TODAY, company.pk)["calls"] == InForce(given=True, on=date(2026, 3, 1))


CUSTOMERS = "id,full_name,consent_calls,consent_sms,consent_on\n"


@pytest.mark.django_db(transaction=True)
def test_an_import_adds_lines_and_never_revives_a_refusal(tmp_path):
    files = {"customers.csv": CUSTOMERS + "C-1,Ivanov,1,1,2025-01-01\nC-2,Petrov,0,,2025-01-01\nC-3,Nobody,,,\n"}
    imported(tmp_path / "in", files)
    assert ConsentEntry.objects.count() == 2
    assert imported(tmp_path / "in", files) == {"customers.csv": (0, 0, 3, 0)}
    assert ConsentEntry.objects.count() == 2
    ivanov = Customer.objects.get(external_id="C-1")
    say(ivanov, answers={"calls": False}, way=Way.CALL, on=date(2026, 2, 1))
    bought = {"customers.csv": CUSTOMERS + "C-1,Ivanov,1,1,2026-03-01\nC-2,Petrov,1,,2026-03-01\n"}
    imported(tmp_path / "in", bought)
    assert states(narrow(ivanov), TODAY)["calls"] == InForce(given=False, on=date(2026, 3, 1))
    assert states(narrow(ivanov), TODAY)["sms"] == InForce(given=True, on=date(2026, 3, 1))
    petrov = Customer.objects.get(external_id="C-2")
    assert states(narrow(petrov), TODAY)["calls"] == InForce(given=True, on=date(2026, 3, 1))
    assert ConsentEntry.objects.count() == 5


def test_the_narrow_rows_are_those_of_the_ledger_through_a_random_history():
    """Give, refuse, import, merge, undo: after each step the gate reads what the ledger says, on every day."""
    dice = random.Random(152)
    cards = [make.customer(name=f"Ivanov {number}") for number in range(4)]
    merges = []
    for step in range(60):
        now = NOW + timedelta(minutes=step)
        card = dice.choice(cards)
        on = TODAY - timedelta(days=dice.randint(0, 8))
        move = dice.choice(["say", "say", "say", "import", "merge", "undo"])
        if move == "say" and Customer.objects.get(pk=card.pk).merged_into_id is None:
            answers = {channel: dice.random() < 0.5 for channel in dice.sample(CHANNELS, dice.randint(1, 3))}
            way = dice.choice([Way.PAPER, Way.CALL, Way.API])
            say(card, answers=answers, way=way, on=on, now=now)
        elif move == "import":
            _import(card, on, dice, now)
        elif move == "merge":
            standing = list(Customer.objects.filter(merged_into=None).order_by("pk"))
            if len(standing) > 1:
                survivor, gone = dice.sample(standing, 2)
                merges.append(
                    operations.merge_customers(survivor_id=survivor.pk, gone_id=gone.pk, actor=TESTER, now=now)
                )
        elif merges:
            operations.undo_merge(merge_id=merges.pop().pk, actor=TESTER, now=now)
        for one in cards:
            said = ledger.rows_of(one.pk, Purpose.ADVERTISING)
            for ago in range(10):
                asked = TODAY - timedelta(days=ago)
                assert states(narrow(one), asked) == states(said, asked), (step, move, one.pk, asked)
    assert ConsentEntry.objects.count() > 30
    assert AuditRecord.objects.filter(action="undo_merge").count() >= 4


def _import(card, on, dice, now):
    """Do what the import of a customer's record does to his statements."""
    said = {channel: dice.random() < 0.5 for channel in CHANNELS}
    ConsentStatement.objects.filter(customer=card, origin="import", on__gt=on).delete()
    ConsentStatement.objects.update_or_create(customer=card, origin="import", on=on, defaults=said)
    operations.take_imported(reference="import:1", actor=TESTER, now=now)
    operations.follow_merges()


def seal():
    return operations.seal_consents(now=NOW)


@pytest.fixture
def sealed():
    customer = make.customer()
    lines = [say(customer, text_id=text().pk), *(say(customer, on=date(2026, 4, day)) for day in range(1, 5))]
    assert (UnsealedEntry.objects.count(), seal(), seal()) == (5, 5, 0)
    return [line.pk for line in lines]


@pytest.mark.usefixtures("sealed")
def test_what_is_sealed_holds():
    say(Customer.objects.get())
    found = ledger.check()
    assert (found.holds, found.chain.links, found.waiting, found.strays) == (True, 5, 1, ())
    assert [row.holds for row in ledger.ledger_of(TESTER, Customer.objects.get().pk)] == [None, *[True] * 5]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("sql", "faults"),
    [
        ("UPDATE customers_consententry SET evidence = 'forged' WHERE id = %(line)s", [Found(2, 1, Fault.ALTERED)]),
        ("UPDATE customers_consententry SET calls = false WHERE id = %(line)s", [Found(2, 1, Fault.ALTERED)]),
        ("DELETE FROM customers_consententry WHERE id = %(line)s", [Found(2, 1, Fault.REMOVED)]),
        ("DELETE FROM customers_consentseal WHERE entry_id = %(line)s", [Found(2, 0, Fault.REMOVED)]),
        ("UPDATE customers_consenttext SET body = 'other words'", [Found(1, 0, Fault.ALTERED)]),
        (
            "UPDATE customers_consentseal SET number = CASE number WHEN 2 THEN 30 ELSE 2 END WHERE number IN (2, 3)",
            [Found(2, 2, Fault.BROKEN), Found(3, 0, Fault.REMOVED)],
        ),
    ],
)
def test_what_somebody_changed_by_force_is_named(embedded_server, sealed, sql, faults):
    name = connection.settings_dict["NAME"]
    with psycopg.connect(
        host=str(embedded_server.host), port=embedded_server.port, user=embedded.SUPERUSER, dbname=name, autocommit=True
    ) as session:
        session.execute("SET session_replication_role = replica")
        session.execute(sql, {"line": sealed[1]})
    found = ledger.check()
    assert not found.holds
    named = [(each.number, each.fault) for each in found.chain.faults]
    assert named[: len(faults)] == [(each.number, each.fault) for each in faults]
    if "consentseal WHERE" in sql:
        assert found.strays == (sealed[1],)


@pytest.mark.parametrize("role", [embedded.APP_ROLE, embedded.OWNER_ROLE])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE customers_consententry SET evidence = 'forged'",
        "DELETE FROM customers_consententry",
        "TRUNCATE customers_consententry CASCADE",
        "UPDATE customers_consentseal SET digest = hash",
        "DELETE FROM customers_consentseal",
        "TRUNCATE customers_consentseal",
    ],
)
@pytest.mark.usefixtures("sealed")
def test_the_database_lets_nobody_change_or_remove_a_line(role, sql):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    refusal = pytest.raises(DatabaseError, match=r"only added to|permission denied")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(sql)
    assert ledger.check().holds


def test_a_merge_keeps_both_histories_and_an_undo_gives_each_back():
    first, second = make.customer(), make.customer()
    say(first)
    say(second, answers={"calls": False}, way=Way.CALL)
    merged = operations.merge_customers(survivor_id=first.pk, gone_id=second.pk, actor=TESTER, now=NOW)
    assert [row.customer_id for row in ledger.ledger_of(TESTER, first.pk)] == [second.pk, first.pk]
    assert states(narrow(first), TODAY)["calls"].given is False
    say(first, answers={"sms": False}, way=Way.CALL, on=TODAY)
    operations.undo_merge(merge_id=merged.pk, actor=TESTER, now=NOW)
    assert [row.customer_id for row in ledger.ledger_of(TESTER, first.pk)] == [first.pk] * 2
    assert states(narrow(first), TODAY)["calls"].given is True
    # Nobody can tell which of the two it was who refused meanwhile.
    assert [states(narrow(card), TODAY)["sms"].given for card in (first, second)] == [False, False]


def merged(survivor, gone):
    return operations.merge_customers(survivor_id=survivor.pk, gone_id=gone.pk, actor=TESTER, now=NOW)


def undo(merge):
    operations.undo_merge(merge_id=merge.pk, actor=TESTER, now=NOW)


NO = {"answers": {"calls": False}, "way": Way.CALL, "on": TODAY, "evidence": ""}


def test_what_was_refused_before_a_merge_is_not_handed_over_by_its_undo():
    """The narrow rows are made anew with every word: their ids tell nothing of when it was said."""
    first, second = make.customer(), make.customer()
    say(first, **NO)
    merge = merged(first, second)
    say(first, answers={"email": True}, on=TODAY)
    undo(merge)
    assert [narrow(second), ledger.rows_of(second.pk, Purpose.ADVERTISING)] == [[], []]


def test_what_was_taken_back_as_a_mistake_is_not_handed_over():
    first, second = make.customer(), make.customer()
    merge = merged(first, second)
    operations.take_back(entry_id=say(first, **NO).pk, actor=TESTER, now=NOW)
    undo(merge)
    assert [narrow(second), ledger.rows_of(second.pk, Purpose.ADVERTISING)] == [[], []]


def test_what_is_taken_back_on_a_card_reaches_the_one_two_merges_above():
    lowest, middle, highest = make.customer(), make.customer(), make.customer()
    mistake = say(lowest, **NO)
    merged(middle, lowest)
    merged(highest, middle)
    assert states(narrow(highest), TODAY)["calls"] == InForce(given=False, on=TODAY)
    operations.take_back(entry_id=mistake.pk, actor=TESTER, now=NOW)
    said = states(ledger.rows_of(highest.pk, Purpose.ADVERTISING), TODAY)
    assert states(narrow(highest), TODAY) == states(narrow(middle), TODAY) == said


def test_a_stop_that_both_asked_for_stands_on_both_after_the_undo():
    first, second = make.customer(), make.customer()
    say(second, purpose=Purpose.CONTACT, answers={"calls": False}, way=Way.CALL, on=TODAY, evidence="Theirs")
    merge = merged(first, second)
    say(first, purpose=Purpose.CONTACT, answers={"calls": False}, way=Way.CALL, on=TODAY, evidence="Ours")
    undo(merge)
    stops = ChannelStop.objects.order_by("customer_id").values_list("customer_id", "channel", "note", "merge_id")
    assert list(stops) == [(first.pk, "call", "Ours", None), (second.pk, "call", "Theirs", None)]
