"""The figures of the analytics pages over the arrays of the mirror: for who sees the whole group, without a segment.

The same answers as the definitions, which `figures` asks otherwise; a test holds them together.
"""

from collections import defaultdict
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vernost.accounts.rules import RuleSettings
from vernost.facts.arrays import Arrays
from vernost.facts.engine import engine_of
from vernost.segments import dense
from vernost.segments import state_kernels as kernels
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
    r, _f, m = dense.scores(dense.Same(arrays), as_of, settings)
    figures = kernels.cells(r, m, found.last_day, found.frequency, found.monetary, days.number_of(as_of), FIVE)
    names = ("customers", "frequency", "monetary", "nearest", "farthest", "least", "most")
    return [
        {"r": cell // FIVE + 1, "m": cell % FIVE + 1, **dict(zip(names, figures[cell].tolist(), strict=True))}
        for cell in np.flatnonzero(figures[:, 0]).tolist()
    ]


def overlay(arrays: Arrays, as_of: date, settings: RuleSettings) -> list[Row]:
    """Return state, rfm (the named group; None: not in the window), customers and monetary (kopecks)."""
    found = dense.counted(dense.Same(arrays), as_of, settings)
    scores = dense.scores(dense.Same(arrays), as_of, settings)
    count, money = kernels.overlaid(found.state, *scores, found.monetary, FIVE, len(lifecycle.STATES))
    summed: dict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0])
    for state, code in np.argwhere(count).tolist():
        cell = summed[lifecycle.STATES[state], _groups()[code]]
        cell[0] += int(count[state, code])
        cell[1] += int(money[state, code])
    return [
        {"state": state, "rfm": group, "customers": customers, "monetary": monetary}
        for (state, group), (customers, monetary) in summed.items()
    ]


@lru_cache(maxsize=1)
def _groups() -> tuple[str | None, ...]:
    """Let the definition name the group of each of the 125 codes; the last place is outside the window."""
    axes = [axis.reshape(-1) + 1 for axis in np.indices((FIVE,) * 3)]
    rows = ibis.memtable(pa.table({"place": np.arange(FIVE**3), **dict(zip("rfm", axes, strict=True))}))
    named = rows.select("place", group=rfm.group(rows)).order_by("place")
    return *engine_of(threads=1, memory_limit="1GB").to_pyarrow(named)["group"].to_pylist(), None


def soon(arrays: Arrays, as_of: date, settings: RuleSettings, within: int) -> Row:
    """Return how many of the active base fall asleep in the next days unless they come, and their revenue (kopecks)."""
    found = dense.counted(dense.Same(arrays), as_of, settings)
    awake_from = days.number_of(days.before(as_of, settings.sleep_after_days))
    active = np.isin(found.state, [lifecycle.STATES.index(state) for state in lifecycle.ACTIVE_BASE])
    chosen = active & (found.frequency > 0) & (found.last_day >= awake_from) & (found.last_day < awake_from + within)
    return {"count": int(chosen.sum()), "amount": int(found.monetary[chosen].sum())}
