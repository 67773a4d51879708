"""The month's plan of bookings, cut to one day."""

from datetime import date
from decimal import ROUND_CEILING

from vernost.accounts import queries as accounts
from vernost.accounts.models import User
from vernost.core.actor import Actor, Role
from vernost.core.period import add_months
from vernost.reports.queries.plans import figures
from vernost.reports.rules import Kpi, planned


def bookings_of_the_day(actor: Actor, on: date) -> int | None:
    """Return the bookings planned for a working day at the actor's branches, rounded up; None without a plan.

    An operator's share is that of one of the active operators of these branches.
    """
    month = on.replace(day=1)
    plan = planned(figures([month]), months=[month], branch_id=None, programme=None, branch_ids=actor.branch_ids)
    if Kpi.BOOKED.value not in plan:
        return None
    people = _operators(actor) if actor.role is Role.OPERATOR else 1
    share = plan[Kpi.BOOKED.value] / _working_days(month) / people
    return int(share.to_integral_value(ROUND_CEILING))


def _working_days(month: date) -> int:
    calendar = accounts.production_calendar()
    days = range(month.toordinal(), add_months(month, 1).toordinal())
    return max(sum(calendar.day_type(date.fromordinal(day)) == "weekday" for day in days), 1)


def _operators(actor: Actor) -> int:
    operators = User.objects.filter(role=Role.OPERATOR, is_active=True)
    if actor.branch_ids is not None:
        operators = operators.filter(branches__in=actor.branch_ids).distinct()
    return max(operators.count(), 1)
