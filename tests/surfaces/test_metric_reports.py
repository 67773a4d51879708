"""What the command line tells of the base: reports of customers, from the database to the last column."""

from datetime import date
from itertools import pairwise

import pytest
from tests import command_line
from tests.command_line import told
from tests.nights import TODAY, branch, order, person

from vernost.customers.models import Customer
from vernost.workshop.models import RepairOrder

DAY = f"{TODAY}"


@pytest.fixture(scope="module", autouse=True)
def base(shared_rows):  # noqa: ARG001 - lets it be committed
    """C-1 has come three times, lately elsewhere; C-2 sleeps; C-3 is blocked; C-4 never came."""
    kazan, samara = (branch(name=name) for name in ("Kazan", "Samara"))
    first = person(1, branch=kazan, serviced_on=date(2026, 3, 1), margin=1000)[1]
    order(first, date(2026, 3, 2), external_id="O-11", amount="2000.50", cost=500)
    order(first, date(2026, 11, 20), external_id="O-12", amount=300)
    RepairOrder.objects.filter(external_id="O-12").update(branch=samara)
    person(2, branch=kazan, serviced_on=date(2025, 11, 1), margin=500)
    person(3, branch=samara, serviced_on=date(2026, 9, 1), margin=100)
    Customer.objects.filter(external_id="C-3").update(blocked_on=date(2026, 10, 1))
    person(4, branch=kazan, serviced_on=None)


@pytest.fixture(autouse=True)
def installation(monkeypatch):
    command_line.on_this_database(monkeypatch)


def test_every_customer_has_all_figures():
    document = told("report", "customers", "--as-of", DAY)
    assert document["as_of"] == DAY
    rows = {row["customer_id"]: row for row in document["rows"]}
    assert list(rows) == ["C-1", "C-2", "C-3", "C-4"]
    estimated = {"p_alive", "expected_visits", "risks"}
    assert {name: value for name, value in rows["C-1"].items() if name not in estimated} == {
        "customer_id": "C-1",
        "state": "new",
        "dna_code": "Н-Н",
        "last_visit_on": "2026-11-20",
        "visits": 3,
        "revenue": "3300.50",
        "margin": "2205.32",
        "cumulative_margin": "2205.32",
        "r": 1,
        "f": 1,
        "m": 1,
        "abc": "A",
    }
    assert [(row["state"], row["dna_code"], row["abc"]) for row in rows.values()] == [
        ("new", "Н-Н", "A"),
        ("sleeping", "Н-Н-У", "C"),
        ("blocked", "Б", "C"),
        ("prospect", "П", "C"),
    ]
    assert [(row["r"], row["f"], row["m"]) for row in rows.values()] == [(1, 1, 1), (4, 2, 2), (2, 2, 4), (None,) * 3]


def test_the_cascade_closes_in_every_cut():
    period = ["--from", "2026-01-01", "--to", DAY]
    (total,) = told("report", "cascade", *period)["rows"]
    flows = {"opening": 1, "new": 2, "returned": 0, "moved_in": 0, "slept": 1, "blocked": 1, "moved_out": 0}
    assert total == {**flows, "closing": 1}
    branches = told("report", "cascade", *period, "--by", "branch")["rows"]
    assert [(row["opening"], row["new"], row["moved_in"], row["moved_out"], row["closing"]) for row in branches] == [
        (1, 1, 0, 1, 0),
        (0, 1, 1, 0, 1),
    ]
    months = told("report", "cascade", *period, "--by", "month")["rows"]
    assert [row["month"] for row in months] == [f"2026-{month:02}" for month in range(1, 12)]
    assert (months[0]["opening"], months[-1]["closing"]) == (1, 1)
    assert all(before["closing"] == after["opening"] for before, after in pairwise(months))
    assert {name: sum(row[name] for row in months) for name in ("new", "slept", "blocked")} == {
        "new": 2,
        "slept": 1,
        "blocked": 1,
    }


def test_a_day_before_the_import_knows_only_the_first_one():
    period = ["--from", "2026-01-01", "--to", DAY]
    known = told("report", "cascade", *period, "--known-on", "2026-06-01")["rows"]
    assert known == told("report", "cascade", *period)["rows"]
