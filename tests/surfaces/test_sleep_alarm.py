"""The manager is told that more customers than usual fell asleep: judged by the night, shown on his home page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import command_line, factories, people
from tests.command_line import told

from vernost.customers.models import Customer
from vernost.facts import operations as mirror
from vernost.segments import day_files, jobs, sleep_alarms
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

WEEKS, A_WEEK, USUALLY = 40, 30, 10


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"


def base(sunday, branches):
    """Of 30 who came each week of a year ago 20 came again; of those of the last week hardly anybody did."""
    customers = Customer.objects.bulk_create(
        Customer(full_name=f"{branch} {number}") for branch in branches for number in range(WEEKS * A_WEEK)
    )
    orders = []
    for number, customer in enumerate(customers):
        branch, place = branches[number // (WEEKS * A_WEEK)], number % (WEEKS * A_WEEK)
        week, within = divmod(place, A_WEEK)
        came = sunday - timedelta(days=366 + 7 * week + place % 7)
        again = within >= (USUALLY if week or branch != branches[0] else 27)
        for on in [came, came + timedelta(days=300)] if again else [came]:
            plain = {"kind": "repair", "status": "closed", "opened_on": on, "closed_on": on, "amount": 100}
            orders.append(RepairOrder(customer=customer, branch=branch, **plain))
    RepairOrder.objects.bulk_create(orders)


def tasks(client):
    return [task.words for task in client.get(reverse("office:home")).context["tasks"] if "уснул" in task.words]


def test_a_jump_of_the_last_week_is_told_to_the_managers_of_its_branch(client, monkeypatch):
    today = timezone.localdate()
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    kazan, samara = factories.branch(name="Казань"), factories.branch(name="Самара")
    base(sunday, [kazan, samara])
    mirror.rebuild(now=timezone.now())
    people.signed_in(client)
    assert tasks(client) == []
    jobs.watch_sleeping(timestamp=0)
    (words,) = tasks(client)
    assert words.startswith("Казань: за неделю по ")
    assert words.endswith("уснули 27 клиентов, обычно — 10")
    assert sleep_alarms.alarms([samara.pk], on=today) == []
    assert sleep_alarms.alarms([kazan.pk], on=today)[0].slept == 27
    # News grow old.
    assert sleep_alarms.alarms(None, on=today + timedelta(days=30)) == []

    command_line.on_this_database(monkeypatch)
    rows = {row["slept"]: row for row in told("report", "sleep-alarm", "--as-of", f"{today}")["rows"]}
    assert {
        slept: (row["at_risk"], row["usual_share"], row["alarm"], row["enough"]) for slept, row in rows.items()
    } == {27: (30, round(1 / 3, 6), True, True), 10: (30, round(1 / 3, 6), False, True)}
    assert rows[27]["week"] == f"{sunday - timedelta(days=6)}"
    assert day_files.read("sleep_alarms")["ended"] == f"{sunday}"
