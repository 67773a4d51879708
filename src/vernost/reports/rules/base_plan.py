"""The plan of the base: figures of a branch and month beside what analytics counts."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum

from vernost.core.i18n import _
from vernost.core.period import add_months
from vernost.reports.rules.figures import PlanFigure, planned_of


class BaseKpi(StrEnum):
    """Retention is a share in per cent at the end of the month, and does not add up; money is in roubles."""

    VISITS = "base_visits"
    REVENUE = "base_revenue"
    MARGIN = "base_margin"
    NEW = "base_new"
    RETURNED = "base_returned"
    RETENTION = "base_retention"


BASE_KPI_TITLES: dict[BaseKpi, str] = {
    BaseKpi.VISITS: _("Visits"),
    BaseKpi.REVENUE: _("Revenue of service"),
    BaseKpi.MARGIN: _("Margin of service"),
    BaseKpi.NEW: _("New customers"),
    BaseKpi.RETURNED: _("Came back"),
    BaseKpi.RETENTION: _("Retention, 12 months"),
}
MONEY = (BaseKpi.REVENUE, BaseKpi.MARGIN)


def months_within(start: date, end: date) -> dict[date, Decimal]:
    """Return the months of the days [start, end], by their first days, and the share of each one's days among them."""
    months: dict[date, Decimal] = {}
    month = start.replace(day=1)
    while month <= end:
        after = add_months(month, 1)
        inside = min(end, date.fromordinal(after.toordinal() - 1)).toordinal() - max(start, month).toordinal() + 1
        months[month] = Decimal(inside) / (after - month).days
        month = after
    return months


def planned_base(
    figures: Iterable[PlanFigure],
    *,
    start: date,
    end: date,
    retention_month: date,
    branch_id: int | None,
    branch_ids: frozenset[int] | None = None,
) -> dict[BaseKpi, Decimal]:
    """Return the plan of the days: whole months and of the others so much as their days; retention: of its month.

    What some month has no figure for is left out. The group's figure holds, else the sum of the branches'; retention
    of a group is only what was given for it. With `branch_ids` the group is these branches.
    """
    known = list(figures)
    months = months_within(start, end)
    plan: dict[BaseKpi, Decimal] = {}
    for kpi in BaseKpi:
        if kpi is BaseKpi.RETENTION:
            own = [
                each.value
                for each in known
                if (each.month, each.branch_id, each.metric) == (retention_month, branch_id, kpi)
                and (branch_ids is None or branch_id in branch_ids)
            ]
            parts = [own[0] if own else None]
        else:
            parts = [
                None if whole is None else whole * share
                for month, share in months.items()
                for whole in [planned_of(known, kpi, month=month, branch_id=branch_id, branch_ids=branch_ids)]
            ]
        values = [part for part in parts if part is not None]
        if values and len(values) == len(parts):
            plan[kpi] = sum(values, Decimal(0))
    return plan
