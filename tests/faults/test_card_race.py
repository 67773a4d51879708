"""Two people change one thing at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from tests import factories as make
from tests.faults.running import DEADLINE

from vernost.core.actor import system
from vernost.core.errors import DomainError
from vernost.customers.models import Customer, Household, HouseholdMember
from vernost.customers.operations import households, join_household
from vernost.vehicles import operations as vehicles
from vernost.vehicles.models import Ownership, Vehicle

pytestmark = pytest.mark.django_db(transaction=True)

NOW = make.at(12)
TESTER = system("tests")
DAY = date(2026, 5, 1)


def at_once(*acts):
    """Let the acts begin together; return the codes of what was refused, sorted, `done` for the others."""
    start = Barrier(len(acts))

    def outcome(act):
        try:
            start.wait(DEADLINE)
            act()
        except DomainError as refused:
            return refused.code
        except IntegrityError:
            return "integrity"
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(one.result() for one in [pool.submit(outcome, act) for act in acts])


def sell_to(buyer, car):
    return lambda: vehicles.begin_ownership(customer_id=buyer.pk, vehicle_id=car.pk, since=DAY, actor=TESTER, now=NOW)


def owners():
    return sorted(Ownership.objects.values_list("owned_from", "owned_until"), key=str)


def test_of_two_who_sell_a_car_at_once_one_is_told_so():
    car = make.vehicle(owner=make.customer(name="Seller"))
    buyers = [make.customer(name=f"Buyer {number}") for number in range(2)]
    assert at_once(*(sell_to(buyer, car) for buyer in buyers)) == ["done", "owned_later"]
    assert owners() == [(None, DAY), (DAY, None)]


def test_control_without_the_lock_both_write(monkeypatch):
    met = Barrier(2)

    def unlocked(vehicle_id):
        return Vehicle.objects.get(pk=vehicle_id)

    def checked(_car, _since):
        met.wait(DEADLINE)

    monkeypatch.setattr(vehicles, "lock_car", unlocked)
    monkeypatch.setattr(vehicles, "_check_later", checked)
    car = make.vehicle(owner=make.customer(name="Seller"))
    buyers = [make.customer(name=f"Buyer {number}") for number in range(2)]
    assert at_once(*(sell_to(buyer, car) for buyer in buyers)) == ["done", "integrity"]


def join(one, other):
    return lambda: join_household(customer_id=one.pk, other_id=other.pk, actor=TESTER, now=NOW)


def test_two_who_add_relatives_at_once_make_one_household():
    one, two = (make.customer(name=f"Ivanov {number}") for number in range(2))
    assert at_once(join(one, two), join(two, one)) == ["done", "done"]
    assert (Household.objects.count(), HouseholdMember.objects.count()) == (1, 2)


def test_control_without_the_lock_they_make_two(monkeypatch):
    met, standing = Barrier(2), households._standing

    def seen(*customer_ids):
        found = standing(*customer_ids)
        met.wait(DEADLINE)
        return found

    monkeypatch.setattr(households, "lock", lambda rows: rows)
    monkeypatch.setattr(households, "_standing", seen)
    one, two = (make.customer(name=f"Ivanov {number}") for number in range(2))
    assert at_once(join(one, two), join(one, two)) == ["done", "integrity"]
    assert Customer.objects.count() == 2
