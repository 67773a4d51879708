"""A year of the production calendar laid out for a screen: twelve months of weeks."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from vernost.accounts.queries import DayRow

_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A day; `kind` as the calendar says, else `weekend` or nothing. `special`: it differs from its weekday."""

    on: date
    kind: str
    title: str
    special: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class Month:
    """`weeks` are Monday to Sunday; None outside the month."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]
    working_days: int


def months(year: int, days: Mapping[date, DayRow]) -> list[Month]:
    return [_month(year, number, days) for number in range(1, 13)]


def _month(year: int, number: int, days: Mapping[date, DayRow]) -> Month:
    weeks = tuple(
        tuple(_cell(day, days) if day.month == number else None for day in week)
        for week in calendar.Calendar().monthdatescalendar(year, number)
    )
    cells = [cell for week in weeks for cell in week if cell]
    worked = sum(cell.kind in {"", "working", "short"} for cell in cells)
    return Month(first=date(year, number, 1), weeks=weeks, working_days=worked)


def _cell(day: date, days: Mapping[date, DayRow]) -> Cell:
    row = days.get(day)
    if row:
        return Cell(on=day, kind=row.kind, title=row.title, special=True, verified=row.verified)
    return Cell(on=day, kind="weekend" if day.weekday() >= _WEEKEND else "", title="", special=False, verified=True)
