"""What the load forecast is made of, read from the mirror as it was known on a day."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import ibis
import numpy as np
from numpy.typing import NDArray

from vernost.accounts import queries as accounts
from vernost.accounts.models import BranchDay
from vernost.core.fact_table import Tables
from vernost.facts import maintenance
from vernost.facts.engine import sample
from vernost.invitations.rules import capacity
from vernost.invitations.rules.known import Known
from vernost.reports.asked import Asked
from vernost.reports.rules import forecast
from vernost.reports.rules.forecast import DAYS, WEEK, WEEKS, Ahead, BranchPast, Forecast, Unbooked
from vernost.segments.rules import days

if TYPE_CHECKING:
    from ibis.expr.types import Table

Floats = NDArray[np.float64]

# Cars that were due up to a quarter ago, and those that come a quarter too early.
FIRST_WEEK: Final = -13
LAST_WEEK: Final = 12
_STOCKS: Final = LAST_WEEK - FIRST_WEEK + 1
# How owners keep to their dates is asked of so many past days, eight weeks apart, and so many cars.
_ASKED_DAYS: Final = 3
_ENOUGH_VEHICLES: Final = 30_000
_HABITS: Final = timedelta(days=180)
_UNKNOWN_HOURS: Final = capacity.UNKNOWN_HUNDREDTHS / 100
_FAR: Final = 10_000


@dataclass(frozen=True)
class BranchForecast:
    branch_id: int
    days: tuple[date, ...]
    is_open: NDArray[np.bool_]
    told: Forecast


def hours_of(tables: Tables, name: str) -> "Table":
    """Return the visits of a table with `hours`: the hours of the norm of their works, one where none is known."""
    lines = tables.table("lines")
    works = lines.filter(lines.kind == "labour", ~lines.declined, lines.quantity > 0)
    works = works.group_by(worked_id="order_id").aggregate(worked=works.quantity.sum())
    rows = tables.table(name).left_join(works, [("order_id", "worked_id")])
    return rows.mutate(hours=rows.worked.fill_null(_UNKNOWN_HOURS), is_maintenance=rows.kind == "maintenance")


@dataclass(frozen=True)
class Load:
    """The load as of a day; earlier days are asked of it too, for the back-test."""

    asked: Asked

    @property
    def as_of(self) -> date:
        return self.asked.as_of

    def forecasts(self, *, only: Callable[[int], bool] = lambda _branch: True) -> list[BranchForecast]:
        """Return the forecast of every branch (asked for) that has had a visit, in the order of their keys."""
        ahead = tuple(self.as_of + timedelta(days=1 + place) for place in range(DAYS))
        return [
            BranchForecast(
                branch_id,
                ahead,
                self._open(branch_id, ahead[0], DAYS),
                forecast.forecast(past, partial(self._known, branch_id)),
            )
            for branch_id, past in sorted(self._pasts.items())
            if only(branch_id)
        ]

    @cached_property
    def _pasts(self) -> dict[int, BranchPast]:
        rows = hours_of(self.asked, "visits")
        rows = rows.filter(rows.branch_id.notnull(), rows.on <= self.as_of)
        daily = rows.group_by("branch_id", "on", "is_maintenance").aggregate(hours=rows.hours.sum())
        series: dict[int, list[tuple[date, bool, float]]] = defaultdict(list)
        for row in self.asked.rows(daily):
            series[row["branch_id"]].append((row["on"], row["is_maintenance"], row["hours"]))
        return {branch_id: self._past(branch_id, told) for branch_id, told in series.items()}

    def _past(self, branch_id: int, told: list[tuple[date, bool, float]]) -> BranchPast:
        first = min(day for day, _is_maintenance, _hours in told)
        length = (self.as_of - first).days + 1
        hours = np.zeros((2, length))
        for day, is_maintenance, worked in told:
            hours[int(is_maintenance), (day - first).days] += worked
        is_open = self._open(branch_id, first, length) | (hours.sum(axis=0) > 0)
        return BranchPast(hours[1], hours[0], is_open, first.weekday())

    def _open(self, branch_id: int, first: date, length: int) -> NDArray[np.bool_]:
        """A branch's own day goes first; a public holiday is closed, a weekend is as it always was."""
        own = self._own_days.get(branch_id, {})
        some = (first + timedelta(days=place) for place in range(length))
        return np.array([own[day] if day in own else self._calendar.day_type(day) != "holiday" for day in some])

    @cached_property
    def _calendar(self) -> Any:  # noqa: ANN401 - a production calendar
        return accounts.production_calendar()

    @cached_property
    def _own_days(self) -> dict[int, dict[date, bool]]:
        found: dict[int, dict[date, bool]] = defaultdict(dict)
        for branch_id, on, opens in BranchDay.objects.values_list("branch_id", "on", "open_at"):
            found[branch_id][on] = opens is not None
        return found

    def _known(self, branch_id: int, back: int) -> tuple[Ahead, Unbooked]:
        day = self.as_of - timedelta(days=back)
        before = self._before(day)
        is_open = self._open(branch_id, day + timedelta(days=1), DAYS)
        due = before.due.get(branch_id, np.zeros(_STOCKS)) @ before.habits
        booked = before.booked.get(branch_id, np.zeros(DAYS))
        weeks, (told, half) = self._weeks(back), self._group_ahead(back)
        share = forecast.share_of(weeks[branch_id], self._group(weeks)) if branch_id in weeks else 0.0
        return Ahead(booked, due, told * share, half * share, is_open), before.unbooked

    def _weeks(self, back: int) -> dict[int, Floats]:
        """Return the weeks' hours of all but maintenance of each branch that was there so many days before."""
        return {
            branch_id: forecast.weeks_of(forecast.filled(past.others, past.is_open)[: len(past.others) - back])
            for branch_id, past in self._pasts.items()
            if len(past.others) > back
        }

    def _group(self, weeks: dict[int, Floats]) -> Floats:
        longest = max(map(len, weeks.values()), default=0)
        whole: Floats = np.sum([np.pad(each, (longest - len(each), 0)) for each in weeks.values()], axis=0)
        return whole

    def _group_ahead(self, back: int) -> tuple[Floats, Floats]:
        if back not in self._told:
            self._told[back] = forecast.weeks_ahead(self._group(self._weeks(back)))
        return self._told[back]

    @cached_property
    def _told(self) -> dict[int, tuple[Floats, Floats]]:
        return {}

    def _before(self, day: date) -> "_Before":
        if day not in self._asked_days:
            self._asked_days[day] = _Before.read(self.asked, day)
        return self._asked_days[day]

    @cached_property
    def _asked_days(self) -> dict[date, "_Before"]:
        return {}


