"""The pages of what is expected: empty before they are counted, then the figures of the reports."""

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone
from tests import factories, people

from vernost.core.actor import Role
from vernost.customers.models import Customer
from vernost.facts import operations as mirror
from vernost.reports import expectations, jobs
from vernost.segments.jobs import day_begun
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"


def page(client, tab, **query):
    answer = client.get(reverse(f"office:analytics-{tab}"), query)
    assert answer.status_code == 200
    return answer


def test_a_job_fills_the_pages(client):
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
        assert "Это считается в фоне: через несколько минут после первой загрузки" in page(client, tab).text

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
    # Of a branch the same models speak of its own customers.
    of_samara = page(client, "value", branch=samara.pk).context["page"].tables[0].rows
    assert [row.title for row in of_samara] == ["BG/NBD", "MBG/NBD"]
    for row in (*models[0].rows, *models[1].rows):
        for cell in row.cells:
            if cell.url:
                found = client.get(cell.url).context["found"]
                figure = {"decimal": found.count / row.cells[0].value, "share": found.count / row.cells[0].value}
                assert float(cell.value) == pytest.approx(figure.get(cell.kind, found.count), abs=1e-6), row.title
    assert [bool(cell.url) for cell in models[1].rows[0].cells] == [True, True, False, True, False]

    weeks = page(client, "load").context["page"].tables
    assert [table.code for table in weeks] == ["load"]
    assert [row.title for row in weeks[0].rows] == ["Казань"]
    of_branch = page(client, "load", branch=kazan.pk).context["page"].tables
    assert [(table.code, len(table.rows)) for table in of_branch] == [("load", 1), ("days", 56)]
    assert page(client, "load", branch=samara.pk).context["page"].tables[0].rows == []
    file = page(client, "load", branch=kazan.pk, format="xlsx", table="days").content
    rows = [*openpyxl.load_workbook(io.BytesIO(file)).active.iter_rows(values_only=True)][-56:]
    assert [row[1:4] for row in rows] == [
        tuple(round(day[name], 1) for name in ("hours", "low", "high")) for day in branch["days"]
    ]
    # Figures open: those of a week their days, those of a day the book of the reception.
    assert weeks[0].rows[0].cells[0].url == f"{reverse('office:analytics-load')}?branch={kazan.pk}#t-days"


def test_a_manager_of_another_branch_does_not_see_the_load(client):
    kazan, samara = factories.branch(name="Казань"), factories.branch(name="Самара")
    on = timezone.localdate() - timedelta(days=1)
    RepairOrder.objects.create(kind="repair", status="closed", opened_on=on, closed_on=on, branch=kazan)
    mirror.rebuild(now=timezone.now())
    jobs.keep_expectations(timestamp=0)
    people.signed_in(client, Role.MANAGER, samara)
    assert page(client, "load").context["page"].tables[0].rows == []


def test_a_base_that_comes_by_day_is_counted_on_that_day(client):
    today = timezone.localdate()
    on = today - timedelta(days=1)
    jobs.keep_expectations(timestamp=0)
    assert expectations.kept() is None
    mirror.rebuild(now=timezone.now())
    jobs.keep_expectations(timestamp=0)
    assert expectations.kept().load == []

    kazan = factories.branch(name="Казань")
    RepairOrder.objects.create(kind="repair", status="closed", opened_on=on, closed_on=on, branch=kazan)
    mirror.rebuild(now=timezone.now())
    jobs.keep_expectations(timestamp=0)
    (branch,) = expectations.kept().load
    assert branch["branch_id"] == kazan.pk
    people.signed_in(client)
    assert [row.title for row in page(client, "load").context["page"].tables[0].rows] == ["Казань"]


def test_a_day_is_counted_once_also_where_its_night_was_slept_through():
    on = timezone.localdate()
    RepairOrder.objects.create(
        kind="repair", status="closed", opened_on=on, closed_on=on, branch=factories.branch(name="Казань")
    )
    mirror.rebuild(now=timezone.now())
    expectations.keep(as_of=on - timedelta(days=3))
    expectations.follow(on=on)
    assert expectations.kept().as_of == on
    expectations.follow(on=on - timedelta(days=1))
    assert expectations.kept().as_of == on


@pytest.mark.parametrize(
    ("night_at", "local", "day"),
    [
        ("03:00", datetime(2026, 11, 24, 2, 29), date(2026, 11, 23)),  # noqa: DTZ001 - a wall clock
        ("03:00", datetime(2026, 11, 24, 2, 30), date(2026, 11, 24)),  # noqa: DTZ001 - as above
        ("03:00", datetime(2026, 11, 24, 18, 0), date(2026, 11, 24)),  # noqa: DTZ001 - as above
        ("00:15", datetime(2026, 11, 24, 23, 44), date(2026, 11, 23)),  # noqa: DTZ001 - as above
        ("00:15", datetime(2026, 11, 24, 23, 45), date(2026, 11, 24)),  # noqa: DTZ001 - as above
    ],
)
def test_the_day_begins_half_an_hour_before_its_night(night_at, local, day):
    assert day_begun(local, night_at) == day
