"""What a customer is worth to the queue: the margin of a visit, drawn to the mean of the branch."""

import ibis
from ibis import _
from ibis.expr.types import IntegerValue, Table

from vernost.invitations.rules.known import Known

# Both windows leave their first day out.
CUSTOMER_DAYS = 1095
BRANCH_DAYS = 365
# A branch needs this many visits for a mean of its own.
BRANCH_VISITS = 100
# The branch's mean weighs as much as this many visits.
PRIOR_VISITS = 3


def with_value(rows: Table, known: Known) -> Table:
    """Add `value` in kopecks to rows with customer_id and branch_id (the car's, used where the customer never came).

    (Σ margin + 3 b) / (n + 3), rounded half up; b is a mean kept as its sum and its count.
    """
    customers = rows.select("customer_id").distinct()
    rows = rows.left_join(_own(customers, known), [("customer_id", "own_id")])
    came = known.customers.select(came_id="customer_id", came_to="last_branch_id")
    rows = rows.left_join(came, [("customer_id", "came_id")])
    rows = rows.mutate(mean_of=ibis.coalesce(rows.came_to, rows.branch_id))
    branches, group = _means(known)
    rows = rows.left_join(branches, [("mean_of", "mean_branch")]).cross_join(group)
    margin = ibis.coalesce(rows.branch_margin, rows.group_margin)
    # Without a single visit in the year the mean is nought.
    of = ibis.greatest(ibis.coalesce(rows.branch_days, rows.group_days), 1)
    own_margin, own_days = rows.own_margin.fill_null(0), rows.own_days.fill_null(0)
    value = _half_up(own_margin * of + PRIOR_VISITS * margin, of * (own_days + PRIOR_VISITS))
    return rows.mutate(value=value).drop(
        "own_id",
        "own_margin",
        "own_days",
        "came_id",
        "came_to",
        "mean_of",
        "mean_branch",
        "branch_margin",
        "branch_days",
        "group_margin",
        "group_days",
    )


def _half_up(numerator: IntegerValue, denominator: IntegerValue) -> IntegerValue:
    # Away from zero, for a loss too.
    doubled = 2 * numerator.abs() + denominator
    rounded: IntegerValue = (numerator.sign().cast("int64") * (doubled // (2 * denominator))).cast("int64")
    return rounded


def _last(days: int, known: Known) -> Table:
    # One filter for each use: an engine would store the days that two of them share.
    return known.table("visit_days").filter(_.on > known.days_ago(days), _.on <= known.as_of)


def _own(customers: Table, known: Known) -> Table:
    recent = _last(CUSTOMER_DAYS, known).semi_join(customers, "customer_id")
    return recent.group_by(own_id="customer_id").aggregate(
        own_margin=recent.margin.sum().cast("int64"), own_days=recent.first.sum()
    )


def _means(known: Known) -> tuple[Table, Table]:
    """Return the sum of margins and the visit days of each branch that has enough, and of the group."""
    recent = _last(BRANCH_DAYS, known)
    margin = recent.margin.sum().cast("int64")
    branches = recent.group_by(mean_branch="branch_id").aggregate(branch_margin=margin, branch_days=recent.count())
    group = recent.aggregate(group_margin=margin.fill_null(0), group_days=recent.first.sum().fill_null(0))
    return branches.filter(_.branch_days >= BRANCH_VISITS, _.mean_branch.notnull()), group
