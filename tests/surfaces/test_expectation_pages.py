"""The pages of what is expected: empty before the first night, then the figures of the reports."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import factories, people

from vernost.core.actor import Role
from vernost.customers.models import Customer
from vernost.facts import operations as mirror
from vernost.reports import expectations, jobs
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"


def page(client, tab, **query):
    answer = client.get(reverse(f"office:analytics-{tab}"), query)
    assert answer.status_code == 200
    return answer


def test_the_night_fills_the_pages(client):
    today = timezone.localdate()
    kazan, samara = factories.branch(name="Казань"), factories.branch(name="Самара")
    customers = Customer.objects.bulk_create(Customer(full_name=f"Клиент {number}") for number in range(40))
    orders = []
    for number, customer in enumerate(customers):
        for back in (420 + 5 * number, 20 + 3 * number)[: 1 + number % 2]:
            on = today - timedelta(days=back)
            plain = {"kind": "repair", "status": "closed", "opened_on": on, "closed_on": on, "amount": 100}
            orders.append(RepairOrder(customer=customer, branch=kazan, **plain))
    RepairOrder.objects.bulk_create(orders)
    mirror.rebuild(now=timezone.now())
    people.signed_in(client)
    for tab in ("value", "load"):
        assert "Это считает ночной расчёт" in page(client, tab).text

    jobs.keep_expectations(timestamp=0)
    kept = expectations.kept()
    assert kept.as_of == today
    (branch,) = kept.load
    assert (branch["branch_id"], len(branch["days"])) == (kazan.pk, 56)

    models = page(client, "value").context["page"].tables
    assert [table.code for table in models] == ["models", "groups-simple_rate"]
    told = {row.title: ([cell.value for cell in row.cells], row.note) for row in models[0].rows}
    assert told["Простая частота"][0][:2] == [40, 20]
    assert told["MBG/NBD"] == ([None] * 6, "Оценить нельзя: никто не приезжал дважды")

    weeks = page(client, "load").context["page"].tables
    assert [table.code for table in weeks] == ["load"]
    assert [row.title for row in weeks[0].rows] == ["Казань"]
    of_branch = page(client, "load", branch=kazan.pk).context["page"].tables
    assert [(table.code, len(table.rows)) for table in of_branch] == [("load", 1), ("days", 56)]
    assert page(client, "load", branch=samara.pk).context["page"].tables[0].rows == []
    assert page(client, "load", branch=kazan.pk, format="xlsx", table="days").content[:2] == b"PK"


def test_a_manager_of_another_branch_does_not_see_the_load(client):
    kazan, samara = factories.branch(name="Казань"), factories.branch(name="Самара")
    on = timezone.localdate() - timedelta(days=1)
    RepairOrder.objects.create(kind="repair", status="closed", opened_on=on, closed_on=on, branch=kazan)
    mirror.rebuild(now=timezone.now())
    jobs.keep_expectations(timestamp=0)
    people.signed_in(client, Role.MANAGER, samara)
    assert page(client, "load").context["page"].tables[0].rows == []
