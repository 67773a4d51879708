"""States, letters, scores, classes and the cascade of everybody in a blink, over the arrays of the mirror.

The same answers as the definitions in `segments.rules`, for the whole group; a person of some branches is answered
by the definitions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend
from numpy.typing import NDArray

from vernost.accounts.rules import RuleSettings
from vernost.facts.array_kernels import NO_DAY
from vernost.facts.arrays import Arrays
from vernost.segments import state_kernels as kernels
from vernost.segments.rules import days
from vernost.segments.rules.lifecycle import LETTERS, STATES
from vernost.segments.rules.rfm import SCORES

Ints = NDArray[Any]
RefsOf = Callable[[Ints], Sequence[str]]
"""Returns the source's ids of customers (keys), in their order: what equal values are ordered by."""

CLASSES = ("A", "B", "C")
_LETTERS = [LETTERS[state].encode() for state in STATES]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of every customer in the order of `Arrays.customers`: places of STATES, scores (0: none), places of CLASSES."""

    state: Ints
    last_day: Ints
    frequency: Ints
    monetary: Ints
    r: Ints
    f: Ints
    m: Ints
    abc: Ints
    abc_revenue: Ints


@dataclass(frozen=True, slots=True)
class Counted:
    """Of every customer: the place of STATES, the last day (NEVER: none), days and revenue in the window of RFM."""

    state: Ints
    last_day: Ints
    frequency: Ints
    monetary: Ints
    abc_revenue: Ints


@lru_cache(maxsize=2)
def counted(arrays: "Same", as_of: date, settings: RuleSettings) -> Counted:
    """Return the figures without their scores; the last two are kept: a page asks its day and the one a year before."""
    visits = arrays.one.visits
    return Counted(
        *kernels.figures(
            visits.starts,
            visits["day"],
            visits["revenue"],
            block_days(arrays.one),
            days.number_of(as_of),
            settings.sleep_after_days,
            settings.loyal_visits,
            settings.loyal_window_days,
            settings.rfm_window_days,
            settings.abc_window_days,
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class Same:
    """The arrays of a version as a key: equal to themselves only."""

    one: Arrays

    def __hash__(self) -> int:
        return id(self.one)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.one is self.one


def figures(arrays: Arrays, as_of: date, settings: RuleSettings, refs_of: RefsOf) -> Figures:
    same = Same(arrays)
    found = counted(same, as_of, settings)
    r, f, m = scores(same, as_of, settings)
    return Figures(
        found.state,
        found.last_day,
        found.frequency,
        found.monetary,
        r=r,
        f=f,
        m=m,
        abc=_classed(arrays, found.abc_revenue, settings, refs_of),
        abc_revenue=found.abc_revenue,
    )


@lru_cache(maxsize=1)
def scores(arrays: Same, as_of: date, settings: RuleSettings) -> tuple[Ints, Ints, Ints]:
    """Return r, f and m of every customer; 0: not in the window."""
    found = counted(arrays, as_of, settings)
    came = found.frequency > 0
    return _scored(found.last_day, came), _scored(found.frequency, came), _scored(found.monetary, came)


def columns(arrays: Arrays, as_of: date, settings: RuleSettings, con: Backend) -> pa.Table:
    """Return customer_id, state, dna_code, r, f, m (null: not in the window) and abc of everybody."""
    found = figures(arrays, as_of, settings, refs_in(con))
    scores = {
        axis: pa.array(getattr(found, axis).astype(np.int32), mask=found.frequency == 0) for axis in ("r", "f", "m")
    }
    return pa.table(
        {
            "customer_id": arrays.customers,
            "state": pa.array(STATES).take(pa.array(found.state)),
            "dna_code": dna_codes(arrays, as_of, settings),
            **scores,
            "abc": pa.array(CLASSES).take(pa.array(found.abc)),
        }
    )


def refs_in(con: Backend) -> RefsOf:
    """Return how the ids of customers are asked for."""

    def refs_of(customer_ids: Ints) -> Sequence[str]:
        customers = con.table("customers")
        asked = customers.filter(customers.customer_id.isin(customer_ids.tolist())).select("customer_id", "ref")
        found = dict(zip(*con.to_pyarrow(asked).to_pydict().values(), strict=True))
        return [found[customer_id] for customer_id in customer_ids.tolist()]

    return refs_of


def block_days(arrays: Arrays) -> Ints:
    """Return the first day on which nothing of each customer counts, as `lifecycle.blocked_since`."""
    flag, day = arrays.people["blocked"], arrays.people["blocked_day"]
    dated = day != NO_DAY
    since = np.where(dated, day, days.number_of(date(1900, 1, 1)))
    return np.where((flag == 1) | ((flag < 0) & dated), since, kernels.NEVER).astype(np.int32)


def _scored(values: Ints, came: Ints) -> Ints:
    """Score by the four values that stand on the borders: a score counts those that are strictly better."""
    known = values[came]
    if not len(known):
        return np.zeros(len(values), np.int8)
    # The k-th best is the last that may be better than a value of the score before.
    ranks = [-(-score * len(known) // SCORES) for score in range(1, SCORES)]
    places = [len(known) - max(rank, 1) for rank in ranks]
    borders = np.partition(known, sorted(set(places)))[places]
    score = np.ones(len(values), np.int8)
    for border in borders:
        score += border > values
    return np.where(came, score, 0).astype(np.int8)


def _classed(arrays: Arrays, values: Ints, settings: RuleSettings, refs_of: RefsOf) -> Ints:
    best_first = np.sort(values[values > 0])[::-1]
    until = np.cumsum(best_first)
    total, before = (int(until[-1]) if len(until) else 0), until - best_first
    classes = np.full(len(values), len(CLASSES) - 1, np.int8)
    for place, percent in reversed(list(enumerate((settings.abc_a_percent, settings.abc_b_percent)))):
        count = int(np.searchsorted(before * 100, percent * total, side="left"))
        if count == 0:
            continue
        border = best_first[count - 1]
        classes[values > border] = place
        equal = np.flatnonzero(values == border)
        taken = count - int(np.count_nonzero(best_first > border))
        if taken < len(equal):
            refs = refs_of(arrays.customers[equal])
            equal = equal[sorted(range(len(equal)), key=refs.__getitem__)[:taken]]
        classes[equal] = place
    return classes


def dna_codes(arrays: Arrays, as_of: date, settings: RuleSettings) -> pa.Array:
    """Return the DNA code of every customer in the order of `Arrays.customers`."""
    visits = arrays.visits
    begins, written = kernels.letters(
        visits.starts,
        visits["day"],
        block_days(arrays),
        _half_year_ends(visits["day"], as_of),
        settings.sleep_after_days,
        settings.loyal_visits,
        settings.loyal_window_days,
    )
    # A letter and its dash are three bytes of UTF-8; the last letter of a code has none.
    told = np.frombuffer(b"".join(letter + b"-" for letter in _LETTERS), np.uint8).reshape(len(_LETTERS), 3)
    text = told[written].reshape(-1)
    keep = np.ones(len(text), np.bool_)
    keep[begins[1:] * 3 - 1] = False
    offsets = begins * 3 - np.arange(len(begins))
    return pa.LargeStringArray.from_buffers(
        len(arrays.customers), pa.py_buffer(offsets.astype(np.int64)), pa.py_buffer(text[keep])
    ).cast(pa.string())


def _half_year_ends(day: Ints, as_of: date) -> Ints:
    """Return the ends of half-years before the day, from the first visit of anybody on, and the day."""
    first = date.fromordinal(days.EPOCH.toordinal() + int(day.min())) if len(day) else as_of
    ends = [date(year, *end) for year in range(first.year, as_of.year + 1) for end in ((6, 30), (12, 31))]
    return np.array([days.number_of(end) for end in ends if end < as_of] + [days.number_of(as_of)], np.int64)


def cascade(
    arrays: Arrays, settings: RuleSettings, *, until: date, bucket_of: Callable[[Ints], Ints], by_branch: bool = False
) -> Ints:
    """Count the events up to a day: buckets × branches (in the order of the arrays' codes, the last without) × FLOWS.

    `bucket_of` maps days (numpy's datetime64[D]) to buckets from 0 on. Without `by_branch` there is one branch.
    """
    visits, branches = arrays.visits, len(arrays.codes["branches"])
    last = days.number_of(until)
    zero = int(visits["day"].min()) if len(visits) else last
    known = np.arange(zero, max(last, zero) + 1).astype("datetime64[D]")
    buckets = np.asarray(bucket_of(known), np.int64)
    # Who falls asleep after the last day is asked for a bucket too, which is never counted.
    buckets = np.append(buckets, np.full(settings.sleep_after_days + 2, buckets[-1]))
    places = np.arange(branches + 1) if by_branch else np.zeros(branches + 1, np.int64)
    return kernels.cascade(
        visits.starts,
        visits["day"],
        visits["branch"],
        block_days(arrays),
        places,
        branches + 1 if by_branch else 1,
        buckets,
        zero,
        int(buckets.max()) + 1,
        last,
        settings.sleep_after_days,
    )


def daily(arrays: Arrays, first: date, count: int) -> dict[str, Ints]:
    """Return visits (days of customers), revenue and margin (kopecks) on each of `count` days from `first` on."""
    visits = arrays.visits
    found = kernels.daily(
        visits.starts, visits["day"], visits["revenue"], visits["margin"], days.number_of(first), count
    )
    return dict(zip(("visits", "revenue", "margin"), found, strict=True))
