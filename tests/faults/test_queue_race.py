"""Many operators ask at the same moment; each gets somebody of his own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from tests import factories as make
from tests import people

from vernost.calls import operations
from vernost.calls.operations import CallResult
from vernost.calls.queries import queue
from vernost.contacts.rules import Outcome
from vernost.core.actor import Role
from vernost.core.prepared import Prepared
from vernost.invitations.models import ContactAttempt, Invitation, InvitationEvent

pytestmark = pytest.mark.django_db(transaction=True)

NOW = make.at(12)
OPERATORS = 12


@pytest.fixture
def operators():
    branch, service = make.branch(), make.programme()
    for _number in range(OPERATORS + 3):
        make.invitation(programme=service, branch=branch)
    return [people.user(Role.OPERATOR, branch).as_actor() for _number in range(OPERATORS)]


def all_at_once(act, those):
    start = Barrier(len(those))

    def one(who):
        start.wait()
        try:
            return act(who)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(those)) as pool:
        return list(pool.map(one, those))


def take(actor):
    taken = operations.next_customer(actor=actor, now=NOW)
    return taken.pk if taken else None


def test_no_two_operators_get_the_same_customer(operators):
    taken = all_at_once(take, operators)
    assert len(set(taken)) == OPERATORS
    held = dict(Invitation.objects.filter(state="in_progress").values_list("pk", "leased_by_id"))
    assert held == {pk: actor.user_id for pk, actor in zip(taken, operators, strict=True)}


def test_control_without_the_lock_they_do(operators, monkeypatch):
    """The meeting is between choosing and writing, where the lock stands otherwise."""
    start, unlocked = Barrier(OPERATORS), queue.lock_first
    monkeypatch.setattr(queue, "TO_BE_TAKEN", Prepared(lambda: queue.to_be_taken(locked=False)))
    monkeypatch.setattr(queue, "lock_first", lambda *args, **more: (unlocked(*args, **more), start.wait())[0])
    taken = all_at_once(take, operators)
    assert len(set(taken)) < OPERATORS


def test_the_last_customer_goes_to_one(operators):
    last = Invitation.objects.first().pk
    Invitation.objects.exclude(pk=last).update(state="declined")
    taken = all_at_once(take, operators)
    assert sorted(taken, key=str) == sorted([last, *[None] * (OPERATORS - 1)], key=str)


def test_two_cars_of_a_person_go_to_one(operators):
    owner = Invitation.objects.first().customer
    Invitation.objects.update(customer=owner)
    taken = all_at_once(take, operators)
    assert sum(pk is not None for pk in taken) == 1


def test_double_click_of_save_and_next_has_one_effect(operators):
    actor, key = operators[0], uuid4()
    invitation = operations.next_customer(actor=actor, now=NOW)

    def save(_number):
        recorded, following = operations.save_and_next(
            invitation_id=invitation.pk, result=CallResult(Outcome.NO_ANSWER), key=key, actor=actor, now=NOW
        )
        return recorded, following.pk

    first, *others = all_at_once(save, range(3))
    assert others == [first, first]
    assert ContactAttempt.objects.count() == 1
    assert Invitation.objects.filter(leased_by_id=actor.user_id, state="in_progress").count() == 1
    assert InvitationEvent.objects.filter(invitation=invitation).count() == 2