@dataclass(frozen=True)
class _Before:
    """What was known on a day: hours booked by branch and day, due by branch and week of due date, habits.

    `habits[j, w]`: of an hour due in week j so much is worked in the week w ahead.
    """

    booked: dict[int, Floats]
    due: dict[int, Floats]
    habits: Floats
    unbooked: Unbooked

    @classmethod
    def read(cls, asked: Asked, day: date) -> "_Before":
        kept = _kept(asked, day)
        return cls(
            {branch: hours * kept for branch, hours in _booked(asked, day).items()},
            _due(asked, day),
            _habits(asked, day),
            _unbooked(asked, day),
        )


def _booked(asked: Asked, day: date) -> dict[int, Floats]:
    booked = _appointments(asked, day).filter(lambda made: made.starts_on > day)
    booked = booked.filter(booked.starts_on <= day + timedelta(days=DAYS))
    daily = booked.group_by("branch_id", "starts_on").aggregate(hours=booked.planned.sum())
    found: dict[int, Floats] = defaultdict(lambda: np.zeros(DAYS))
    for row in asked.rows(daily):
        found[row["branch_id"]][(row["starts_on"] - day).days - 1] = row["hours"]
    return found


def _appointments(asked: Asked, day: date) -> "Table":
    """Appointments that were in the book on the day and not taken out of it since."""
    made = asked.table("appointments")
    made = made.filter(
        made.branch_id.notnull(),
        made.status != "cancelled",
        made.booked_on.isnull() | (made.booked_on <= day).fill_null(False),  # noqa: FBT003 - Ibis' interface
    )
    return made.mutate(planned=made.labour_hundredths.fill_null(capacity.UNKNOWN_HUNDREDTHS) / 100)


def _kept(asked: Asked, day: date) -> float:
    """Return the hours worked of an hour booked: some do not come, some need more."""
    booked = _appointments(asked, day)
    booked = booked.filter(booked.starts_on > day - _HABITS, booked.starts_on <= day)
    visits = hours_of(asked, "visits").select(visit_id="order_id", hours="hours", on="on")
    visits = visits.filter(visits.on <= day)
    rows = booked.left_join(visits, [("order_id", "visit_id")])
    row = asked.rows(rows.aggregate(planned=rows.planned.sum(), worked=rows.hours.fill_null(0.0).sum()))[0]
    return row["worked"] / row["planned"] if row["planned"] and row["worked"] else 1.0


