"""A small dealership whose pivot is known by heart, with its mirror.

month 2026  branch  customer  car    works            revenue
January     Kazan   Ivanov    Haval  1000 + 500       1 500, by the invitation to maintenance
February    Kazan   Ivanov    Haval  1000 + 500       1 500
February    Samara  Reis      Chery  1000 + 500       1 500
March       Samara  Ivanov    Haval  1000 + 500       1 500
"""

import shutil
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace

from tests import factories, march

from vernost.facts import operations as mirror
from vernost.invitations.models import Attribution
from vernost.reports.queries import pivot
from vernost.reports.queries.pivot import store
from vernost.workshop.models import OrderLine

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def line(order, number, **more):
    values = {"kind": "labour", "name": "Work", "category": "Brakes", "amount": 1000, "cost": 400, "quantity": 1}
    return OrderLine.objects.create(order=order, line_no=number, **{**values, **more})


@contextmanager
def dealership():
    forget()
    kazan, samara = factories.branch(name="Казань"), factories.branch(name="Самара", vat=False)
    advisor = factories.advisor(branch=kazan, name="Мастер Олег")
    ivanov, company = factories.customer(name="Иванов Пётр"), factories.customer(name="ООО Рейс", kind="company")
    haval, chery = factories.vehicle(owner=ivanov), factories.vehicle(owner=company, make="Chery", model="Tiggo 7")
    programme = factories.programme(code="next_service", title="Очередное ТО")
    invitation = factories.invitation(programme=programme, branch=kazan, customer=ivanov, vehicle=haval)
    orders = []
    for month, branch, customer, vehicle in (
        (1, kazan, ivanov, haval),
        (2, kazan, ivanov, haval),
        (2, samara, company, chery),
        (3, samara, ivanov, haval),
    ):
        order = factories.order(
            branch=branch,
            customer=customer,
            vehicle=vehicle,
            opened_on=date(2026, month, 10),
            advisor=advisor if branch == kazan else None,
        )
        line(order, 1)
        line(order, 2, kind="part", category="Oil", amount=500, cost=300, quantity=4)
        orders.append(order)
    Attribution.objects.create(order=orders[0], invitation=invitation, through_appointment=False)
    mirror.rebuild(now=NOW)
    yield SimpleNamespace(kazan=kazan, samara=samara, ivanov=ivanov, haval=haval, chery=chery, orders=orders)
    forget()


def forget():
    march.forget()
    pivot.forget()
    shutil.rmtree(store.root(), ignore_errors=True)
