"""Calendar months and weeks."""

import calendar
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """Keep the day, cut to the month's last day: 31 Jan + 1 month = 28/29 Feb. Not sticky."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def week_start(day: date) -> date:
    """Return the Monday of the day's week."""
    return day - timedelta(days=day.weekday())
