"""The production calendar."""

from datetime import date, datetime, timedelta

import holidays
from django.db import transaction

from vernost.accounts import queries
from vernost.accounts.audit import record_change
from vernost.accounts.models import CalendarDay, DayKind
from vernost.core.actor import Actor


def ensure_calendar() -> None:
    """Put the known years of the production calendar in, once; what a person has changed stays."""
    for year in range(2020, queries.last_decreed_year() + 1):
        _import_year(year)


@transaction.atomic
def import_year(*, year: int, actor: Actor, now: datetime) -> int:
    """Put in the days of a year that the calendar library knows; return how many were new."""
    added = _import_year(year)
    if added:
        fields = {"days": [None, added]}
        record_change(subject="calendar", subject_id=year, action="imported", fields=fields, actor=actor, now=now)
    return added


def _import_year(year: int) -> int:
    days = _year_days(year)
    known = set(CalendarDay.objects.filter(on__year=year).values_list("on", flat=True))
    CalendarDay.objects.bulk_create([day for day in days if day.on not in known], ignore_conflicts=True)
    return sum(day.on not in known for day in days)


def _year_days(year: int) -> list[CalendarDay]:
    """Return what differs from the weekday: holidays, moved days off, working Saturdays, short eves."""
    titles = holidays.country_holidays("RU", years=year, language="ru")
    english = holidays.country_holidays("RU", years=year, language="en_US", observed=False)
    # A day off that stands in for another one is not a public holiday: weekend hours hold on it.
    public = {on for on, title in english.items() if not title.startswith("Day off")}
    days = {on: CalendarDay(on=on, kind=DayKind.WORKING) for on in titles.weekend_workdays}
    for on, title in titles.items():
        days[on] = CalendarDay(on=on, kind=DayKind.HOLIDAY if on in public else DayKind.DAY_OFF, title=title)
    for on in public | {date(year + 1, 1, 1)}:
        eve = on - timedelta(days=1)
        worked = eve in titles.weekend_workdays or (eve.weekday() < 5 and eve not in titles)  # noqa: PLR2004 - Saturday
        if worked and eve.year == year:
            days[eve] = CalendarDay(on=eve, kind=DayKind.SHORT)
    return [days[on] for on in sorted(days)]


@transaction.atomic
def set_day(*, on: date, kind: DayKind | None, title: str, actor: Actor, now: datetime) -> None:
    """Say what a day is; None: as its weekday says. A day that a person set counts as verified."""
    day = CalendarDay.objects.filter(on=on).first()
    before = day.kind if day else None
    if kind is None:
        CalendarDay.objects.filter(on=on).delete()
    else:
        CalendarDay.objects.update_or_create(on=on, defaults={"kind": kind, "title": title, "verified": True})
    if before != kind:
        fields = {on.isoformat(): [before, kind]}
        record_change(subject="calendar", subject_id=on.year, action="changed", fields=fields, actor=actor, now=now)


@transaction.atomic
def verify_year(*, year: int, actor: Actor, now: datetime) -> None:
    """Record that a person has compared the year with the government's decree."""
    if CalendarDay.objects.filter(on__year=year, verified=False).update(verified=True):
        record_change(subject="calendar", subject_id=year, action="verified", fields={}, actor=actor, now=now)
