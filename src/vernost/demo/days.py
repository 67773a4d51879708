"""Days as whole numbers since 1970-01-01, and when a Russian dealer is open and busy."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from vernost.demo.arrays import Bools, Floats, Ints

# Share of an ordinary day's customers, Monday to Sunday.
WEEKDAY_LOAD = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.85, 0.45])
JANUARY_WAITS = 0.3
A_WEEKEND = 2
# New cars: December is for bonuses, January is empty.
SALES_MONTH_LOAD = np.array([0.6, 0.85, 1.05, 1.0, 0.9, 1.0, 1.0, 1.05, 1.05, 1.05, 1.1, 1.35])
HOUR_LOAD = np.array([0, 0, 0, 0, 0, 0, 0, 0, 4, 10, 9, 8, 6, 5, 6, 6, 6, 6, 4, 2, 0, 0, 0, 0.0])
HOLIDAYS = {(1, day) for day in range(1, 9)} | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}


def number_of(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def year_of(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def month_of(days: Ints) -> Ints:
    """1 is January."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1


def weekday_of(days: Ints) -> Ints:
    """0 is Monday."""
    return (days + 3) % 7


def day_of_year(days: Ints) -> Ints:
    return days - days.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening days between two days; days outside are as good as open."""

    first: int
    next_open: Ints

    @classmethod
    def between(cls, first: int, last: int) -> "Calendar":
        days = np.arange(first, last + 15)
        closed = holiday(days)
        next_open = np.where(closed, 0, days)
        for position in range(len(days) - 2, -1, -1):
            if closed[position]:
                next_open[position] = next_open[position + 1]
        return cls(first, next_open)

    def working(self, rng: np.random.Generator, days: Ints) -> Ints:
        """Move days off weekends (often) and holidays (always) to the next day that suits."""
        weekday = weekday_of(days)
        moves = rng.random(len(days)) > WEEKDAY_LOAD[weekday]
        opened = self._open(days + np.where(moves, 7 - weekday, 0))
        # After the January holidays people come over weeks, not all on the ninth.
        crowd = np.where(opened - days > A_WEEKEND, (rng.random(len(days)) * 20).astype(np.int64), 0)
        return self._open(opened + crowd)

    def visiting(self, rng: np.random.Generator, days: Ints) -> Ints:
        """Working days on which owners come; of those due in January many wait for February."""
        waits = (month_of(days) == 1) & (rng.random(len(days)) < JANUARY_WAITS)
        return self.working(rng, days + np.where(waits, rng.integers(14, 40, len(days)), 0))

    def _open(self, days: Ints) -> Ints:
        position = np.clip(days - self.first, 0, len(self.next_open) - 1)
        opened: Ints = np.maximum(self.next_open[position], days)
        return opened


def holiday(days: Ints) -> Bools:
    dates = days.astype("datetime64[D]")
    month = month_of(days)
    day = (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    codes = np.array(sorted(month * 100 + day for month, day in HOLIDAYS))
    return np.isin(month * 100 + day, codes)


def sales_days(first: int, last: int, growth: float) -> Floats:
    """Weight of each day first..last: the base grows by `growth` a year, with seasons and weekdays."""
    days = np.arange(first, last + 1)
    trend = np.exp(growth * (days - first) / 365.25)
    weights: Floats = trend * SALES_MONTH_LOAD[month_of(days) - 1] * WEEKDAY_LOAD[weekday_of(days)]
    return np.where(holiday(days), weights * 0.05, weights)


def opening_minutes(rng: np.random.Generator, size: int) -> Ints:
    """Minutes after midnight at which orders are opened."""
    steps = np.cumsum(HOUR_LOAD)
    hour = np.searchsorted(steps, rng.random(size) * steps[-1], side="right")
    minutes: Ints = hour * 60 + rng.integers(0, 60, size)
    return minutes
