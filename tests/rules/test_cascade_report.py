"""The rows of the cascade's report: cuts, late documents, sums that close."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from tests.rules import histories
from tests.rules.histories import Customer, Visit

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.core.actor import Actor
from vernost.reports.asked import Asked
from vernost.reports.catalogue import PeriodReversed
from vernost.reports.catalogue.cascade import Cascade, months

load_fact_tables()

GROUP = Actor("system:test", branch_ids=None)


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    monkeypatch.setattr(Asked, "settings", RuleSettings())


def told(rows, *, actor=GROUP, **params):
    con = facts.of_rows(rows)
    return list(Cascade().rows(con, Cascade.Params(**params), actor=actor))


def base():
    """One came in January, one in February, whose order was imported in April."""
    rows = histories.tables([Customer([Visit(date(2026, 1, 10))]), Customer([Visit(date(2026, 2, 20))])])
    rows["orders"][1]["known_on"] = date(2026, 4, 1)
    return rows


def test_a_late_document_is_told_in_its_own_column():
    period = {"from_": date(2025, 12, 31), "to": date(2026, 4, 15)}
    found = told(base(), **period, by="month", late=True)
    assert [(row["month"], row["opening"], row["new"], row["closing"], row["late"]) for row in found] == [
        ("2026-01", 0, 1, 1, 0),
        ("2026-02", 1, 1, 2, 1),
        ("2026-03", 2, 0, 2, 1),
        ("2026-04", 2, 0, 2, 0),
    ]
    (then,) = told(base(), **period, known_on=date(2026, 3, 31))
    assert (then["opening"], then["new"], then["closing"]) == (0, 1, 1)


@pytest.mark.parametrize(
    ("after", "to", "expected"),
    [
        (date(2026, 1, 30), date(2026, 3, 1), [1, 2, 3]),
        (date(2026, 1, 31), date(2026, 3, 1), [2, 3]),
        (date(2026, 1, 31), date(2026, 1, 31), []),
        (date(2026, 12, 1), date(2026, 12, 2), [12]),
    ],
)
def test_months_are_those_with_a_day_after_the_first_one(after, to, expected):
    assert [month.month for month in months(after, to)] == expected


def test_months_and_branches_make_the_whole():
    customers = [
        Customer([Visit(date(2025, 1, 5), 1), Visit(date(2026, 2, 1), 2), Visit(date(2026, 2, 9), 1)]),
        Customer([Visit(date(2025, 1, 5), None), Visit(date(2025, 6, 5), 2)], blocked_on=date(2026, 2, 3)),
    ]
    rows = histories.tables(customers) | {"branches": [{"branch_id": n, "ref": f"B{n}"} for n in (1, 2)]}
    period = {"from_": date(2025, 3, 31), "to": date(2026, 2, 28)}
    (total,) = told(rows, **period)
    assert total == {
        "opening": 2,
        "new": 0,
        "returned": 1,
        "moved_in": 0,
        "slept": 1,
        "blocked": 1,
        "moved_out": 0,
        "closing": 1,
    }
    branches = told(rows, **period, by="branch")
    assert [row["branch"] for row in branches] == ["", "B1", "B2"]
    by_month = told(rows, **period, by="month")
    assert all(before["closing"] == after["opening"] for before, after in pairwise(by_month))
    for name in ("new", "returned", "slept", "blocked"):
        assert sum(row[name] for row in by_month) == sum(row[name] for row in branches) == total[name]
    assert sum(row["closing"] for row in branches) == by_month[-1]["closing"] == total["closing"]
    mine = told(rows, actor=replace(GROUP, branch_ids=frozenset({1})), **period, by="branch")
    assert mine == [row for row in branches if row["branch"] == "B1"]


def test_a_reversed_period_is_refused():
    with pytest.raises(PeriodReversed):
        told(base(), from_=date(2026, 2, 2), to=date(2026, 2, 1))
