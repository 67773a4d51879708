"""The figures of the analytics pages over the arrays of the mirror: for who sees the whole group, without a segment.

The same answers as the definitions, which `figures` asks otherwise; a test holds them together.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray

from vernost.accounts.rules import RuleSettings
from vernost.facts.arrays import Arrays
from vernost.facts.engine import engine_of
from vernost.segments import dense
from vernost.segments.rules import cascade, days, lifecycle, rfm

Ints = NDArray[Any]
Row = dict[str, Any]
FIVE = rfm.SCORES


def events(arrays: Arrays, settings: RuleSettings, until: date) -> list[Row]:
    """Return `on` and the counts of the flows of each day up to the last one, days without any left out."""
    first = int(arrays.visits["day"].min()) if len(arrays.visits) else days.number_of(until)

    def since_first(known: Ints) -> Ints:
        return np.asarray(known.astype(np.int64) - first)

    counts = dense.cascade(arrays, settings, until=until, bucket_of=since_first)[:, 0]
    there = np.flatnonzero(counts.any(axis=1))
    dated = ((days.EPOCH + timedelta(days=first + place), counts[place].tolist()) for place in there.tolist())
    return [{"on": on, **dict(zip(cascade.FLOWS, flows, strict=True))} for on, flows in dated]


def states(arrays: Arrays, as_of: date, settings: RuleSettings) -> dict[str, int]:
    found = dense.counted(dense.Same(arrays), as_of, settings).state
    return dict(zip(lifecycle.STATES, np.bincount(found, minlength=len(lifecycle.STATES)).tolist(), strict=True))


def cells(arrays: Arrays, as_of: date, settings: RuleSettings) -> list[Row]:
    """Return the cells of r and m with their sums, and the ends of days and money."""
    found = dense.counted(dense.Same(arrays), as_of, settings)
    r, _f, m = dense.scores(arrays, as_of, settings)
    here = np.flatnonzero(found.frequency)
    place = (r[here].astype(np.int64) - 1) * FIVE + m[here] - 1
    recency, money = days.number_of(as_of) - found.last_day[here].astype(np.int64), found.monetary[here]
    count = np.bincount(place, minlength=FIVE * FIVE)
    often, sums = _sum(place, found.frequency[here], FIVE * FIVE), _sum(place, money, FIVE * FIVE)
    ends = {"nearest": _end(np.minimum, place, recency), "farthest": _end(np.maximum, place, recency)}
    ends |= {"least": _end(np.minimum, place, money), "most": _end(np.maximum, place, money)}
    return [
        {
            "r": cell // FIVE + 1,
            "m": cell % FIVE + 1,
            "customers": int(count[cell]),
            "frequency": int(often[cell]),
            "monetary": int(sums[cell]),
            **{name: int(values[cell]) for name, values in ends.items()},
        }
        for cell in np.flatnonzero(count).tolist()
    ]


def _sum(place: Ints, values: Ints, size: int) -> Ints:
    """Add whole numbers up by place: floats would lose kopecks."""
    total = np.zeros(size, np.int64)
    np.add.at(total, place, values)
    return total


def _end(choose: Any, place: Ints, values: Ints) -> Ints:  # noqa: ANN401 - a function of numpy
    ends = np.zeros(FIVE * FIVE, np.int64)
    first = np.unique(place, return_index=True)
    ends[first[0]] = values[first[1]]
    choose.at(ends, place, values)
    return ends


def overlay(arrays: Arrays, as_of: date, settings: RuleSettings) -> list[Row]:
    """Return state, rfm (the named group; None: not in the window), customers and monetary (kopecks)."""
    found = dense.counted(dense.Same(arrays), as_of, settings)
    r, f, m = (score.astype(np.int64) for score in dense.scores(arrays, as_of, settings))
    names, group_of = _groups()
    inside = found.frequency > 0
    code = np.where(inside, (r - 1) * FIVE * FIVE + (f - 1) * FIVE + m - 1, 0)
    group = np.where(inside, group_of[code], len(names))
    place = found.state.astype(np.int64) * (len(names) + 1) + group
    size = len(lifecycle.STATES) * (len(names) + 1)
    count, money = np.bincount(place, minlength=size), _sum(place, found.monetary, size)
    return [
        {
            "state": lifecycle.STATES[cell // (len(names) + 1)],
            "rfm": (*names, None)[cell % (len(names) + 1)],
            "customers": int(count[cell]),
            "monetary": int(money[cell]),
        }
        for cell in np.flatnonzero(count).tolist()
    ]


@lru_cache(maxsize=1)
def _groups() -> tuple[tuple[str, ...], Ints]:
    """Let the definition name the group of each of the 125 codes."""
    axes = [axis.reshape(-1) + 1 for axis in np.indices((FIVE,) * 3)]
    rows = ibis.memtable({"place": range(FIVE**3), **dict(zip("rfm", (axis.tolist() for axis in axes), strict=True))})
    named = rows.select("place", group=rfm.group(rows)).order_by("place")
    groups = engine_of(threads=1, memory_limit="1GB").to_pyarrow(named)["group"].to_pylist()
    names = tuple(sorted(set(groups)))
    return names, np.array([names.index(group) for group in groups], np.int64)


def soon(arrays: Arrays, as_of: date, settings: RuleSettings, within: int) -> Row:
    """Return how many of the active base fall asleep in the next days unless they come, and their revenue (kopecks)."""
    found = dense.counted(dense.Same(arrays), as_of, settings)
    awake_from = days.number_of(days.before(as_of, settings.sleep_after_days))
    active = np.isin(found.state, [lifecycle.STATES.index(state) for state in lifecycle.ACTIVE_BASE])
    chosen = active & (found.frequency > 0) & (found.last_day >= awake_from) & (found.last_day < awake_from + within)
    return {"count": int(chosen.sum()), "amount": int(found.monetary[chosen].sum())}