def _unbooked(asked: Asked, day: date) -> Unbooked:
    visits = hours_of(asked, "visits")
    visits = visits.filter(visits.on > day - _HABITS, visits.on <= day)
    made = asked.table("appointments")
    made = (
        made.filter(made.order_id.notnull())
        .group_by(made_for="order_id")
        .aggregate(booked_on=made.booked_on.min(), has_day=made.booked_on.notnull().all())
    )
    rows = visits.left_join(made, [("order_id", "made_for")])
    ahead = (days.number(rows.on) - days.number(rows.booked_on)).cast("int64")
    lead = rows.made_for.isnull().ifelse(-1, rows.has_day.ifelse(ibis.greatest(ahead, 0), _FAR))
    rows = rows.mutate(lead=lead)
    told = asked.rows(rows.group_by("is_maintenance", "lead").aggregate(hours=rows.hours.sum()))
    return Unbooked(*(_shares([row for row in told if row["is_maintenance"] is kind]) for kind in (True, False)))


def _shares(rows: list[dict[str, Any]]) -> Floats:
    total = sum(row["hours"] for row in rows)
    if not total:
        return np.ones(DAYS)
    return np.array([sum(row["hours"] for row in rows if row["lead"] < day) / total for day in range(1, DAYS + 1)])


def _due_cars(con: Any, asked: Asked, day: date) -> "Table":  # noqa: ANN401 - a backend
    """Cars due around a day: vehicle_id, branch_id, week of the due date (0: the first ahead), planned hours."""
    since, until = day + timedelta(days=WEEK * FIRST_WEEK), day + timedelta(days=WEEK * (LAST_WEEK + 1) - 1)
    if not con.to_pyarrow(con.table("vehicles").count()).as_py():
        return _no_cars()
    known = Known(con, day, asked.settings)
    dated = maintenance.dates(known.driven.filter(ibis._.since_on.notnull()), day, known.maintenance_rules)
    due = dated.select("vehicle_id", "due_on").filter(ibis._.due_on.between(since, until))
    rows = due.join(known.pairs.select("vehicle_id", "branch_id"), "vehicle_id")
    rows = rows.left_join(capacity.plan_hours(known), [("vehicle_id", "planned_id")])
    week = (days.number(rows.due_on) - days.number_of(day)).cast("float64") / WEEK
    rows = rows.select(
        "vehicle_id",
        "branch_id",
        week=week.floor().cast("int64") - FIRST_WEEK,
        planned=rows.hundredths.fill_null(capacity.UNKNOWN_HUNDREDTHS) / 100,
    )
    # Kept here: whatever follows would be compiled and run with all of it inside.
    return ibis.memtable(con.to_pyarrow(rows))


def _no_cars() -> "Table":
    columns = {"vehicle_id": "int64", "branch_id": "int64", "week": "int64", "planned": "float64"}
    return ibis.memtable({name: [] for name in columns}, schema=columns)


def _due(asked: Asked, day: date) -> dict[int, Floats]:
    cars = asked.only_owned(_due_cars(asked.con, asked, day))
    cars = cars.filter(cars.branch_id.notnull())
    found: dict[int, Floats] = defaultdict(lambda: np.zeros(_STOCKS))
    for row in asked.rows(cars.group_by("branch_id", "week").aggregate(hours=cars.planned.sum())):
        found[row["branch_id"]][row["week"]] = row["hours"]
    return found


def _habits(asked: Asked, day: date) -> Floats:
    """Ask past days whose cars were due when, and what they came for in the eight weeks after each."""
    few = sample(asked.con, vehicles=_ENOUGH_VEHICLES)
    due, came = np.zeros(_STOCKS), np.zeros((_STOCKS, WEEKS))
    listed = whole = 0.0
    for number in range(1, _ASKED_DAYS + 1):
        then = day - timedelta(days=DAYS * number)
        cars = _due_cars(few, asked, then)
        visits = hours_of(few, "vehicle_visits")
        visits = visits.filter(visits.is_maintenance, visits.on > then, visits.on <= then + timedelta(days=DAYS))
        visits = visits.mutate(ahead=(days.number(visits.on) - days.number_of(then) - 1).cast("int64"))
        rows = cars.left_join(visits.select("vehicle_id", "ahead", "hours"), "vehicle_id")
        told = rows.group_by("week", "ahead").aggregate(hours=rows.hours.fill_null(0.0).sum())
        for row in _rows(few, told):
            if row["ahead"] is not None:
                came[row["week"], row["ahead"] // WEEK] += row["hours"]
                listed += row["hours"]
        for row in _rows(few, cars.group_by("week").aggregate(hours=cars.planned.sum())):
            due[row["week"]] += row["hours"]
        whole += _rows(few, visits.aggregate(hours=visits.hours.sum().fill_null(0.0)))[0]["hours"]
    # Maintenance of cars that were on no list comes too, as often as it did.
    more = whole / listed if listed else 1.0
    shares: Floats = np.divide(came, due[:, None], out=np.zeros_like(came), where=due[:, None] > 0) * more
    return shares


def _rows(con: Any, table: "Table") -> list[dict[str, Any]]:  # noqa: ANN401 - a backend
    found: list[dict[str, Any]] = con.to_pyarrow(table).to_pylist()
    return found
