"""A change is taken back twice at the same moment, or while somebody changes the same."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event

import pytest
from django.db import connection
from tests import factories as make
from tests import people
from tests.faults.test_card_race import at_once

from vernost.accounts import operations as accounts
from vernost.accounts import queries, roles, undoing
from vernost.accounts.models import AuditRecord
from vernost.accounts.rules import Grants
from vernost.core.actor import Role
from vernost.customers.models import Customer
from vernost.customers.operations import CardEntry, change_customer
from vernost.vehicles import operations as vehicles
from vernost.vehicles.operations import CarEntry

pytestmark = pytest.mark.django_db(transaction=True)

NOW = make.at(12)
DEFAULT = 15


@pytest.fixture
def boss():
    return people.user(Role.ADMINISTRATOR).as_actor()


def moved_to(customer, city, actor):
    entry = CardEntry(kind="person", last_name="Ivanov", first_name="Sergey", city=city)
    change_customer(customer_id=customer.pk, entry=entry, actor=actor, now=NOW)


def leased(minutes, actor):
    accounts.save_settings(values={"lease_minutes": minutes}, actor=actor, now=NOW)


def granted(reach, actor):
    roles.save_role(code="operator", grants=Grants({"reports.view": reach}), actor=actor, now=NOW)


def granted_to_operators():
    return roles.role("operator").rights.reach("reports.view")


def undo(line, actor):
    return lambda: undoing.undo(record_id=line, actor=actor, now=NOW)


def latest():
    return AuditRecord.objects.latest("pk").pk


def changes(actor):
    """Change a customer, a car, a rule, a role; return the lines that say so."""
    customer, car = make.customer(name="Ivanov Sergey"), make.vehicle()
    moved_to(customer, "Kazan", actor)
    lines = [latest()]
    entry = CarEntry(make=car.make, model=car.model, plate="А001АА16")
    vehicles.change_car(vehicle_id=car.pk, entry=entry, actor=actor, now=NOW)
    lines.append(latest())
    leased(20, actor)
    lines.append(latest())
    granted("group", actor)
    return [*lines, latest()]


def undone():
    return AuditRecord.objects.filter(action="undone").count()


def unlocked(monkeypatch, after):
    """Let nobody wait for anybody; `after` is called when it has been seen that nothing has come after a change."""
    seen = undoing.later

    def later(records, actor):
        found = seen(records, actor)
        after()
        return found

    ways = {way.code: replace(way, lock=None) for way in undoing.undos}
    monkeypatch.setattr(undoing, "undos", ways)
    monkeypatch.setattr(undoing, "later", later)


def test_of_two_who_take_the_same_back_one_is_told_so(boss):
    for line in changes(boss):
        assert at_once(undo(line, boss), undo(line, boss)) == ["done", "not_undone"]
    assert undone() == 4


def test_control_without_the_lock_both_take_it_back(boss, monkeypatch):
    for line in changes(boss):
        unlocked(monkeypatch, Barrier(2).wait)
        assert at_once(undo(line, boss), undo(line, boss)) == ["done", "done"]
        monkeypatch.undo()
    assert undone() == 8


def test_what_somebody_writes_meanwhile_is_not_taken_back(boss):
    customer_line, _car, rule_line, role_line = changes(boss)
    customer = Customer.objects.get()
    assert at_once(undo(customer_line, boss), lambda: moved_to(customer, "Samara", boss))[0] == "done"
    assert at_once(undo(rule_line, boss), lambda: leased(25, boss))[0] == "done"
    assert at_once(undo(role_line, boss), lambda: granted("branch", boss))[0] == "done"
    customer.refresh_from_db()
    now = (customer.city, queries.rule_settings().lease_minutes, granted_to_operators())
    assert now == ("Samara", 25, "branch")


def test_control_without_the_lock_it_is_lost(boss, monkeypatch):
    customer_line, _car, rule_line, role_line = changes(boss)
    customer = Customer.objects.get()
    for line, write in (
        (customer_line, lambda: moved_to(customer, "Samara", boss)),
        (rule_line, lambda: leased(25, boss)),
        (role_line, lambda: granted("branch", boss)),
    ):
        looked, written = Event(), Event()

        def between(looked=looked, written=written):
            looked.set()
            written.wait(10)

        def taken_back(line=line):
            undo(line, boss)()
            connection.close()

        unlocked(monkeypatch, between)
        with ThreadPoolExecutor(1) as pool:
            back = pool.submit(taken_back)
            assert looked.wait(10)
            write()
            written.set()
            back.result()
        monkeypatch.undo()
    customer.refresh_from_db()
    assert (customer.city, queries.rule_settings().lease_minutes, granted_to_operators()) == ("", DEFAULT, None)
