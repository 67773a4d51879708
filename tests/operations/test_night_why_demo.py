"""The answer to why is what the night of everybody has written, over invented dealers with all their dirt."""

from datetime import date
from random import Random

import pytest
from django.db import transaction
from tests.intake import run as run_import
from tests.nights import run as run_night

from vernost import demo, facts
from vernost.customers.models import Customer
from vernost.invitations import operations
from vernost.invitations.models import Decision, Programme
from vernost.invitations.queries import decisions, rules
from vernost.invitations.queries.narrow import narrowed
from vernost.invitations.queries.why import NOT_CANDIDATE, exact_answers, why
from vernost.vehicles.models import Ownership

DAY = date(2026, 3, 1)
SEED = 20261122


@pytest.fixture(scope="module")
def dealer(shared_rows, tmp_path_factory):  # noqa: ARG001 - lets it be committed
    decided(tmp_path_factory.mktemp("why"), customers=150)


def decided(tmp_path, *, customers):
    """Make a dealer's base and decide its day."""
    operations.ensure_standing_programmes()
    # A control group large enough to be met by chance.
    Programme.objects.update(control_share=1500)
    demo.generate(customers=customers, seed=SEED % 1000, until=DAY, out=tmp_path / "dealer")
    run_import(tmp_path / "dealer")
    run_night(DAY)


def record(customer_ids):
    """Return what the night has written of these customers: the reason, empty for an invited pair."""
    rows = Decision.objects.filter(until=None, customer_id__in=customer_ids)
    columns = ("customer_id", "programme__code", "vehicle_id", "anchor", "reason")
    return {(customer, code, car, anchor): reason for customer, code, car, anchor, reason in rows.values_list(*columns)}


def answered_together(con, question, customer_ids):
    """Return the same from the narrow decision of these customers, which does not look at the record."""
    few, keep = narrowed(con, question, customer_ids)
    decision = decisions.by_definition(few, question, keep=keep, explains=True)
    rows = exact_answers(con, few, decision, question, customer_ids, recorded=False)
    return {(row["customer_id"], row["programme"], row["vehicle_id"], row["anchor"]): row["reason"] for row in rows}


def answered_one_by_one(con, question, customer_ids):
    """Return the same from `why` itself, as it answers on the card and in the command line."""
    return {
        (customer_id, row.programme, row.vehicle_id, row.anchor): row.code
        for customer_id in customer_ids
        for row in why(con, question, customer_id, recorded=False)
        if row.state != NOT_CANDIDATE
    }


def pairs(customer_ids):
    """Count the triples (customer, car, programme) that are answered for."""
    return Ownership.objects.filter(customer_id__in=customer_ids, owned_until=None).count() * Programme.objects.count()


def chosen(count):
    found = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    return Random(SEED).sample(found, min(count, len(found)))


def in_groups(ids, size):
    return [ids[start : start + size] for start in range(0, len(ids), size)]


@pytest.mark.usefixtures("dealer")
def test_some_hundreds_of_pairs():
    con, question, asked = facts.connect(), rules.question(DAY), chosen(150)
    assert pairs(asked) > 1000
    found = {}
    for group in in_groups(asked, 60):
        found |= answered_together(con, question, group)
    assert found == record(asked)
    few = asked[:5]
    assert answered_one_by_one(con, question, few) == record(few)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ten_thousand_pairs_of_a_hundred_thousand_customers(tmp_path):
    decided(tmp_path, customers=100_000)
    con, question, asked = facts.connect(), rules.question(DAY), chosen(1100)
    expected = record(asked)
    assert pairs(asked) >= 10_000
    found = {}
    for group in in_groups(asked, 200):
        found |= answered_together(con, question, group)
    assert found == expected
    # Not of a few reasons only.
    assert len(set(expected.values())) >= 10
    few = asked[:40]
    assert answered_one_by_one(con, question, few) == record(few)


@pytest.mark.usefixtures("dealer")
def test_the_control_sees_one_wrong_reason():
    con, question, asked = facts.connect(), rules.question(DAY), chosen(40)
    answered = answered_together(con, question, asked)
    with transaction.atomic():
        one = Decision.objects.filter(customer_id__in=asked).earliest("pk")
        Decision.objects.filter(pk=one.pk).update(reason="blocked?")
        assert answered != record(asked)
        transaction.set_rollback(True)
    assert answered == record(asked)
