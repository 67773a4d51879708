"""What customers are worth, over arrays: the same as `rules.value`."""

import numpy as np

from vernost.facts.flat import NO_NUMBER, Wanted
from vernost.facts.rounding import half_up
from vernost.invitations import night_kernels
from vernost.invitations.rules.dense import Base, Numbers, Places
from vernost.invitations.rules.value import BRANCH_DAYS, BRANCH_VISITS, CUSTOMER_DAYS, PRIOR_VISITS

VISIT_DAYS = Wanted(
    "visit_days",
    "visit_days",
    "customer_id",
    {
        "day": ('"on"', "day"),
        "branch": ("branch_id", "int32"),
        "margin": ("margin", "int64"),
        "first": ('"first"', "flag"),
    },
)


def values(base: Base, customers: Places, branches: Numbers) -> Numbers:
    """Return the value in kopecks of customers (numbers) with their car's branch (`NO_NUMBER`: none)."""
    parts = base.parts(VISIT_DAYS, base.people)
    ids = np.unique(np.concatenate([np.unique(part["branch"]) for part, _numbers in parts]))
    ids = ids[ids >= 0].astype(np.int64)
    places = np.zeros(int(ids.max()) + 1 if len(ids) else 1, np.int32)
    places[ids] = np.arange(len(ids))
    own = np.zeros(len(base.people), np.int64), np.zeros(len(base.people), np.int64)
    of_branches = (np.zeros(len(ids) + 1, np.int64), np.zeros(len(ids) + 1, np.int64), np.zeros(len(ids) + 1, np.int64))
    window = base.day_before(CUSTOMER_DAYS), base.day_before(BRANCH_DAYS), base.day
    for part, numbers in parts:
        rows = part["day"], part["branch"], part["margin"], part["first"]
        night_kernels.add_days(part.starts, numbers, rows, window, places, own, of_branches)
    margin, rows_of, first = of_branches
    group = int(margin.sum()), int(first.sum())
    enough = rows_of[:-1] >= BRANCH_VISITS
    # The last place is of those without a branch that has enough.
    mean_margin = np.append(np.where(enough, margin[:-1], group[0]), group[0])
    mean_days = np.append(np.where(enough, rows_of[:-1], group[1]), group[1])
    came_to = base.people["branch"][customers]
    of = _among(ids, np.where(came_to != NO_NUMBER, came_to, branches))
    days = np.maximum(mean_days[of], 1)
    own_margin, own_days = own[0][customers], own[1][customers]
    return half_up(own_margin * days + PRIOR_VISITS * mean_margin[of], days * (own_days + PRIOR_VISITS))


def _among(ids: Numbers, asked: Numbers) -> Numbers:
    """Return the place of each id; the number of ids where it is not among them."""
    if not len(ids):
        return np.zeros(len(asked), np.int64)
    places = np.minimum(np.searchsorted(ids, asked), len(ids) - 1)
    return np.where(ids[places] == asked, places, len(ids))
