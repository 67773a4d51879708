"""Merges meet each other, operators and those who write to the card at that moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier, Event

import pytest
from django.db import IntegrityError, connection, transaction
from tests import factories as make
from tests import people
from tests.faults.running import DEADLINE

from vernost.calls import operations as calls
from vernost.core.actor import Role, system
from vernost.core.errors import DomainError
from vernost.customers import operations
from vernost.customers.models import ContactAddress, Customer, CustomerMerge, DuplicatePair
from vernost.customers.operations import CardEntry, duplicates, merging, moving
from vernost.customers.queries.looks import look_at
from vernost.invitations.models import Invitation
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

NOW = make.at(12)
TESTER = system("tests")


def outcome(act, *args):
    """Return what came of it; a refusal as its code."""
    try:
        return act(*args)
    except DomainError as refused:
        return refused.code
    except IntegrityError as refused:
        return type(refused).__name__
    finally:
        connection.close()


def at_once(*acts):
    with ThreadPoolExecutor(len(acts)) as pool:
        waiting = [pool.submit(outcome, act) for act in acts]
        return [one.result() for one in waiting]


def merge(survivor, gone, **more):
    return operations.merge_customers(survivor_id=survivor.pk, gone_id=gone.pk, actor=TESTER, now=NOW, **more).pk


@pytest.fixture
def cards():
    return [make.customer(name=f"Ivanov {number}") for number in range(3)]


def standing():
    return sorted(CustomerMerge.objects.filter(undone_at=None).values_list("gone_id", flat=True))


def meet_after_the_look(monkeypatch):
    """Let both merges have read the cards before either writes."""
    start, busy = Barrier(2), moving.is_busy

    def both(*args):
        start.wait(DEADLINE)
        return busy(*args)

    monkeypatch.setattr(moving, "is_busy", both)


def crosswise(cards):
    first, second, _third = cards
    return at_once(lambda: merge(first, second), lambda: merge(second, first))


def test_two_merges_crosswise_are_one(cards):
    answers = crosswise(cards)
    assert sorted(str(answer) for answer in answers if isinstance(answer, str)) == ["customer_gone"]
    assert len(standing()) == 1
    assert Customer.objects.filter(merged_into=None).count() == 2


def test_control_without_the_lock_both_cards_are_gone(cards, monkeypatch):
    monkeypatch.setattr(merging, "lock", lambda rows: rows)
    meet_after_the_look(monkeypatch)
    assert all(isinstance(answer, int) for answer in crosswise(cards))
    assert Customer.objects.filter(merged_into=None).count() == 1


def test_one_card_goes_into_one_of_two(cards):
    first, second, third = cards
    order = make.order(customer=third)
    answers = at_once(lambda: merge(first, third), lambda: merge(second, third))
    assert sorted(str(answer) for answer in answers if isinstance(answer, str)) == ["customer_gone"]
    into = Customer.objects.get(pk=third.pk).merged_into_id
    assert (standing(), RepairOrder.objects.get(pk=order.pk).customer_id) == ([third.pk], into)


def test_an_operator_takes_him_or_he_is_merged(cards):
    """Who has him on the line keeps him; who comes a moment later gets the card that stands."""
    first, second, _third = cards
    branch = make.branch()
    operators = [people.user(Role.OPERATOR, branch).as_actor() for _number in range(4)]
    invitation = make.invitation(programme=make.programme(), branch=branch, customer=second)

    def take(actor):
        taken = calls.next_customer(actor=actor, now=NOW)
        return taken.pk if taken else None

    answers = at_once(lambda: merge(first, second), *(lambda actor=actor: take(actor) for actor in operators))
    held = Invitation.objects.get(pk=invitation.pk)
    if answers[0] == "customer_busy":
        assert (held.customer_id, held.state) == (second.pk, "in_progress")
    else:
        assert held.customer_id == first.pk


def test_whom_an_operator_has_on_the_line_keeps_his_card(cards):
    first, second, _third = cards
    branch = make.branch()
    operator = people.user(Role.OPERATOR, branch).as_actor()
    make.invitation(programme=make.programme(), branch=branch, customer=second)
    calls.next_customer(actor=operator, now=NOW)
    with pytest.raises(operations.CustomerBusy):
        merge(first, second)


def written_while_merging(cards):
    """Write an order for the second card while it is being merged: it is told to go on before the merge ends."""
    first, second, _third = cards
    moved, written = Event(), Event()

    def write():
        moved.wait(DEADLINE)
        with transaction.atomic():
            make.order(customer=second)
        written.set()

    def merge_slowly():
        with transaction.atomic():
            merge(first, second)
            moved.set()
            # With the lock the other waits for us, so this only gives him time to come.
            written.wait(timeout=0.5)

    at_once(merge_slowly, write)
    return first


def test_what_was_being_written_to_the_card_comes_along(cards):
    first = written_while_merging(cards)
    operations.follow_merges()
    assert RepairOrder.objects.get().customer_id == first.pk


def test_control_without_following_it_stays_with_the_card_that_is_gone(cards):
    first = written_while_merging(cards)
    assert RepairOrder.objects.get().customer_id != first.pk


def changed_while_deciding(cards):
    """Merge by what was seen while somebody's change of the second card is being written; return what came of it."""
    first, second, _third = cards
    seen, written, decided = look_at([first.pk, second.pk]), Event(), Event()

    def change():
        with transaction.atomic():
            entry = CardEntry(kind="person", last_name="Petrova", first_name="Anna")
            operations.change_customer(customer_id=second.pk, entry=entry, actor=TESTER, now=NOW)
            written.set()
            # With the lock the merge waits for us, so this only gives it time to come.
            decided.wait(timeout=0.5)

    def decide():
        written.wait(timeout=5)
        return merge(first, second, seen=seen)

    answer, _changed = at_once(decide, change)
    decided.set()
    return answer


def test_who_decides_while_a_card_is_being_changed_is_told(cards):
    assert changed_while_deciding(cards) == "cards_changed"
    assert standing() == []


def test_control_without_the_lock_another_card_is_merged_than_was_seen(cards, monkeypatch):
    monkeypatch.setattr(merging, "lock", lambda rows: rows)
    assert isinstance(changed_while_deciding(cards), int)
    gone = Customer.objects.get(pk=cards[1].pk)
    assert (gone.full_name, gone.merged_into_id) == ("Petrova Anna", cards[0].pk)


@pytest.mark.parametrize(("turn", "judged"), [(1, [True, False]), (2, [True, True])])
def test_no_certain_pair_is_merged_by_what_it_was_before(cards, monkeypatch, turn, judged):
    """A card is changed after the pair was judged, and before it is merged: another night judges it anew."""
    first, second, _third = cards
    Customer.objects.update(first_name="Sergey", middle_name="", birth_date=date(1980, 5, 1))
    DuplicatePair.objects.create(left=first, right=second, score=0.9999, agreement={"phones": 9.0}, found_at=NOW)
    judge, found = duplicates.are_one, []

    def changed_after(*both):
        found.append(judge(*both))
        if len(found) == turn:
            ContactAddress.objects.filter(customer=second).update(value="+79030000001")
        return found[-1]

    monkeypatch.setattr(duplicates, "are_one", changed_after)
    assert (operations.merge_certain(actor=TESTER, now=NOW), found, standing()) == (0, judged, [])
    monkeypatch.undo()
    ContactAddress.objects.filter(customer=second).update(value="+79171234567")
    assert operations.merge_certain(actor=TESTER, now=NOW) == 1
