"""Figures that managers have planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from vernost.core.actor import Actor
from vernost.invitations.queries.programmes import programmes_visible_to
from vernost.reports import rules
from vernost.reports.facts import Slice
from vernost.reports.models import Plan
from vernost.reports.rules import PlanFigure
from vernost.reports.rules.base_plan import BaseKpi, months_within, planned_base


def plan_of(actor: Actor, chosen: Slice, *, months: Sequence[date]) -> dict[str, Decimal]:
    """Return the plan by metric; nothing for an operator, whose plan is his scheme, and for parts of months."""
    wanted = [month for month in months if chosen.month in {None, month}]
    if not wanted or chosen.operator_id is not None or chosen.branch_id == 0:
        return {}
    return rules.planned(
        figures(wanted),
        months=wanted,
        branch_id=chosen.branch_id,
        programme=chosen.programme,
        branch_ids=actor.branch_ids,
    )


def base_plan_of(
    actor: Actor, branch_id: int | None, *, start: date, end: date, retention_month: date
) -> dict[BaseKpi, Decimal]:
    """Return the plan of the base for the days, and of its retention for a month."""
    return planned_base(
        figures([*months_within(start, end), retention_month]),
        start=start,
        end=end,
        retention_month=retention_month,
        branch_id=branch_id,
        branch_ids=actor.branch_ids,
    )


def figures(months: Sequence[date]) -> list[PlanFigure]:
    rows = Plan.objects.filter(month__in=months).values_list("month", "branch", "programme__code", "metric", "value")
    return [PlanFigure(*row) for row in rows]


Cell = tuple[str | None, str]
"""A programme's code, None for all programmes together, and a metric."""


def month_plan(month: date, branch_id: int | None) -> Mapping[Cell, Decimal]:
    """Return what is given for a month and a branch, None for the whole group."""
    return {cell_of(plan): plan.value for plan in month_rows(month, branch_id)}


def month_rows(month: date, branch_id: int | None) -> list[Plan]:
    return list(Plan.objects.filter(month=month, branch=branch_id).select_related("programme"))


def cell_of(plan: Plan) -> Cell:
    return plan.programme.code if plan.programme else None, plan.metric


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A programme of the grid; `code` None is all programmes together."""

    code: str | None
    title: str


def plan_rows(actor: Actor, cells: Mapping[Cell, Decimal]) -> list[PlanRow]:
    """Return the programmes at work and those that already have a figure, by their priority."""
    planned = {programme for programme, _metric in cells}
    programmes = programmes_visible_to(actor).order_by("rank", "pk").values_list("code", "title", "active")
    shown = [PlanRow(code, title) for code, title, active in programmes if active or code in planned]
    return [PlanRow(None, ""), *shown]
