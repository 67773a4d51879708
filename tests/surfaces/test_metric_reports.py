"""What the command line tells of the base: reports of customers, from the database to the last column."""

import dataclasses
from datetime import date
from itertools import pairwise

import pytest
from tests import command_line
from tests.command_line import refused, told, vernost
from tests.nights import TODAY, at, branch, order, person

from vernost import facts
from vernost.accounts.models import Branch
from vernost.core.actor import Actor, system
from vernost.customers.models import Customer
from vernost.facts import arrays
from vernost.reports import catalogue
from vernost.segments import operations as segments
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
        "fields": {},
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


def test_a_period_has_two_days_and_ends_with_the_day_it_is_asked_for():
    for report in ("cascade", "funnel", "operators"):
        assert refused("report", report, "--to", DAY)[0] == 2
        assert refused("report", report, "--from", DAY, "--to", "2026-01-01")[0] == 2
    whole = ["--from", "2026-01-01", "--to", DAY]
    assert told("report", "cascade", *whole, "--as-of", DAY) == told("report", "cascade", *whole)
    earlier = told("report", "cascade", "--from", "2026-01-01", "--to", "2026-03-31")
    assert told("report", "cascade", *whole, "--as-of", "2026-03-31") == earlier


def test_a_csv_without_rows_has_its_header():
    found = vernost("report", "effect", "--as-of", DAY, "--format", "csv")
    assert (found.exit_code, found.stdout) == (0, ",".join(catalogue.discover()["effect"].columns) + "\n")


def test_a_day_before_the_import_knows_only_the_first_one():
    period = ["--from", "2026-01-01", "--to", DAY]
    known = told("report", "cascade", *period, "--known-on", "2026-06-01")["rows"]
    assert known == told("report", "cascade", *period)["rows"]


