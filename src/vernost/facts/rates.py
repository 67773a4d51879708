"""How fast every car runs, by loops over arrays: the rates of `facts.odometer.state`."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vernost.facts import kernels
from vernost.facts.due import day_number
from vernost.facts.flat import Flat, Wanted
from vernost.facts.odometer import RateRules
from vernost.facts.rounding import half_up

Numbers = NDArray[np.int64]
Places = NDArray[np.int32]

# Steps between accepted readings.
STEPS: Final = Wanted(
    "steps",
    "readings",
    "vehicle_id",
    {
        "previous": ("previous_day", "int32"),
        "days": ('"day" - previous_day', "int32"),
        "km": ("km - previous_km", "int32"),
    },
    where="accepted AND previous_day IS NOT NULL",
)
SEPARATOR: Final = chr(31)
"""Between make and model, which no name has."""
MODEL: Final = f"make_key || chr({ord(SEPARATOR)}) || model_key"


def of_cars(steps: Sequence[tuple[Flat, Places]], model: Places, models: int, as_of: date, rules: RateRules) -> Numbers:
    """Return metres a day of each car; 0 where there is none.

    `steps`: parts of `STEPS` with the place of each key among the cars, -1: of none. `model` of each car, of so many.
    """
    days, km = np.zeros(len(model), np.int64), np.zeros(len(model), np.int64)
    for part, cars in steps:
        columns = (part["previous"], part["days"], part["km"])
        kernels.add_steps(part.starts, cars, columns, day_number(as_of) - rules.window_days, days, km)
    running = np.flatnonzero(days > 0)
    raw = half_up(km[running] * 1000, days[running])
    base = _median(raw) if len(raw) else rules.base_rate_m
    of_model = np.full(models + 1, base, np.int64)
    for each, some in _grouped(model[running], raw):
        if len(some) >= rules.model_vehicles:
            of_model[each] = _median(some)
    weight = rules.weight_days
    return half_up(km * 1000 + weight * of_model[model], np.maximum(days + weight, 1)) * (days + weight > 0)


def _median(rates: Numbers) -> int:
    """Return the median; of an even count the mean of the two middle ones, half up."""
    middle = (len(rates) - 1) // 2, len(rates) // 2
    low, high = np.partition(rates, sorted(set(middle)))[list(middle)].tolist()
    return int(low + high + 1) // 2


def _grouped(groups: Places, values: Numbers) -> list[tuple[int, Numbers]]:
    """Return the values of each group but -1."""
    # Sixteen bits are sorted by their digits.
    narrow = groups.astype(np.int16) if not len(groups) or groups.max() < np.iinfo(np.int16).max else groups
    order = np.argsort(narrow, kind="stable")
    ordered, values = groups[order], values[order]
    begins = np.flatnonzero(np.diff(ordered, prepend=-2))
    ends = np.append(begins, len(ordered))[1:]
    found = zip(ordered[begins].tolist(), begins.tolist(), ends.tolist(), strict=True)
    return [(group, values[begin:end]) for group, begin, end in found if group >= 0]
