"""The alarm of the flow into sleeping: what is counted, planted jumps, and how rarely a quiet base cries."""

from datetime import date, timedelta

import numpy as np
import pytest
from tests.rules.base import Base

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.segments.rules import control, sleeping
from vernost.segments.rules.control import Judgement
from vernost.segments.sleep_alarms import Week, weeks

MONDAY = date(2026, 11, 30)
SETTINGS = RuleSettings()


def quiet(chance, *, weeks=105, of=120, share=0.35, extra=0.0):
    """Weeks of unlike size, twice as many in season; `extra` lets the share itself vary."""
    size = chance.poisson(of * (1 + 0.5 * np.sin(np.arange(weeks) / 52 * 2 * np.pi))).astype(float)
    shares = np.clip(share + extra * chance.standard_normal(weeks), 0.01, 0.99)
    return chance.binomial(size.astype(int), shares).astype(float), size


@pytest.mark.parametrize("extra", [0.0, 0.06])
def test_of_a_thousand_quiet_weeks_hardly_one_gives_an_alarm(extra):
    """The rate is told by the message: three sigmas to one side are 1.35 in a thousand where shares are bell curves."""
    chance = np.random.default_rng(11)
    told = [control.judge(*quiet(chance, extra=extra)) for _series in range(1000)]
    rate = sum(each.is_alarm for each in told) / len(told)
    assert all(each.is_enough for each in told)
    assert rate <= 0.006, f"false alarms: {rate:.4f} a week"


def test_a_planted_jump_is_found():
    chance = np.random.default_rng(12)
    found = 0
    for _series in range(200):
        slept, of = quiet(chance)
        slept[-1] = chance.binomial(int(of[-1]), 0.6)
        found += control.judge(slept, of).is_alarm
    assert found / 200 >= 0.98


def test_twice_the_flow_in_twice_the_season_is_no_alarm():
    slept, of = np.full(60, 40.0), np.full(60, 100.0)
    slept[-1], of[-1] = 80, 200
    assert control.judge(slept, of).is_alarm is False


def test_a_tiny_or_a_young_branch_says_that_it_has_not_enough():
    tiny = control.judge(np.array([1.0] * 60 + [6.0]), np.array([4.0] * 60 + [6.0]))
    young = control.judge(np.full(20, 40.0), np.full(20, 100.0))
    nobody = control.judge(np.array([]), np.array([]))
    assert tiny == Judgement(1.0, 0.25, None, is_alarm=False, is_enough=False)
    assert young == Judgement(0.4, None, None, is_alarm=False, is_enough=False)
    assert nobody == Judgement(None, None, None, is_alarm=False, is_enough=False)


def test_the_example_of_the_page():
    """docs/algorithms/control-limits.md: 30 weeks of 100 with 20 and 24 in turn, then 35 of 100."""
    cases = np.array([20.0, 24.0] * 15 + [35.0])
    told = control.judge(cases, np.full(31, 100.0))
    assert (told.usual, round(told.limit or 0, 3), told.is_alarm) == (0.22, 0.344, True)


def test_a_past_alarm_does_not_become_the_custom():
    slept, of = np.full(60, 20.0), np.full(60, 100.0)
    slept[::2] += 3
    calm = control.judge(slept, of)
    slept[40] = 90
    assert control.judge(slept, of).limit == pytest.approx(calm.limit, abs=0.01)


def visited(base, customer, *days, branch=1):
    for on in days:
        base.visit(on, customer_id=customer, branch_id=branch, vehicle_id=None)


def test_slept_are_those_of_the_cascade_and_at_risk_who_came_a_year_before():
    sunday = sleeping.last_sunday(MONDAY)
    assert (sunday, sleeping.last_sunday(sunday), sleeping.last_sunday(date(2026, 12, 5))) == (
        date(2026, 11, 29),
        sunday,
        sunday,
    )
    base = Base()
    asleep_on = timedelta(days=SETTINGS.sleep_after_days + 1)
    for customer in (1, 2, 3, 4):
        base.customer(customer)
    visited(base, 1, sunday - asleep_on)
    visited(base, 2, sunday - timedelta(days=6) - asleep_on, date(2026, 3, 1))
    visited(base, 3, sunday - timedelta(days=7) - asleep_on, branch=2)
    visited(base, 4, sunday + timedelta(days=1) - asleep_on)
    con = facts.of_rows(base.rows, built=True)
    rows = [con.to_pyarrow(each).to_pylist() for each in sleeping.flows(con, MONDAY, SETTINGS)]
    flows = sleeping.series(*rows)
    assert {branch: (slept.tolist(), at_risk.tolist()) for branch, (slept, at_risk) in flows.items()} == {
        1: ([1.0], [2.0]),
        2: ([1.0, 0.0], [1.0, 0.0]),
    }
    assert weeks(con, con, MONDAY, SETTINGS) == [
        Week(1, sunday, 1, 2, 0.5, None, None, is_alarm=False, is_enough=False),
        Week(2, sunday, 0, 0, None, None, None, is_alarm=False, is_enough=False),
    ]