REPORTS = {
    "rfm": [],
    "matrix": [],
    "overlay": ["--by", "code"],
    "abc": ["--by", "vehicle", "--measure", "margin"],
    "cohorts": ["--of", "vehicle", "--start", "sale"],
    "retention": [],
    "lost": ["--since", "2026-01-01"],
    "upcoming": ["--weeks", "4"],
    "basket": ["--minimum", "1"],
    "offers": ["--customer", "C-1"],
    "sources": [],
    "risks": ["--since", "2026-01-01"],
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_one_document_with_its_columns(name):
    document = told("report", name, "--as-of", DAY, *REPORTS[name])
    assert document["as_of"] == DAY
    columns = catalogue.discover()[name].columns
    assert {tuple(row) for row in document["rows"]} <= {columns}


def test_who_came_in_the_window_has_scores_and_the_matrix_counts_them_all():
    rows = told("report", "rfm", "--as-of", DAY)["rows"]
    assert [(row["customer_id"], row["rfm"], row["group"]) for row in rows] == [
        ("C-1", "1-1-1", "cream"),
        ("C-3", "2-2-4", "between"),
        ("C-2", "4-2-2", "between"),
    ]
    matrix = told("report", "matrix", "--as-of", DAY)["rows"]
    assert len(matrix) == 25
    assert sum(cell["customers"] for cell in matrix) == 3
    overlay = told("report", "overlay", "--as-of", DAY)["rows"]
    assert [(cell["state"], cell["rfm"], cell["customers"], cell["monetary"]) for cell in overlay] == [
        ("blocked", "between", 1, "100.00"),
        ("new", "cream", 1, "3300.50"),
        ("prospect", None, 1, "0.00"),
        ("sleeping", "between", 1, "500.00"),
    ]


def test_who_sleeps_is_lost_since_a_day():
    (row,) = told("report", "lost", "--as-of", DAY)["rows"]
    assert (row["customer_id"], row["last_visit_on"], row["slept_on"]) == ("C-2", "2025-11-01", "2026-11-02")
    assert told("report", "lost", "--as-of", DAY, "--since", "2026-11-03")["rows"] == []


def test_maintenance_is_due_in_its_week():
    weeks = told("report", "upcoming", "--as-of", "2026-10-26", "--weeks", "2")["rows"]
    assert [(row["week"], row["vehicles"], row["customers"]) for row in weeks] == [
        ("2026-10-26", 1, 1),
        ("2026-11-02", 0, 0),
    ]


def test_sources_and_retention_of_the_last_month():
    found = told("report", "sources", "--as-of", DAY)["rows"]
    assert [(row["source"], row["customers"], row["active"]) for row in found] == [
        ("sales", 0, 0),
        ("service", 3, 1),
        ("neither", 1, 0),
    ]
    retention = {row["definition"]: row for row in told("report", "retention", "--as-of", DAY)["rows"]}
    assert retention["customers_12"] == {
        "definition": "customers_12",
        "month": "2026-11",
        "base": 1,
        "kept": 0,
        "share": 0.0,
        "revenue_kept": "0.00",
        "revenue_lost": "500.00",
    }


def test_a_manager_of_a_branch_counts_his_own():
    told("report", "lost", "--as-of", DAY)  # brings the mirror up to the base
    con, kazan = facts.connect(), Branch.objects.get(name="Kazan")
    manager = Actor("user:kazan", frozenset({kazan.pk}))

    def rows(code, **params):
        report = catalogue.discover()[code]
        return list(report.rows(con, report.Params(**params), actor=manager))

    customers = {row["customer_id"]: row for row in rows("customers", as_of=TODAY)}
    assert list(customers) == ["C-1", "C-2"]
    assert customers["C-1"]["last_visit_on"] == date(2026, 3, 2)
    (total,) = rows("cascade", from_=date(2026, 1, 1), to=TODAY)
    assert (total["opening"], total["new"], total["slept"], total["moved_out"], total["closing"]) == (1, 1, 1, 1, 0)
    (branch_row,) = rows("cascade", from_=date(2026, 1, 1), to=TODAY, by="branch")
    assert {name: branch_row[name] for name in total} == total


def test_reports_over_arrays_say_what_the_definitions_say():
    period = ["--from", "2026-01-01", "--to", DAY]
    asked = [
        ["customers", "--as-of", DAY],
        *(["cascade", *period, *by] for by in ([], ["--by", "branch"], ["--by", "month"])),
    ]
    by_definition = [told("report", *words) for words in asked]
    arrays.of()
    assert [told("report", *words) for words in asked] == by_definition


def test_a_segment_leaves_its_customers_in_every_report():
    came = {"attribute": "visits", "operator": "at_least", "value": 1, "within": {"days": 100}}
    saved = segments.save_segment(segment_id=None, title="Came", rule=came, actor=system("test"), now=at(TODAY))
    chosen = ["--as-of", DAY, "--segment", saved.code]
    assert [row["customer_id"] for row in told("report", "customers", *chosen)["rows"]] == ["C-1", "C-3"]
    assert [row["customer_id"] for row in told("report", "rfm", *chosen)["rows"]] == ["C-1", "C-3"]
    assert [row["id"] for row in told("report", "abc", *chosen, "--by", "vehicle")["rows"]] == ["V-1", "V-3"]
    (model,) = told("report", "abc", *chosen, "--by", "model")["rows"]
    assert (model["id"], model["value"]) == ("Lada Vesta", "3400.50")
    (total,) = told("report", "cascade", "--from", "2026-01-01", "--to", DAY, "--segment", saved.code)["rows"]
    assert (total["opening"], total["new"], total["slept"], total["blocked"], total["closing"]) == (0, 2, 0, 1, 1)
    assert {row["definition"]: row["base"] for row in told("report", "retention", *chosen)["rows"]} == {
        "customers_12": 0,
        "vehicles_12": 0,
        "customers_13": 0,
        "customers_paid_12": 0,
    }
    for name, words in REPORTS.items():
        assert isinstance(told("report", name, *chosen, *words)["rows"], list)


# What is told of nobody: these figures are 0, and a report that is not here has no rows.
OF_NOBODY = {
    "cascade": {"opening", "new", "returned", "slept", "blocked", "closing"},
    "forecast": {"booked", "due", "hours"},
    "funnel": {"targeted", "attempts", "held_out"},
    "matrix": {"customers", "monetary"},
    "retention": {"base", "kept"},
    "sources": {"customers", "active"},
    "upcoming": {"vehicles", "customers", "hours"},
    "price-test": {"test", "control"},
    "value": {"customers"},
}


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(report, marks=pytest.mark.slow if report.code == "odometer-backtest" else (), id=report.code)
        for report in catalogue.discover()
    ],
)
def test_every_report_takes_a_segment(report):
    """One that forgets it would tell of everybody where nobody is asked for."""
    nobody = {"attribute": "visits", "operator": "at_least", "value": 1000}
    saved = segments.save_segment(segment_id=None, title="Empty", rule=nobody, actor=system("test"), now=at(TODAY))
    fields = {field.name for field in dataclasses.fields(report.Params)}
    assert "segment" in fields
    days = ["--as-of", DAY] if "as_of" in fields else ["--from", "2026-01-01", "--to", DAY]
    if report.code == "price-test":
        kazan = Branch.objects.get(name="Kazan")
        days += ["--start", "2026-06-01", "--end", "2026-07-31", "--test", f"vernost:{kazan.pk}"]
    rows = told("report", report.code, *days, "--segment", saved.code)["rows"]
    figures = OF_NOBODY.get(report.code, set())
    assert {float(row[name] or 0) for row in rows for name in figures} <= {0.0}
    assert bool(rows) <= bool(figures)


def test_a_segment_that_is_not_there_is_named():
    code, said = refused("report", "customers", "--as-of", DAY, "--segment", "nobody")
    assert code == 2
    assert "nobody" in said
