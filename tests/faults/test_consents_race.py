"""Writers and sealers of the ledger of consents meet: the chain has no holes, and a later no is never lost."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event

import pytest
from django.db import IntegrityError, connection, transaction
from tests import factories as make
from tests.faults.running import DEADLINE

from vernost.core.actor import system
from vernost.customers import operations
from vernost.customers.models import ConsentEntry, ConsentSeal, ConsentStatement
from vernost.customers.operations import Said, consents, sealing
from vernost.customers.queries import ledger
from vernost.customers.rules.consents import Purpose, Way

pytestmark = pytest.mark.django_db(transaction=True)

NOW = make.at(12)
TODAY = NOW.date()
TESTER = system("tests")


def say(customer, way=Way.PAPER, **answers):
    said = Said(Purpose.ADVERTISING, answers, way, TODAY, "Form 17")
    return operations.record_statement(customer_id=customer.pk, said=said, actor=TESTER, now=NOW).pk


def meet(barrier):
    """Wait for the other; where a lock keeps him out, go on without him."""
    with suppress(BrokenBarrierError):
        barrier.wait()


def at_once(*acts):
    def one(act):
        try:
            return act()
        except IntegrityError as refused:
            return type(refused).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        waiting = [pool.submit(one, act) for act in acts]
        return [each.result() for each in waiting]


def sealers_meet(monkeypatch):
    """Let two sealers, whom no lock keeps apart, have read the head before either writes."""
    for number in range(20):
        say(make.customer(name=f"Customer {number}"), calls=True)
    start, head = Barrier(2, timeout=30), ledger.head

    def both():
        found = head()
        meet(start)
        start.abort()  # they meet once: who looks again does not wait
        return found

    monkeypatch.setattr(ledger, "head", both)
    return at_once(*[lambda: operations.seal_consents(now=NOW)] * 2)


def test_sealers_take_turns():
    for number in range(20):
        say(make.customer(name=f"Customer {number}"), calls=True)
    assert sorted(at_once(*[lambda: operations.seal_consents(now=NOW)] * 3)) == [0, 0, 20]
    assert (ledger.check().holds, ConsentSeal.objects.count()) == (True, 20)


def test_control_without_the_lock_two_sealers_want_one_place(monkeypatch):
    monkeypatch.setattr(sealing, "alone", lambda: None)
    assert "IntegrityError" in sealers_meet(monkeypatch)


def test_a_line_that_commits_late_gets_its_place_late():
    """A smaller id that comes after greater ones were sealed is neither lost nor a fault."""
    slow, quick = make.customer(name="Slow"), make.customer(name="Quick")
    written, sealed = Event(), Event()

    def write_slowly():
        with transaction.atomic():
            line = say(slow, calls=True)
            written.set()
            sealed.wait(DEADLINE)
            return line

    def seal_meanwhile():
        written.wait(DEADLINE)
        line = say(quick, calls=True)
        operations.seal_consents(now=NOW)
        sealed.set()
        return line

    first, second = at_once(write_slowly, seal_meanwhile)
    assert first < second
    assert operations.seal_consents(now=NOW) == 1
    assert list(ConsentSeal.objects.order_by("number").values_list("entry_id", flat=True)) == [second, first]
    assert ledger.check().holds


def two_words(monkeypatch, patience):
    """Let two people write of one customer, each having read the ledger before the other's line is committed.

    Each waits for the other for so many seconds: where a lock keeps the second out, the first goes on alone.
    """
    customer = make.customer()
    start, end, show = Barrier(2, timeout=patience), Barrier(2, timeout=patience), consents.show

    def both(customer_id):
        meet(start)
        show(customer_id)
        meet(end)

    monkeypatch.setattr(consents, "show", both)
    at_once(lambda: say(customer, Way.CALL, calls=False), lambda: say(customer, Way.PAPER, calls=True))
    assert ConsentEntry.objects.count() == 2
    told = {(row.origin, row.answers["calls"]) for row in ledger.rows_of(customer.pk, Purpose.ADVERTISING)}
    return told, set(ConsentStatement.objects.values_list("origin", "calls"))


def test_of_two_words_at_once_the_gate_has_the_later(monkeypatch):
    told, narrow = two_words(monkeypatch, patience=0.5)
    assert (narrow, len(narrow)) == (told, 1)


def test_control_without_the_lock_the_gate_has_both(monkeypatch):
    monkeypatch.setattr(consents, "lock", int)
    told, narrow = two_words(monkeypatch, patience=30)
    assert (len(told), len(narrow)) == (1, 2)
