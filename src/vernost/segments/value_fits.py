"""The fitted models of each day."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.segments import day_files

if TYPE_CHECKING:
    from vernost.segments.rules.value.choice import Fit

_NAME = "value_fits"
# A year of days that somebody may ask again.
_KEPT_DAYS = 400


def of(as_of: date) -> Mapping[str, Any] | None:
    return day_files.read(_NAME).get(as_of.isoformat())


def fit(*, as_of: date) -> "Fit":
    """Fit the models of a day on the current mirror, and keep those that speak."""
    from vernost import facts  # noqa: PLC0415 - Django wakes this module; the engines come when they are needed
    from vernost.segments.rules.value import base, plain  # noqa: PLC0415 - as above

    found = base.estimate(facts.connect(), as_of)
    fits = {**day_files.read(_NAME), as_of.isoformat(): plain.written(found)}
    day_files.write(_NAME, {day: fits[day] for day in sorted(fits)[-_KEPT_DAYS:]})
    return found
