"""The load of a branch in the weeks ahead: what is booked, what is due, who comes without either.

Described in docs/algorithms/load-forecast.md. Arrays only; `reports.load` reads them from the mirror.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WEEKS: Final = 8
DAYS: Final = 7 * WEEKS
WEEK: Final = 7
# The mean that the forecast has to beat is that of so many equal weekdays.
EQUAL_WEEKDAYS: Final = 8
# With two years a series of weeks tells its own seasons; of older ones nothing more is learned.
YEAR_WEEKS: Final = 52
_SEASONAL_WEEKS: Final = 2 * YEAR_WEEKS + WEEKS
_LONGEST: Final = 5 * YEAR_WEEKS
# Of the group's weeks a branch has the share of the last half year, of a week each weekday its share of the same.
_RECENT_WEEKS: Final = 26
_FEWEST_WEEKS: Final = 8
FEWEST_DAYS: Final = 2 * DAYS
COVERAGE: Final = 0.8

MODEL, SIMPLE, NOTHING = "booked_due_walk_in", "mean_of_8_weekdays", "not_enough_data"


@dataclass(frozen=True)
class BranchPast:
    """A branch's days up to the one asked, oldest first: hours of maintenance, hours of all else, open or closed.

    `first_weekday` is that of the first item, Monday being 0.
    """

    maintenance: Floats
    others: Floats
    is_open: Flags
    first_weekday: int

    @property
    def total(self) -> Floats:
        whole: Floats = self.maintenance + self.others
        return whole

    def until(self, days: int) -> "BranchPast":
        return BranchPast(self.maintenance[:days], self.others[:days], self.is_open[:days], self.first_weekday)


@dataclass(frozen=True)
class Ahead:
    """What is known of the days ahead: booked hours, hours due and hours of all else by week, open or closed.

    `others_half` is half the width of the 80 % interval of `others`.
    """

    booked: Floats
    due: Floats
    others: Floats
    others_half: Floats
    is_open: Flags


@dataclass(frozen=True)
class Unbooked:
    """The share of hours that is not in the book so many days before; item 0 is one day before."""

    maintenance: Floats
    others: Floats


@dataclass(frozen=True)
class Parts:
    """Hours of each day ahead, and `spread`: how much each may be off, but for a factor."""

    booked: Floats
    due: Floats
    walk_ins: Floats
    spread: Floats

    @property
    def hours(self) -> Floats:
        total: Floats = self.booked + self.due + self.walk_ins
        return total


@dataclass(frozen=True)
class Forecast:
    """`parts` is None where the simple mean is used; errors are mean absolute ones of the back-test (None: none)."""

    method: str
    hours: Floats
    low: Floats
    high: Floats
    parts: Parts | None
    model_error: float | None
    simple_error: float | None


def weekdays(first: int, days: int) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = (first + np.arange(days)) % WEEK
    return numbers


def filled(hours: Floats, is_open: Flags) -> Floats:
    """Put the mean of the equal weekdays before in the place of closed days, which tell nothing of open ones."""
    whole = hours.copy()
    for day in np.flatnonzero(~is_open).tolist():
        before = list(range(day - WEEK, max(-1, day - WEEK * (EQUAL_WEEKDAYS + 1)), -WEEK))
        if before:
            whole[day] = whole[before].mean()
    return whole


def simple_mean(past: BranchPast, is_open: Flags) -> tuple[Floats, Floats]:
    """Return the mean of the last equal weekdays that were open for each day ahead, and their standard deviation."""
    days = len(past.total)
    mean, deviation = np.zeros(len(is_open)), np.zeros(len(is_open))
    for ahead in np.flatnonzero(is_open).tolist():
        last = days + ahead - WEEK * (1 + ahead // WEEK)
        before = [place for place in range(last, -1, -WEEK) if past.is_open[place]][:EQUAL_WEEKDAYS]
        if before:
            mean[ahead], deviation[ahead] = past.total[before].mean(), past.total[before].std()
    return mean, deviation


def by_day(hours: Floats, first_weekday: int, weeks: Floats, is_open: Flags) -> Floats:
    """Spread hours of weeks ahead over their open days as the last `hours` (a day each, all open) were spread."""
    days = len(hours)
    recent = slice(max(0, days - WEEK * _RECENT_WEEKS), days)
    numbers = weekdays(first_weekday, days)
    worked = np.bincount(numbers[recent], weights=hours[recent], minlength=WEEK)
    profile = worked.astype(np.float64) if worked.any() else np.ones(WEEK)
    weights = profile[weekdays(first_weekday + days, len(is_open))] * is_open
    of_weeks = weights.reshape(-1, WEEK).sum(axis=1)
    share = np.divide(weights, np.repeat(of_weeks, WEEK), out=np.zeros(len(weights)), where=weights > 0)
    spread: Floats = share * np.repeat(weeks, WEEK)
    return spread


def weeks_of(hours: Floats) -> Floats:
    """Return the sums of whole weeks, counted back from the last day."""
    whole = len(hours) // WEEK
    sums: Floats = hours[len(hours) - whole * WEEK :].reshape(whole, WEEK).sum(axis=1)
    return sums


def weeks_ahead(weeks: Floats) -> tuple[Floats, Floats]:
    """Forecast the weeks ahead by statsforecast, with the seasons of the year where the series is long enough.

    Returns the hours and half the width of their 80 % interval.
    """
    from statsforecast.models import MSTL, AutoETS  # noqa: PLC0415 - it loads for seconds

    series = weeks[-_LONGEST:]
    if len(series) < _FEWEST_WEEKS or np.ptp(series) == 0:
        level = float(series[-_FEWEST_WEEKS:].mean()) if len(series) else 0.0
        return np.full(WEEKS, level), np.zeros(WEEKS)
    seasonal = len(series) >= _SEASONAL_WEEKS
    model = MSTL(season_length=[YEAR_WEEKS]) if seasonal else AutoETS(season_length=1)
    told = model.forecast(y=series, h=WEEKS, level=[int(COVERAGE * 100)])
    mean = np.maximum(told["mean"], 0.0)
    return mean, (told["hi-80"] - told["lo-80"]) / 2


def share_of(weeks: Floats, group: Floats) -> float:
    """Return a branch's share of the group in the last weeks that it has been there."""
    recent = min(len(weeks), _RECENT_WEEKS)
    whole = float(group[-recent:].sum()) if recent else 0.0
    return float(weeks[-recent:].sum()) / whole if whole > 0 else 0.0


