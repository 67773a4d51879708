"""The month's plan of bookings, cut to one day."""

from datetime import date
from decimal import ROUND_CEILING, Decimal

from vernost.accounts import queries as accounts
from vernost.accounts.models import User
from vernost.core.actor import Actor, Role
from vernost.core.period import add_months
from vernost.reports.models import Plan

BOOKED = "booked"


def bookings_of_the_day(actor: Actor, on: date) -> int | None:
    """Return the bookings planned for a working day at the actor's branches, rounded up; None without a plan.

    An operator's share is that of one of the active operators of these branches.
    """
    plans = Plan.objects.filter(month=on.replace(day=1), metric=BOOKED, programme=None)
    if actor.branch_ids is None:
        of_branches = plans.filter(branch__isnull=False)
        plans = of_branches if of_branches.exists() else plans.filter(branch=None)
    else:
        plans = plans.filter(branch_id__in=actor.branch_ids)
    values = list(plans.values_list("value", flat=True))
    if not values:
        return None
    people = _operators(actor) if actor.role is Role.OPERATOR else 1
    share = sum(values, Decimal(0)) / _working_days(on) / people
    return int(share.to_integral_value(ROUND_CEILING))


def _working_days(on: date) -> int:
    calendar = accounts.production_calendar()
    first = on.replace(day=1)
    days = (date.fromordinal(number) for number in range(first.toordinal(), add_months(first, 1).toordinal()))
    return max(sum(calendar.day_type(day) == "weekday" for day in days), 1)


def _operators(actor: Actor) -> int:
    operators = User.objects.filter(role=Role.OPERATOR, is_active=True)
    if actor.branch_ids is not None:
        operators = operators.filter(branches__in=actor.branch_ids).distinct()
    return max(operators.count(), 1)
