"""When to try again after an attempt that did not reach the person, and when to give up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from vernost.contacts.rules import AllowedHours, next_allowed
from vernost.core.calendar import ProductionCalendar

# An attempt at the hour of all earlier ones proves little: the extra try goes to another part of the day.
OTHER_HOUR = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """`delays` in minutes: the wait after the first, second … attempt; the last one repeats.

    Unreachable after `attempts_max` attempts that lie on at least `min_days` days, at different hours.
    """

    delays: Sequence[int] = (120, 1440, 1440, 2880)
    attempts_max: int = 5
    min_days: int = 3
    hours: AllowedHours = field(default_factory=AllowedHours)


@dataclass(frozen=True, slots=True)
class NextTry:
    """`at` None: the attempts are used up, the person is unreachable."""

    at: datetime | None


def next_try(
    attempts: Sequence[datetime], *, plan: RetryPlan, zones: Sequence[ZoneInfo], calendar: ProductionCalendar
) -> NextTry:
    """Decide after the last of `attempts` (aware, in order of time, all without an answer or the like)."""
    local = [attempt.astimezone(zones[0]) for attempt in attempts]
    days = (local[-1].date() - local[0].date()).days + 1
    same_hour = len({attempt.hour for attempt in local}) == 1
    if len(attempts) >= plan.attempts_max and days >= plan.min_days and not same_hour:
        return NextTry(at=None)
    place = min(len(attempts), len(plan.delays)) - 1
    wait = timedelta(minutes=plan.delays[place] if plan.delays else 1440)
    if len(attempts) >= plan.attempts_max and same_hour:
        wait += OTHER_HOUR
    return NextTry(at=next_allowed(attempts[-1] + wait, zones=zones, hours=plan.hours, calendar=calendar))
