"""The metric `value` over a base in memory: the expression says what the arrays say, and falls back with words."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from tests.rules.base import Base
from tests.simulated import mean_amounts, purchase_days

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.segments import metrics
from vernost.segments.rules.value import base as bases
from vernost.segments.rules.value import kept, plain, prediction
from vernost.segments.rules.value.simple import SimpleRate

TODAY = date(2026, 11, 30)
COUNT = 1500
TRUTH = (1.2, 60.0, 0.6, 2.0)


def filled(days):
    """A mirror with these visit days: (customer, days ago, margin); customer 0 has never come."""
    con = facts.of_rows({"customers": [{"customer_id": n} for n in range(max(row[0] for row in days) + 1)]})
    numbers, ago, margin = (pa.array(column, pa.int64()) for column in zip(*days, strict=True))
    given = pa.table({"customer_id": numbers, "ago": ago, "margin": margin})
    con.con.register("given", given)
    con.con.execute(
        "INSERT INTO visit_days SELECT customer_id, $1::DATE - ago::INT, NULL, margin, true FROM given ORDER BY ALL",
        [TODAY],
    )
    return con


@pytest.fixture(scope="module")
def con():
    number, ago = purchase_days("mbg_nbd", TRUTH, count=COUNT, weeks=400, seed=5)
    means = mean_amounts((4.0, 3.5, 300_000.0), np.full(COUNT, 5), seed=5).astype(int)
    days = zip((number + 1).tolist(), ago.tolist(), means[number].tolist(), strict=True)
    return filled(list(days))


def told(con, as_of=TODAY):
    found = metrics.discover()["value"].of(con, as_of, RuleSettings())
    rows = con.to_pyarrow(found.order_by("customer_id")).to_pylist()
    return {row.pop("customer_id"): row for row in rows}


@pytest.fixture(autouse=True)
def forgotten():
    yield
    kept.read_by(lambda _day: None)


def test_the_history_of_a_customer_is_that_of_the_fine_print():
    base = Base()
    base.visit(date(2026, 9, 7), customer_id=1, branch_id=1, margin=500)
    base.visit(date(2026, 9, 21), customer_id=1, branch_id=1, margin=300)
    base.visit(date(2026, 9, 21), customer_id=1, branch_id=2, margin=50)
    base.visit(date(2026, 11, 2), customer_id=1, branch_id=1, margin=250)
    base.visit(date(2026, 12, 1), customer_id=1, branch_id=1, margin=9000)
    base.visit(date(2026, 11, 2), customer_id=2, branch_id=1, margin=70)
    mirror = facts.of_rows(base.rows, built=True)
    rows = mirror.to_pyarrow(bases.histories(mirror, TODAY).order_by("customer_id")).to_pylist()
    assert rows == [
        {"customer_id": 1, "frequency": 2, "recency_days": 56, "age_days": 84, "mean": 300.0},
        {"customer_id": 2, "frequency": 0, "recency_days": 0, "age_days": 28, "mean": 0.0},
    ]


def test_the_metric_says_what_the_models_say(con):
    known = bases.summary_of(bases.histories(con, TODAY))
    visits, money = bases.speaking(con, TODAY)
    assert visits.kind == "mbg_nbd"
    expected = prediction.predict(visits, known, 365 / 7)
    amounts = prediction.amounts(money, known)
    rows = told(con)
    assert rows.pop(0) == {"p_alive": None, "expected_visits": None, "expected_margin": None}
    found = {name: np.array([row[name] for row in rows.values()]) for name in rows[1]}
    assert found["p_alive"] == pytest.approx(expected.p_alive)
    assert found["expected_visits"] == pytest.approx(expected.visits)
    assert np.abs(found["expected_margin"] - expected.visits * amounts).max() <= 0.5


def test_a_day_of_the_past_knows_nothing_of_what_came_after(con):
    then = TODAY - timedelta(days=365)
    whole = told(con, then)
    con.con.execute('CREATE OR REPLACE TEMP TABLE later AS SELECT * FROM visit_days WHERE "on" > $1', [then])
    con.con.execute('DELETE FROM visit_days WHERE "on" > $1', [then])
    try:
        assert told(con, then) == whole
    finally:
        con.con.execute("INSERT INTO visit_days SELECT * FROM later")


def test_the_held_out_year_is_foretold(con):
    """The truth is planted, so the whole must come out; of groups only the large ones."""
    fit = bases.estimate(con, TODAY)
    found = fit.test
    assert found.expected == pytest.approx(found.actual, rel=0.1)
    assert found.brier < fit.tests["simple_rate"].assessment.brier
    for group in found.groups:
        if group.customers > 150:
            assert group.expected_to_come == pytest.approx(group.came, abs=0.1)


def test_what_the_night_has_kept_is_used_while_the_base_is_the_same(con):
    told_now = told(con)
    stored = plain.written(bases.estimate(con, TODAY))
    assert plain.speaking(stored) == bases.speaking(con, TODAY)
    stored["visits"]["r"] *= 2
    kept.read_by(lambda day: stored if day == TODAY else None)
    assert told(con) != told_now
    assert told(con, TODAY - timedelta(days=1)) != told_now
    stored["customers"] = COUNT // 2
    assert told(con) == told_now


def test_a_base_of_strangers_falls_back_to_a_simple_rate():
    con = filled([(number, 100 + number, 1000) for number in range(1, 60)] + [(1, 10, 4000)])
    visits, money = bases.speaking(con, TODAY)
    weeks = sum(range(101, 160)) / 7
    assert visits == SimpleRate(1 / weeks, 59)
    assert money.mean == 4000
    rows = told(con)
    assert rows[0] == {"p_alive": None, "expected_visits": None, "expected_margin": None}
    # Once more in 101 days: (1 + m 52)/(101/7 + 52) a week; the margin of a visit (4 000 + 3 x 4 000)/4.
    a_year = (1 + 52 / weeks) / (101 / 7 + 52) * 365 / 7
    assert rows[1]["p_alive"] is None
    assert rows[1]["expected_visits"] == pytest.approx(a_year)
    assert rows[1]["expected_margin"] == round(a_year * 4000)


def test_an_empty_base_has_rows_of_nothing():
    con = facts.of_rows({"customers": [{"customer_id": 7}]})
    assert told(con) == {7: {"p_alive": None, "expected_visits": None, "expected_margin": None}}
