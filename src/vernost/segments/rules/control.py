"""Whether a week's share is out of control: a p'-chart.

Laney (2002), "Improved Control Charts for Attributes", Quality Engineering 14(4): the z-scores of a p-chart are
themselves put on a chart of individual values, whose sigma is the mean moving range / 1.128. So weeks of unlike size
are compared fairly, and a base whose shares vary by more than chance gives no false alarms.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST_WEEKS: Final = 26
MOST_WEEKS: Final = 104
SIGMAS: Final = 3.0
# With fewer expected cases, or fewer expected others, a share is no bell curve and nobody is told anything.
FEWEST_CASES: Final = 5.0
_RANGE_TO_SIGMA: Final = 1.128


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of the last week: its share, the usual one, the limit above it; `is_enough` False: too little to judge by."""

    share: float | None
    usual: float | None
    limit: float | None
    is_alarm: bool
    is_enough: bool


def judge(cases: Floats, of: Floats) -> Judgement:
    """Judge the last week by those before it: `cases` out of `of` in each, oldest first."""
    share = float(cases[-1] / of[-1]) if len(of) and of[-1] > 0 else None
    before, among = cases[:-1][-MOST_WEEKS:], of[:-1][-MOST_WEEKS:]
    before, among = before[among > 0], among[among > 0]
    if share is None or len(before) < FEWEST_WEEKS:
        return Judgement(share, None, None, is_alarm=False, is_enough=False)
    usual, sigma = _usual(before, among)
    calm = np.abs(_scores(before, among, usual)) <= SIGMAS * sigma
    if calm.sum() >= FEWEST_WEEKS:
        # A past alarm must not become the custom.
        usual, sigma = _usual(before[calm], among[calm])
    if min(usual, 1 - usual) * of[-1] < FEWEST_CASES:
        return Judgement(share, usual, None, is_alarm=False, is_enough=False)
    limit = usual + SIGMAS * sigma * float(np.sqrt(usual * (1 - usual) / of[-1]))
    return Judgement(share, usual, min(limit, 1.0), is_alarm=share > limit, is_enough=True)


def _usual(cases: Floats, of: Floats) -> tuple[float, float]:
    """Return the share of all weeks together, and how much more than by chance they vary (1 at least)."""
    usual = float(cases.sum() / of.sum())
    if not 0 < usual < 1:
        return usual, 1.0
    moving = np.abs(np.diff(_scores(cases, of, usual)))
    return usual, max(1.0, float(moving.mean()) / _RANGE_TO_SIGMA)


def _scores(cases: Floats, of: Floats, usual: float) -> Floats:
    if not 0 < usual < 1:
        return np.zeros(len(of))
    scores: Floats = (cases / of - usual) / np.sqrt(usual * (1 - usual) / of)
    return scores
