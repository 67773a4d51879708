"""How long the sign-in stays closed, and when somebody reads the base through."""

from datetime import UTC, datetime, timedelta

import pytest

from vernost.accounts.rules import harvest, lockout
from vernost.accounts.rules.harvest import Harvest

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "closed"),
    [(1, None), (2, None), (3, 15), (5, 15), (6, 120), (9, 120), (10, 1440), (500, 1440)],
)
def test_steps(failures, closed):
    wait = lockout.wait([(failures, NOW)], NOW)
    assert wait == (None if closed is None else timedelta(minutes=closed))


def test_it_opens_by_itself():
    assert lockout.wait([(3, NOW - timedelta(minutes=15))], NOW) is None
    assert lockout.wait([(3, NOW - timedelta(minutes=14))], NOW) == timedelta(minutes=1)


def test_addresses_are_counted_together_and_old_ones_forgotten():
    minute = timedelta(minutes=1)
    assert lockout.wait([(2, NOW - minute), (1, NOW - 2 * minute)], NOW) == timedelta(minutes=14)
    assert lockout.wait([(2, NOW), (9, NOW - timedelta(hours=25))], NOW) is None
    assert lockout.wait([], NOW) is None


@pytest.mark.parametrize(
    ("cards", "state"),
    [(299, Harvest.USUAL), (300, Harvest.ALERT), (600, Harvest.ALERT), (601, Harvest.STOPPED)],
)
def test_harvest(cards, state):
    assert harvest.judged(cards) is state


@pytest.mark.parametrize(
    ("people", "state"),
    [(999, Harvest.USUAL), (1_000, Harvest.ALERT), (2_000, Harvest.ALERT), (2_001, Harvest.STOPPED)],
)
def test_harvest_by_pages(people, state):
    assert harvest.judged_shown(people) is state