def parts(past: BranchPast, ahead: Ahead, unbooked: Unbooked) -> Parts:
    others = filled(past.others, past.is_open)
    coming = by_day(others, past.first_weekday, ahead.others, ahead.is_open) * unbooked.others
    half = by_day(others, past.first_weekday, ahead.others_half, ahead.is_open) * unbooked.others
    maintenance = filled(past.maintenance, past.is_open)
    due = by_day(maintenance, past.first_weekday, ahead.due, ahead.is_open) * unbooked.maintenance
    # Visits come one by one: their number varies by its root.
    spread = np.sqrt(half**2 + coming + due + ahead.booked + 1.0)
    return Parts(ahead.booked, due, coming, spread)


def forecast(past: BranchPast, known: Callable[[int], tuple[Ahead, Unbooked]]) -> Forecast:
    """Forecast the days ahead by what did better in the past.

    `known(back)` tells what was known `back` days before the day asked, of the days that followed.
    """
    ahead, unbooked = known(0)
    mean, deviation = simple_mean(past, ahead.is_open)
    if len(past.total) < FEWEST_DAYS:
        method = SIMPLE if len(past.total) >= WEEK else NOTHING
        return Forecast(method, mean, *_around(mean, 2 * deviation, ahead.is_open), None, None, None)
    model, simple = [], []
    for back in _backs(len(past.total)):
        begin = len(past.total) - back
        then, truth = past.until(begin), past.total[begin : begin + DAYS]
        at = known(back)
        was_open = at[0].is_open
        if not was_open.any():
            continue
        tried, (told, off) = parts(then, *at), simple_mean(then, was_open)
        # That a closed day has no hours is no merit of a forecast.
        model.append((np.abs(tried.hours - truth)[was_open], tried.spread[was_open]))
        simple.append((np.abs(told - truth)[was_open], off[was_open] + 1))
    if not model:
        return Forecast(SIMPLE, mean, *_around(mean, 2 * deviation, ahead.is_open), None, None, None)
    errors = _error(model), _error(simple)
    if errors[0] < errors[1]:
        now = parts(past, ahead, unbooked)
        around = _around(now.hours, now.spread * _factor(model), ahead.is_open)
        return Forecast(MODEL, now.hours, *around, now, *errors)
    return Forecast(SIMPLE, mean, *_around(mean, (deviation + 1) * _factor(simple), ahead.is_open), None, *errors)


def _backs(days: int) -> list[int]:
    """Try the last weeks, and a year ago those of the weeks ahead where a season could have been learned by then."""
    year_ago = YEAR_WEEKS * WEEK
    return [DAYS, year_ago] if days - year_ago >= _SEASONAL_WEEKS * WEEK else [DAYS]


def _error(tried: list[tuple[Floats, Floats]]) -> float:
    return float(np.concatenate([error for error, _spread in tried]).mean())


def _factor(tried: list[tuple[Floats, Floats]]) -> float:
    """Return how many spreads hold four days of five of each window of the back-test: the worse one decides."""
    return max(float(np.quantile(error / spread, COVERAGE)) for error, spread in tried)


def _around(hours: Floats, width: Floats, is_open: Flags) -> tuple[Floats, Floats]:
    return np.maximum(hours - width, 0.0) * is_open, (hours + width) * is_open
