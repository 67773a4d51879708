"""What is offered in a call: works with their hours and prices, and the maintenance plan of a car."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Origin(StrEnum):
    """Where a work comes from: what the programme calls for, the plan, or what was put off."""

    MAINTENANCE = "maintenance"
    RECALL = "recall"
    SEASON = "season"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Work:
    """A line with a tick. `amount` None: the advisor will name the price. `like`: it was so much on that day.

    `code` tells the works of one call apart, and is what the page sends back.
    """

    code: str
    origin: Origin
    name: str
    hours: Decimal
    amount: Decimal | None
    ticked: bool
    number: int | None = None
    mark_km: int | None = None
    on: date | None = None
    like: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A maker's interval, as far as choosing between plans goes."""

    engine: str
    year_from: int | None
    year_to: int | None
    interval_months: int
    interval_km: int
    labour_hours: Decimal | None


def fitting_plan(plans: Iterable[Plan], *, engine: str, year: int | None) -> Plan | None:
    """Choose among the plans of the make and model: with engine first, then the latest, narrowest, shortest one."""
    fitting = [plan for plan in plans if _fits(plan, engine, year)]
    return min(
        fitting,
        key=lambda plan: (
            not plan.engine,
            -(plan.year_from or 0),
            plan.year_to or 9999,
            plan.interval_months,
            plan.interval_km,
        ),
        default=None,
    )


def _fits(plan: Plan, engine: str, year: int | None) -> bool:
    if plan.engine and plan.engine.strip().lower() != engine.strip().lower():
        return False
    if year is None:
        return plan.year_from is None and plan.year_to is None
    return (plan.year_from or 0) <= year <= (plan.year_to or 9999)


def total_hours(works: Iterable[Work]) -> Decimal:
    return sum((work.hours for work in works), Decimal(0))
