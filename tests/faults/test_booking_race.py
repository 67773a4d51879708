"""Two customers, one place: what keeps them apart, each guard with its control.

The trio of pretix: without locks both succeed, with locks one, with locks under REPEATABLE READ both
again (its snapshot is older than the lock). Bookings run as READ COMMITTED.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier, BrokenBarrierError
from uuid import uuid4

import pytest
from django.db import connection, transaction
from tests import factories as make

from vernost.accounts.models import Branch
from vernost.core.actor import system
from vernost.core.errors import DomainError
from vernost.workshop import operations, rules
from vernost.workshop.models import OCCUPYING, Appointment
from vernost.workshop.operations import Booking, appointments

pytestmark = pytest.mark.django_db(transaction=True)

NOW = make.at(9, day=date(2026, 11, 23))
ACTOR = system("race")


@pytest.fixture
def branch():
    return make.branch(bays=1)


@pytest.fixture
def _no_constraint():
    """Take the exclusion constraint away, so that only the locks are left."""
    constraint = next(c for c in Appointment._meta.constraints if c.name == "no_two_appointments_in_a_bay")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Appointment, constraint)
    yield
    Appointment.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Appointment, constraint)


@pytest.fixture
def _no_lock(monkeypatch):
    monkeypatch.setattr(appointments, "lock_branch", lambda branch_id, _actor: Branch.objects.get(pk=branch_id))


def both(act, patience):
    """Run `act` twice at the same moment; the two meet after they have counted and before they write.

    Each waits for the other for so many seconds: where a lock keeps the second out, the first goes on alone.
    """
    meeting = Barrier(2, timeout=patience)

    def one(_number):
        try:
            return act(meeting)
        except DomainError as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))


def meet(meeting):
    try:
        meeting.wait()
    except BrokenBarrierError:
        return  # the other one waits for our lock


@pytest.fixture
def booking_both(branch, monkeypatch):
    insert = appointments._insert

    def run(before=lambda: None, patience=1):
        def act(meeting):
            monkeypatch.setattr(appointments, "_insert", lambda row: (meet(meeting), insert(row)))
            with transaction.atomic():
                before()
                booking = Booking(branch.pk, make.at(10), None, None, Decimal(1))
                return operations.book(booking=booking, key=uuid4(), actor=ACTOR, now=NOW).status

        results = both(act, patience)
        return Counter(str(result) for result in results), Appointment.objects.count()

    return run


@pytest.mark.usefixtures("_no_constraint", "_no_lock")
def test_control_without_lock_and_constraint_both_get_the_place(booking_both):
    assert booking_both(patience=30) == ({"booked": 2}, 2)


@pytest.mark.usefixtures("_no_constraint")
def test_the_lock_alone_gives_it_to_one(booking_both):
    assert booking_both() == ({"booked": 1, str(rules.NoPlaceLeft): 1}, 1)


@pytest.mark.usefixtures("_no_lock")
def test_the_constraint_alone_gives_it_to_one(booking_both):
    assert booking_both() == ({"booked": 1, str(rules.NoPlaceLeft): 1}, 1)


@pytest.mark.usefixtures("_no_constraint")
def test_control_under_repeatable_read_the_lock_is_not_enough(booking_both):
    meeting = Barrier(2, timeout=30)

    def stale_snapshot():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert not Appointment.objects.exists()
        meet(meeting)

    assert booking_both(stale_snapshot) == ({"booked": 2}, 2)


def test_bookings_run_as_read_committed():
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


def test_the_same_key_at_the_same_moment_books_once(branch):
    key = uuid4()

    def act(_meeting):
        booking = Booking(branch.pk, make.at(10), None, None, Decimal(1))
        return operations.book(booking=booking, key=key, actor=ACTOR, now=NOW).pk

    first, second = both(act, patience=1)
    assert first == second
    assert Appointment.objects.count() == 1


@pytest.mark.slow
def test_many_clients_never_overbook():
    """20 480 operations; at the end every acknowledged booking is there, and each branch was full and never fuller."""
    branches = _branches()
    acknowledged = _many_clients(branches, steps=320, days=7)
    stored = dict(Appointment.objects.values_list("pk", "status"))
    assert stored == acknowledged
    assert [_most_at_once(branch) for branch in branches] == [branch.bays for branch in branches]


@pytest.mark.slow
@pytest.mark.usefixtures("_no_constraint", "_no_lock")
def test_control_many_clients_overbook_without_lock_and_constraint():
    branches = _branches()
    _many_clients(branches, steps=10, days=1)
    assert max(_most_at_once(branch) - branch.bays for branch in branches) > 0


def _branches():
    return [make.branch(name=f"Branch {bays}", bays=bays) for bays in (1, 2, 3)]


def _many_clients(branches, *, steps, days):
    """Let 64 clients, 16 of them at a time, do things with the places of some days; return what they were told."""
    acknowledged: dict[int, str] = {}

    def client(seed):
        chance, mine = random.Random(seed), []
        try:
            for _step in range(steps):
                _act(chance, days, mine, branches, acknowledged)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(client, range(64))) == [None] * 64
    return acknowledged


def _most_at_once(branch):
    taken = list(Appointment.objects.filter(branch=branch, status__in=OCCUPYING))
    return max(sum(other.starts_at <= row.starts_at < other.ends_at for other in taken) for row in taken)


def _act(chance, days, mine, branches, acknowledged):
    branch = chance.choice(branches)
    start = make.at(9 + chance.randrange(10), day=date(2026, 11, 24) + timedelta(days=chance.randrange(days)))
    what = chance.random()
    try:
        if mine and what < 0.2:
            pk = mine.pop(chance.randrange(len(mine)))
            operations.cancel(appointment_id=pk, actor=ACTOR, now=NOW)
            acknowledged[pk] = "cancelled"
        elif mine and what < 0.4:
            operations.move(
                appointment_id=chance.choice(mine), branch_id=branch.pk, starts_at=start, actor=ACTOR, now=NOW
            )
        else:
            booking = Booking(branch.pk, start, None, None, Decimal(chance.choice(["0.5", "1", "1.5"])))
            made = operations.book(booking=booking, key=uuid4(), actor=ACTOR, now=NOW)
            mine.append(made.pk)
            acknowledged[made.pk] = "booked"
    except DomainError:
        return
