"""How good the prediction of the next maintenance has been, beside the rules that people use.

Past days are asked for the date of the next visit, each with ranges learned only from days whose
follow-up was over by then; the visits that came are the judges.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import ibis
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table
from numpy.typing import NDArray

from vernost.facts import calibration, due
from vernost.facts.calibration import Numbers
from vernost.facts.engine import sample

# A date that the owner has missed by more than this no rule foretells; only the range says something.
LAPSED = calibration.BORDERS.index(-90)
RULES = ("vernost", "due_date", "first_to_last", "12_months_15000_km")


@dataclass(frozen=True, slots=True)
class Result:
    """One rule on one group of cars; shares are of `cases`, days are medians or means over them."""

    group: str
    rule: str
    cases: int
    mae_days: float
    median_error_days: float
    within_range: float | None
    below_range: float | None
    above_range: float | None
    range_days: float | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """The cars of one past day that came: the dates of each rule, in the order of `RULES`, and the range."""

    stage: Numbers
    visit: Numbers
    dates: tuple[Numbers, ...]
    low: Numbers
    high: Numbers


def results(con: Backend, as_of: date, *, vehicle_ids: pa.ChunkedArray | None = None) -> list[Result]:
    """Return the results of the same season two years ago, none where the base is too young.

    Learned of all cars, judged by those of `vehicle_ids` (None: by all).
    """
    day = calibration.calibration_day(con, as_of)
    if day is None:
        return []
    few = sample(con, vehicles=calibration.ENOUGH_VEHICLES)
    observe = cache(lambda asked: calibration.observe(few, asked))
    judged = []
    for asked in calibration.asked_days(day)[: len(calibration.AROUND)]:
        fitted = calibration.fit([observe(before) for before in calibration.asked_days(asked)], asked)
        if fitted.num_rows:
            judged.append(_ask(few, asked, fitted, vehicle_ids))
    return list(_compared(judged)) if judged else []


def _ask(con: Backend, day: date, fitted: pa.Table, vehicle_ids: pa.ChunkedArray | None) -> _Asked:
    found = calibration.asked(con, day)
    if vehicle_ids is not None:
        found = found.semi_join(ibis.memtable(pa.table({"vehicle_id": vehicle_ids})), "vehicle_id")
    cars = _with_rules_of_people(con, found, day)
    rows = con.to_pyarrow(cars.filter(cars.visit_on.notnull()))
    observed = calibration.observed(rows)
    low, middle, high, known = calibration.shifts(fitted, observed)
    tomorrow = due.day_number(day) + 1
    dates = (
        np.maximum(observed.due + middle, tomorrow),
        observed.due,
        calibration.day_numbers(rows["first_to_last_on"]),
        calibration.day_numbers(rows["fixed_on"]),
    )
    return _Asked(
        observed.stage[known],
        observed.visit[known],
        tuple(column[known] for column in dates),
        np.maximum(observed.due + low, tomorrow)[known],
        np.maximum(observed.due + high, tomorrow)[known],
    )


def _with_rules_of_people(con: Backend, cars: Table, day: date) -> Table:
    """Add first_to_last_on (all readings as written, first to last) and fixed_on (12 months).

    15 000 km in 12 months is a rate as well as a limit, so by that rule both come on the same day.
    """
    readings = con.table("readings")
    said = readings.filter(readings.on <= day)
    # A day and its km as one number, as in `odometer`.
    place = said.day.cast("int64") * 2**32 + said.km
    ends = said.group_by("vehicle_id").aggregate(first=place.min(), last=place.max())
    days, km = ends["last"] // 2**32 - ends["first"] // 2**32, ends["last"] % 2**32 - ends["first"] % 2**32
    usable = (days > 0) & (km > 0)
    rate = usable.ifelse((km * 1000) // ibis.greatest(days, 1), 15_000_000 // 365).cast("int64")
    ends = ends.select("vehicle_id", said_rate=rate, said_day=ends["last"] // 2**32, said_km=ends["last"] % 2**32)
    joined = cars.left_join(ends, "vehicle_id").drop("vehicle_id_right")
    reached = due.on_day(
        due.mark_day(
            mark=joined.km_mark,
            last_km=joined.said_km.cast("int64"),
            last_day=joined.said_day,
            rate=joined.said_rate,
            as_of=day,
        )
    )
    return joined.select(
        "due_on",
        "visit_on",
        *calibration.STRATUM,
        first_to_last_on=ibis.least(ibis.coalesce(joined.months_on, reached), ibis.coalesce(reached, joined.months_on)),
        fixed_on=due.months_later(joined.since_on, ibis.literal(12)),
    )


def _compared(judged: list[_Asked]) -> Iterator[Result]:
    stage = np.concatenate([one.stage for one in judged])
    groups = {"all": stage >= 0, "in_time": stage > LAPSED, "lapsed": stage <= LAPSED}
    for group, chosen in groups.items():
        if chosen.any():
            for place, rule in enumerate(RULES):
                yield _result(judged, chosen, group, rule, place)


def _result(judged: list[_Asked], chosen: NDArray[np.bool_], group: str, rule: str, place: int) -> Result:
    def joined(columns: list[Numbers]) -> Numbers:
        return np.concatenate(columns)[chosen]

    visit = joined([one.visit for one in judged])
    error = np.abs(visit - joined([one.dates[place] for one in judged]))
    figures = Result(group, rule, len(visit), _tenth(error.mean()), _tenth(np.median(error)), None, None, None, None)
    if place:
        return figures
    low, high = joined([one.low for one in judged]), joined([one.high for one in judged])
    return Result(
        group,
        rule,
        figures.cases,
        figures.mae_days,
        figures.median_error_days,
        _share((low <= visit) & (visit <= high)),
        _share(visit < low),
        _share(visit > high),
        _tenth(np.median(high - low)),
    )


def _tenth(days: float) -> float:
    return round(float(days), 1)


def _share(chosen: NDArray[np.bool_]) -> float:
    return round(float(chosen.mean()), 3)
