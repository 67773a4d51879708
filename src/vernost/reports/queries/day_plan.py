"""The month's plan of bookings, cut to one day."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from vernost.accounts import queries as accounts
from vernost.accounts.models import User
from vernost.core.actor import Actor, Role
from vernost.core.period import add_months
from vernost.reports.queries.plans import figures
from vernost.reports.rules import Kpi, PlanFigure, planned


def bookings_of_the_day(actor: Actor, on: date) -> int | None:
    """Return the bookings planned for a working day at the actor's branches, rounded up; None without a plan.

    An operator's share is that of one of the active operators of these branches.
    """
    plan = figures([on.replace(day=1)])
    # Asked with every look at the queue: without a plan there is nothing to share.
    if all(figure.metric != Kpi.BOOKED for figure in plan):
        return None
    days = _working_days(on.replace(day=1))
    people = len(_sharing(actor.branch_ids, _operators())) if actor.role is Role.OPERATOR else 1
    return _of_the_day(plan, actor.branch_ids, on, days * max(people, 1))


def bookings_of_operators(on: date) -> dict[int, int]:
    """Return each active operator's share of the day, those with one, in as many statements as a single one's."""
    plan, days = figures([on.replace(day=1)]), _working_days(on.replace(day=1))
    operators = _operators()
    shares: dict[frozenset[int] | None, int | None] = {}
    for branch_ids in operators.values():
        if branch_ids not in shares:
            people = len(_sharing(branch_ids, operators))
            shares[branch_ids] = _of_the_day(plan, branch_ids, on, days * max(people, 1))
    own = {user_id: shares[branch_ids] for user_id, branch_ids in operators.items()}
    return {user_id: share for user_id, share in own.items() if share is not None}


def _of_the_day(plan: Sequence[PlanFigure], branch_ids: frozenset[int] | None, on: date, parts: int) -> int | None:
    found = planned(plan, months=[on.replace(day=1)], branch_id=None, programme=None, branch_ids=branch_ids)
    if Kpi.BOOKED.value not in found:
        return None
    return int((found[Kpi.BOOKED.value] / parts).to_integral_value(ROUND_CEILING))


def _working_days(month: date) -> int:
    calendar = accounts.production_calendar()
    days = range(month.toordinal(), add_months(month, 1).toordinal())
    return max(sum(calendar.day_type(date.fromordinal(day)) == "weekday" for day in days), 1)


def _operators() -> dict[int, frozenset[int] | None]:
    """Return the branches of each active operator, None for the whole group."""
    rows = User.objects.filter(role=Role.OPERATOR, is_active=True).annotate(
        seen=ArrayAgg("branches", filter=Q(branches__isnull=False), default=[])
    )
    return {user.pk: None if user.all_branches else frozenset(user.seen) for user in rows}


def _sharing(branch_ids: frozenset[int] | None, operators: Mapping[int, frozenset[int] | None]) -> list[int]:
    """Return who shares the plan of these branches: everybody that of the group, else those who have one of them."""
    if branch_ids is None:
        return list(operators)
    return [user_id for user_id, own in operators.items() if own and own & branch_ids]
