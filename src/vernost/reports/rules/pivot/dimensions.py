"""What a pivot can be cut by: an entry here is all that a new one takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from vernost.core.i18n import _
from vernost.core.period import week_start
from vernost.facts.car_age import age_band

if TYPE_CHECKING:
    from ibis.expr.types import Value

Key = str | int | date | None
"""The value of a dimension; None: the order has none."""
Group = Literal["date", "place", "car", "order", "customer", "work"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """`column` is one of the star (`star.ORDER_COLUMNS`, or `star.LINE_COLUMNS` for a line's own).

    `key` makes the dimension's value of it; without one it is the value. Dates go by the first day of their
    period. `months` and `days` are its length, for what is compared with the one before. `of_people`: its keys are sets
    of customers that may overlap, and no column of the star.
    """

    code: str
    title: str
    group: Group
    column: str
    key: "Callable[[Value], Value] | None" = None
    of_lines: bool = False
    months: int = 0
    days: int = 0
    of_people: bool = False

    @property
    def is_date(self) -> bool:
        return self.column == "on"


def _period(unit: str) -> "Callable[[Value], Value]":
    def first_day(on: "Value") -> "Value":
        return on.truncate(unit).cast("date")

    return first_day


SEGMENT = "segment"
_ALL = (
    Dimension("year", _("Year"), "date", "on", _period("Y"), months=12),
    Dimension("quarter", _("Quarter"), "date", "on", _period("Q"), months=3),
    Dimension("month", _("Month"), "date", "on", _period("M"), months=1),
    Dimension("week", _("Week"), "date", "on", _period("W"), days=7),
    Dimension("day", _("Day"), "date", "on", days=1),
    Dimension("branch", _("Branch"), "place", "branch_id"),
    Dimension("advisor", _("Service advisor"), "place", "advisor_id"),
    Dimension("make", _("Make"), "car", "make"),
    Dimension("model", _("Model"), "car", "model"),
    Dimension("age", _("Age of the car"), "car", "vehicle_age", age_band),
    Dimension("order_kind", _("Kind of order"), "order", "order_kind"),
    Dimension("programme", _("Programme"), "order", "programme"),
    Dimension("customer_kind", _("Kind of customer"), "customer", "customer_kind"),
    Dimension(SEGMENT, _("Segment"), "customer", SEGMENT, of_people=True),
    Dimension("category", _("Category of work"), "work", "category", of_lines=True),
    Dimension("line_kind", _("Work or part"), "work", "line_kind", of_lines=True),
)
DIMENSIONS: Mapping[str, Dimension] = {dimension.code: dimension for dimension in _ALL}

GROUP_TITLES: Mapping[Group, str] = {
    "date": _("Day of closing"),
    "place": _("Where"),
    "car": _("Car"),
    "order": _("Order"),
    "customer": _("Customer"),
    "work": _("Works and parts"),
}


def written(dimension: Dimension, key: Key) -> str | int | None:
    """Write a key as files and addresses have it: 2026, 2026-Q1, 2026-03, 2026-W05 (ISO), 2026-03-31."""
    if not isinstance(key, date):
        return key
    match dimension.code:
        case "year":
            return f"{key:%Y}"
        case "quarter":
            return f"{key:%Y}-Q{(key.month + 2) // 3}"
        case "month":
            return f"{key:%Y-%m}"
        case "week":
            year, week, _weekday = key.isocalendar()
            return f"{year}-W{week:02}"
        case _:
            return key.isoformat()


def read_key(dimension: Dimension, text: str) -> Key:
    """Read what `written` wrote; ValueError where it is none. Numbers stay texts: whose they are is known elsewhere."""
    if not dimension.is_date:
        return text
    match dimension.code:
        case "year":
            return date(int(text), 1, 1)
        case "quarter":
            year, _sign, quarter = text.partition("-Q")
            return date(int(year), 3 * int(quarter) - 2, 1)
        case "month":
            return date.fromisoformat(f"{text}-01")
        case "week":
            year, _sign, week = text.partition("-W")
            return week_start(date.fromisocalendar(int(year), int(week), 1))
        case _:
            return date.fromisoformat(text)
