"""A base of some years drawn by lot, the same each time: who comes to which branch, how often and for how much."""

import random
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests import factories, march

from vernost.accounts.models import Branch, Employee
from vernost.customers.models import Customer
from vernost.sales.models import Deal
from vernost.vehicles.models import Ownership, Vehicle
from vernost.workshop.models import OrderLine, RepairOrder

CUSTOMERS = 90
MAKES = ("Haval", "Chery", "Lada")
WORKS = (("oil_service", "maintenance"), ("brakes",), ("tyres", "wash"), ("engine",))


@dataclass
class Base:
    kazan: Branch
    samara: Branch


def made(until):
    """Make the rows: customers begin in the five years before `until`; some never come, some are blocked."""
    lot = random.Random(7)
    kazan, samara = factories.branch(name="Казань"), factories.branch(name="Самара")
    advisors = {
        home.pk: Employee.objects.create(branch=home, name=name, role="advisor")
        for home, name in ((kazan, "Алия"), (samara, "Борис"))
    }
    for number in range(CUSTOMERS):
        home = lot.choice((kazan, samara))
        blocked = (
            {"blocked": True, "blocked_on": until - timedelta(days=lot.randrange(400))} if lot.random() < 0.05 else {}
        )
        owner = Customer.objects.create(
            full_name=f"Клиентов {number}",
            sort_key=f"клиентов {number}",
            kind="company" if lot.random() < 0.2 else "person",
            **blocked,
        )
        car = Vehicle.objects.create(
            make=lot.choice(MAKES), model="One", year=until.year - lot.randrange(8), branch=home
        )
        Ownership.objects.create(vehicle=car, customer=owner)
        day = until - timedelta(days=lot.randrange(5 * 365))
        if lot.random() < 0.6:
            Deal.objects.create(
                kind="new",
                status="won",
                customer=owner,
                vehicle=car,
                branch=home,
                opened_on=day,
                closed_on=day,
                amount=900_000,
            )
        while lot.random() < 0.85 and day <= until:
            branch = home if lot.random() < 0.85 else lot.choice((kazan, samara))
            _order(lot, owner, car, branch, day, advisors[branch.pk] if number % 3 else None)
            day += timedelta(days=lot.choice((30, 90, 180, 365, 420, 600)) + lot.randrange(20))
    return Base(kazan, samara)


def _order(lot, owner, car, branch, day, advisor):
    amount = lot.randrange(1, 60) * 1_000
    kind = lot.choice(("maintenance", "repair", "warranty"))
    order = RepairOrder.objects.create(
        branch=branch,
        customer=owner,
        vehicle=car,
        advisor=advisor,
        opened_on=day,
        closed_on=day,
        status="closed",
        kind=kind,
        amount=amount,
        cost=amount // 2,
        mileage_km=None,
    )
    works = lot.choice(WORKS)
    OrderLine.objects.bulk_create(
        OrderLine(order=order, line_no=place, name=work, category=work, amount=amount // len(works))
        for place, work in enumerate(works, 1)
    )


@contextmanager
def shown(until):
    """A base with its mirror."""
    base = made(until)
    march.build(datetime.fromisoformat(f"{until}T20:00:00+00:00"))
    yield base
    march.forget()
