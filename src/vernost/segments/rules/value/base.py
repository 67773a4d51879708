"""The histories of a base: read from the mirror, and the models fitted on them."""

import hashlib
import math
from collections import OrderedDict
from datetime import date, timedelta
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import Table
from numpy.typing import NDArray

from vernost.core.fact_table import Tables
from vernost.segments.rules import days
from vernost.segments.rules.value import kept, plain
from vernost.segments.rules.value.choice import Fit, fit_all
from vernost.segments.rules.value.histories import Summary
from vernost.segments.rules.value.holdout import HeldOut

HORIZON_DAYS: Final = 365
# So many customers tell well enough which model speaks.
_ENOUGH: Final = 100_000
_REMEMBERED: Final = 8
_remembered: OrderedDict[bytes, Fit] = OrderedDict()


def histories(tables: Tables, as_of: date) -> Table:
    """Return customer_id, frequency, recency_days, age_days, mean of who came up to the day.

    `mean` is the margin in kopecks of a visit day without the first, 0 where there was none; frequency those days.
    """
    came = tables.table("visit_days")
    came = came.filter(came.on <= as_of)
    whole = came.group_by("customer_id").aggregate(
        first_on=came.on.min(),
        last_on=came.on.max(),
        visit_days=came.first.cast("int64").sum(),
        margin=came.margin.sum().cast("int64"),
    )
    whole = whole.filter(whole.visit_days > 0)
    began = whole.select(began_id="customer_id", began_on="first_on")
    first = came.join(began, [came.customer_id == began.began_id, came.on == began.began_on])
    first = first.group_by("began_id").aggregate(first_margin=first.margin.sum().cast("int64"))
    rows = whole.join(first, [whole.customer_id == first.began_id])
    first_day = days.number(rows.first_on)
    repeats = rows.visit_days - 1
    later = (rows.margin - rows.first_margin).cast("float64")
    return rows.select(
        "customer_id",
        frequency=repeats.cast("int64"),
        recency_days=(days.number(rows.last_on) - first_day).cast("int64"),
        age_days=(ibis.literal(days.number_of(as_of), "int64") - first_day).cast("int64"),
        mean=(repeats > 0).ifelse(later / ibis.greatest(repeats, 1).cast("float64"), 0.0),
    )


def summary_of(rows: Table) -> Summary:
    found = rows.order_by("customer_id").to_pyarrow()
    whole = [_numbers(found, name, np.int64) for name in ("customer_id", "frequency", "recency_days", "age_days")]
    return Summary(whole[0], whole[1], whole[2], whole[3], _numbers(found, "mean", np.float64))


def _numbers(table: pa.Table, name: str, kind: type[Any]) -> NDArray[Any]:
    numbers: NDArray[Any] = table[name].to_numpy().astype(kind)
    return numbers


def every_of(customers: int) -> int:
    """Return of a base of so many every how manieth is put to the test."""
    return max(1, math.ceil(customers / _ENOUGH))


def tested_on(tables: Tables, as_of: date, *, holdout_days: int, every: int) -> tuple[Table, Table]:
    """Return `histories` as known `holdout_days` before the day, and the visit days since: customer_id, on."""
    cut = as_of - timedelta(days=holdout_days)
    before = histories(tables, cut)
    before = before.filter(before.customer_id % every == 0)
    came = tables.table("visit_days")
    came = came.filter(came.first, came.on > cut, came.on <= as_of, came.customer_id % every == 0)
    return before, came.select("customer_id", "on")


def held_out(tables: Tables, as_of: date, *, holdout_days: int, every: int) -> HeldOut:
    """Return what was known `holdout_days` before the day, and who came since."""
    cut = as_of - timedelta(days=holdout_days)
    before, came = tested_on(tables, as_of, holdout_days=holdout_days, every=every)
    known = summary_of(before)
    since = came.group_by("customer_id").aggregate(days=came.count()).to_pyarrow()
    customer, counts = _numbers(since, "customer_id", np.int64), _numbers(since, "days", np.int64)
    actual = np.zeros(len(known.customer), dtype=np.int64)
    place = np.searchsorted(known.customer, customer)
    place[place == len(known.customer)] = 0
    was_there = known.customer[place] == customer if len(known.customer) else np.zeros(len(customer), dtype=bool)
    actual[place[was_there]] = counts[was_there]
    return HeldOut(known, actual, days.number_of(cut), days.number_of(as_of))


def estimate(tables: Tables, as_of: date, *, holdout_days: int = HORIZON_DAYS) -> Fit:
    """Fit everything for a day on what was known then. The same base is not fitted twice by one process."""
    known = summary_of(histories(tables, as_of))
    tested = held_out(tables, as_of, holdout_days=holdout_days, every=every_of(len(known.customer)))
    key = _digest(known, tested, holdout_days)
    if key not in _remembered:
        _remembered[key] = fit_all(known, tested if len(tested.known.customer) else None)
        if len(_remembered) > _REMEMBERED:
            _remembered.popitem(last=False)
    return _remembered[key]


def _digest(known: Summary, tested: HeldOut, holdout_days: int) -> bytes:
    content = hashlib.sha256(str(holdout_days).encode())
    for one in (known, tested.known):
        for array in (one.customer, one.frequency, one.recency_days, one.age_days, one.mean):
            content.update(np.ascontiguousarray(array).tobytes())
    content.update(tested.actual.tobytes())
    return content.digest()


def speaking(tables: Tables, as_of: date) -> plain.Speaking:
    """Return the models that speak for a day: those kept by the night, else fitted now."""
    stored = kept.of(as_of)
    if stored is not None:
        came = tables.table("visit_days")
        seen = came.filter(came.on <= as_of).customer_id.nunique().to_pyarrow().as_py()
        # A part of the base has the parameters of the whole; one that has grown since is asked anew.
        if seen <= stored["customers"] * kept.GROWN:
            return plain.speaking(stored)
    fit = estimate(tables, as_of)
    return fit.chosen, fit.amount
