"""A trial price whose result is known by heart, with the mirror of it.

100 customers of Kazan (trial, 3 300 ₽ an hour) and 100 of Samara (usual, 3 000 ₽), a Haval of 2019 each. All came in
July 2025; of the first ones, in an hour's work each that costs 1 000 ₽:

                    Kazan            Samara
September 2024      50 came          50 came
September 2025      40 came          60 came
margin of a car     920, was 1 000   1 200, was 1 000
"""

import shutil
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

from tests import factories, march

from vernost.facts import operations as mirror
from vernost.reports.operations import PriceTestEntry
from vernost.reports.queries import pivot
from vernost.reports.queries.pivot import store
from vernost.reports.rules.price_test import Draw
from vernost.workshop.models import OrderLine

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ARM = 100
CAME = {"Казань": (50, 40, 3300), "Самара": (50, 60, 3000)}


@contextmanager
def dealership():
    forget()
    branches = {name: factories.branch(name=name, vat=False) for name in CAME}
    for name, (before, now, price) in CAME.items():
        for number in range(ARM):
            customer = factories.customer(name=f"{name} {number}", phones=())
            car = factories.vehicle(owner=customer, year=2019, plate="")
            days = [(date(2025, 7, 10), 0, 0)]
            days += [(date(2024, 9, 10), 3000, 1000)] if number < before else []
            days += [(date(2025, 9, 10), price, 1000)] if number < now else []
            for on, amount, cost in days:
                order = factories.order(branch=branches[name], customer=customer, vehicle=car, opened_on=on)
                values = {"kind": "labour", "name": "Work", "quantity": 1, "amount": amount, "cost": cost}
                OrderLine.objects.create(order=order, line_no=1, **values)
    mirror.rebuild(now=NOW)
    yield SimpleNamespace(kazan=branches["Казань"], samara=branches["Самара"])
    forget()


def forget():
    march.forget()
    pivot.forget()
    shutil.rmtree(store.root(), ignore_errors=True)


def entry(*, test, control=(), **more):
    values = {
        "title": "Старше пяти лет",
        "make": "Haval",
        "model": "",
        "age_from": 5,
        "age_to": None,
        "segment_code": "",
        "draw": Draw.BRANCHES,
        "test_branches": frozenset(branch.pk for branch in test),
        "control_branches": frozenset(branch.pk for branch in control),
        "share": 5000,
        "price_before": Decimal(3000),
        "price_trial": Decimal(3300),
        "starts_on": date(2025, 9, 1),
        "ends_on": date(2025, 10, 31),
        "guardrail": Decimal(10),
    }
    return PriceTestEntry(**{**values, **more})
