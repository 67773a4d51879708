"""The production calendar as a value: working days, holidays, working Saturdays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

DayType = Literal["weekday", "weekend", "holiday"]


@dataclass(frozen=True, slots=True)
class ProductionCalendar:
    """`kinds` maps a date to `holiday`, `day_off`, `working` or `short` where it differs from its weekday."""

    kinds: Mapping[date, str]

    def day_type(self, day: date) -> DayType:
        """A working Saturday is a weekday; a moved day off is a weekend day."""
        kind = self.kinds.get(day)
        if kind == "holiday":
            return "holiday"
        if kind in {"working", "short"}:
            return "weekday"
        if kind == "day_off" or day.weekday() >= 5:  # noqa: PLR2004 - Saturday
            return "weekend"
        return "weekday"
