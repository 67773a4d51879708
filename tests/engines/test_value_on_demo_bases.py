"""Expected visits of dealerships that live by rules of their own, not by the model: how good they are, and honest."""

from datetime import date

import pytest
from tests.engines import demo_base

from vernost.segments.rules.value import base as bases

UNTIL = date(2026, 6, 30)


@pytest.fixture(scope="module", params=[221])
def con(request, tmp_path_factory):
    made = demo_base.make(tmp_path_factory.mktemp("demo"), customers=6000, seed=request.param, until=UNTIL)
    made.con.con.execute(
        """CREATE TEMP TABLE visit_days AS
           SELECT customer_id, "on", branch_id, sum(coalesce(margin, 0))::BIGINT AS margin,
                  row_number() OVER (PARTITION BY customer_id, "on" ORDER BY branch_id) = 1 AS first
             FROM visits WHERE customer_id IS NOT NULL GROUP BY customer_id, "on", branch_id"""
    )
    return made.con


def test_a_held_out_year_is_foretold_better_than_by_a_rate(con):
    fit = bases.estimate(con, UNTIL)
    found, simple = fit.test, fit.tests["simple_rate"].assessment
    assert fit.chosen.kind == "mbg_nbd"
    assert found.expected == pytest.approx(found.actual, rel=0.1)
    assert found.mae < 0.8 * simple.mae
    assert found.brier < 0.6 * simple.brier
    once = found.groups[0]
    assert once.expected_to_come == pytest.approx(once.came, abs=0.08)
