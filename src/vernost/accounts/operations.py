"""Writes to the dealer group's own data."""

from datetime import date

import holidays

from vernost.accounts.models import CalendarDay, DayKind


def ensure_calendar() -> None:
    """Put the known years of the production calendar in, once; what a person has changed stays."""
    known = holidays.country_holidays("RU", years=range(2020, 2028), language="ru")
    CalendarDay.objects.bulk_create(
        [CalendarDay(on=on, kind=DayKind.HOLIDAY, title=title) for on, title in sorted(known.items())],
        ignore_conflicts=True,
    )


def set_day(*, on: date, kind: DayKind, title: str) -> None:
    CalendarDay.objects.update_or_create(on=on, defaults={"kind": kind, "title": title, "verified": True})
