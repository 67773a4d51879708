"""The figures of the home page and the series behind them, each by one pass over the mirror."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray

from vernost.core.period import add_months
from vernost.facts.engine import THREADS
from vernost.reports.catalogue import cohorts as cohorts_report
from vernost.reports.catalogue import retention as retention_report
from vernost.reports.queries.analytics import lists, quick
from vernost.reports.queries.analytics.look import Base, Look, Row
from vernost.segments import dense, dense_months
from vernost.segments.rules import cascade, cuts, lifecycle, retention, rfm

MONTHS = 13


@dataclass(frozen=True, slots=True)
class Share:
    """Of `base` so many were `kept`."""

    month: int
    base: int
    kept: int

    @property
    def value(self) -> float | None:
        return self.kept / self.base if self.base else None


@dataclass(frozen=True, slots=True)
class Flow:
    """Opening and flows of a span make its closing."""

    opening: int
    closing: int
    kinds: dict[str, int]


@dataclass(frozen=True, slots=True)
class Flows:
    """The look's period, the one it is compared with, and the last `MONTHS` months: month, base, and kinds."""

    now: Flow
    before: Flow
    months: list[Row]


def warm(base: Base, compared: Look) -> None:
    """Count what the overview shows on all processors, where compiled loops count it; they let other threads run."""
    if base.asked.whole_arrays is None:
        return
    then = base.on(base.look.year_ago())
    # Threads have no connection to the database of their own.
    then.__dict__["settings"] = base.settings
    tasks: list[Callable[[], object]] = [
        lambda: cells(base),
        lambda: states(then),
        lambda: flows(base, compared),
        lambda: cohorts(base, "customer", "visit", None),
        lambda: made(base, compared),
        lambda: retained(base),
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda task: task(), tasks))


def flows(base: Base, compared: Look) -> Flows:
    """Count the cascade of both periods and of the months in one pass: an event is of its day, whatever came later."""

    def made() -> Flows:
        first = add_months(base.look.as_of.replace(day=1), 1 - MONTHS)
        arrays = base.asked.whole_arrays
        if arrays is not None:
            days = quick.events(arrays, base.settings, base.look.as_of)
            rows = [_placed(day, first, base.look, compared) for day in days]
            return Flows(_flow(rows, "now"), _flow(rows, "before"), _months(rows, first))
        found = lists.events(base)
        month = (found.on >= first).ifelse(found.on.truncate("M").cast("date"), ibis.null("date"))
        counts = {kind: (found.kind == kind).sum().cast("int64") for kind in cascade.FLOWS}
        keys = {
            f"{name}_{side}": end
            for name, look in (("now", base.look), ("before", compared))
            for side, end in (
                ("in", (found.on > look.opened_on) & (found.on <= look.as_of)),
                ("past", found.on > look.as_of),
            )
        }
        rows = base.asked.rows(found.group_by(month=month, **keys).aggregate(**counts))
        return Flows(_flow(rows, "now"), _flow(rows, "before"), _months(rows, first))

    kept: Flows = base.kept("flows", made, compared)
    return kept


def _placed(day: Row, first: date, now: Look, before: Look) -> Row:
    """Say of the events of a day in which of the months and periods they are."""
    on: date = day["on"]
    ends = {"now": now, "before": before}
    inside = {f"{name}_in": look.opened_on < on <= look.as_of for name, look in ends.items()}
    past = {f"{name}_past": on > look.as_of for name, look in ends.items()}
    return {**day, "month": on.replace(day=1) if on >= first else None, **inside, **past}


def _flow(rows: list[Row], name: str) -> Flow:
    inside = [row for row in rows if row[f"{name}_in"]]
    opening = sum(_net(row) for row in rows if not row[f"{name}_in"] and not row[f"{name}_past"])
    kinds = {kind: sum(int(row[kind]) for row in inside) for kind in cascade.FLOWS}
    return Flow(opening, opening + sum(_net(row) for row in inside), kinds)


def _months(rows: list[Row], first: date) -> list[Row]:
    level = sum(_net(row) for row in rows if row["month"] is None)
    told = []
    for place in range(MONTHS):
        month = add_months(first, place)
        members = [row for row in rows if row["month"] == month]
        level += sum(_net(row) for row in members)
        kinds = {kind: sum(int(row[kind]) for row in members) for kind in cascade.FLOWS}
        told.append({**kinds, "month": month, "base": level})
    return told


def _net(row: Row) -> int:
    return sum(int(row[kind]) for kind in cascade.COMING) - sum(int(row[kind]) for kind in cascade.LEAVING)


def retained(base: Base) -> list[Share]:
    """Return one-year retention at the end of the last `MONTHS` finished months, oldest first."""

    def made() -> list[Share]:
        last = retention.last_finished(base.look.as_of)
        arrays = base.asked.whole_arrays
        if arrays is not None:
            counts = dense_months.retained(arrays, last, MONTHS)
            return [Share(last - MONTHS + 1 + each, *count) for each, count in enumerate(counts)]
        start = last - MONTHS - 2 * retention.YEAR + 2
        visits = base.asked.table("visits")
        visits = visits.filter(
            visits.customer_id.notnull(),
            visits.on >= retention.first_day(start),
            visits.on <= retention.last_day(last),
        )
        # A customer's months are the bits of one number, so that each month's share is a test of two masks.
        place = (retention.month_of(visits.on) - start).cast("float64")
        # DuckDB shifts a literal as a small number; a power of two is exact.
        came = visits.select("customer_id", month=(ibis.literal(2.0) ** place).cast("int64"))
        people = base.asked.only(came.group_by("customer_id").aggregate(months=came.month.bit_or()))
        year = (1 << retention.YEAR) - 1
        shares: dict[str, Any] = {}
        for number in range(MONTHS):
            was = (people.months & (year << number)) != 0
            again = (people.months & (year << (number + retention.YEAR))) != 0
            shares |= {f"base{number}": was.sum().cast("int64"), f"kept{number}": (was & again).sum().cast("int64")}
        (row,) = base.asked.rows(people.aggregate(**shares))
        first = last - MONTHS + 1
        return [Share(first + each, row[f"base{each}"] or 0, row[f"kept{each}"] or 0) for each in range(MONTHS)]

    return list(base.kept("retained", made))


def retained_by(base: Base, definition: str, by: cuts.Cut) -> list[Row]:
    """Return `cut` (its key) and the counts of a definition of retention for each key of a cut."""
    (wanted,) = (one for one in retention.DEFINITIONS if one.code == definition)
    return list(base.kept("retained_by", lambda: retention_report.counted_by(base.asked, wanted, by), definition, by))


def cohorts(base: Base, of: cuts.Unit, start: cuts.Start, by: cuts.Cut | None) -> list[Row]:
    """Return the rows of `catalogue.cohorts.counted`."""
    return list(base.kept("cohorts", lambda: list(cohorts_report.counted(base.asked, of, start, by)), of, start, by))


@dataclass(frozen=True, slots=True)
class Made:
    """visits (days on which a customer came), revenue and margin (kopecks) of two periods and of the last months."""

    now: dict[str, int]
    before: dict[str, int]
    months: list[Row]


MADE = ("visits", "revenue", "margin")


def made(base: Base, compared: Look) -> Made:
    """Return what known customers brought in the look's period and in the one it is compared with."""

    def counted() -> Made:
        months = [add_months(base.look.as_of.replace(day=1), place + 1 - MONTHS) for place in range(MONTHS)]
        first = min(months[0], compared.start, base.look.start)
        days = daily(base, first)

        def summed(since: date, until: date) -> dict[str, int]:
            part = slice((since - first).days, (until - first).days + 1)
            return {name: int(days[name][part].sum()) for name in MADE}

        ends = [*(days_before(month) for month in months[1:]), base.look.as_of]
        told = [{"month": month, **summed(month, end)} for month, end in zip(months, ends, strict=True)]
        return Made(summed(base.look.start, base.look.as_of), summed(compared.start, compared.as_of), told)

    kept: Made = base.kept("made", counted, compared)
    return kept


def days_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def daily(base: Base, first: date) -> Mapping[str, NDArray[Any]]:
    """Return visits, revenue and margin (kopecks) of known customers on each day from `first` to the look's."""
    count = (base.look.as_of - first).days + 1
    arrays = base.asked.whole_arrays
    if arrays is not None:
        return dense.daily(arrays, first, count)
    visits = base.asked.table("visits")
    visits = visits.filter(visits.customer_id.notnull(), visits.on >= first, visits.on <= base.look.as_of)
    came = visits.group_by("customer_id", "on").aggregate(
        revenue=visits.revenue.sum().cast("int64"), margin=visits.margin.sum().cast("int64")
    )
    came = base.asked.only(came)
    rows = came.group_by("on").aggregate(
        visits=came.count(), revenue=came.revenue.sum().cast("int64"), margin=came.margin.sum().cast("int64")
    )
    found = {name: np.zeros(count, np.int64) for name in MADE}
    for row in base.asked.rows(rows):
        for name in MADE:
            found[name][(row["on"] - first).days] = row[name]
    return found


def states(base: Base) -> dict[str, int]:
    """Return how many customers are in each state."""

    def made() -> dict[str, int]:
        if base.asked.whole_arrays is not None:
            return quick.states(base.asked.whole_arrays, base.look.as_of, base.settings)
        found = base.asked.only(lifecycle.states(base.asked, base.look.as_of, base.settings))
        rows = base.asked.rows(found.group_by("state").aggregate(customers=found.count()))
        counts = {row["state"]: row["customers"] for row in rows}
        return {state: counts.get(state, 0) for state in lifecycle.STATES}

    kept: dict[str, int] = base.kept("states", made)
    return kept


def summed(base: Base, code: str, **keys: str) -> Row:
    """Return count and amount (kopecks) of a list."""

    def made() -> Row:
        if code == "soon" and base.asked.whole_arrays is not None:
            return quick.soon(base.asked.whole_arrays, base.look.as_of, base.settings, lists.SOON_DAYS)
        found = lists.rows_of(base, code, keys)
        (row,) = base.asked.rows(found.aggregate(count=found.count(), amount=found.amount.sum().cast("int64")))
        return {"count": row["count"], "amount": row["amount"] or 0}

    kept: Row = base.kept("summed", made, code, *sorted(keys.items()))
    return kept


@dataclass(frozen=True, slots=True)
class Cells:
    """Figures by (r, m): customers, frequency, monetary (kopecks); the days of each r and the kopecks of each m."""

    cells: dict[tuple[int, int], Row]
    days: dict[int, tuple[int, int]]
    money: dict[int, tuple[int, int]]


def cells(base: Base) -> Cells:
    """Return the matrix of recency and revenue with the ends of its scores."""

    def made() -> Cells:
        if base.asked.whole_arrays is not None:
            rows = quick.cells(base.asked.whole_arrays, base.look.as_of, base.settings)
        else:
            rows = _cells(base)
        return Cells(
            {(row["r"], row["m"]): row for row in rows},
            _ends(rows, "r", "nearest", "farthest"),
            _ends(rows, "m", "least", "most"),
        )

    kept: Cells = base.kept("cells", made)
    return kept


def _cells(base: Base) -> list[Row]:
    found = base.asked.only(rfm.scores(base.asked, base.look.as_of, base.settings))
    return base.asked.rows(
        found.group_by("r", "m").aggregate(
            customers=found.count(),
            frequency=found.frequency.sum().cast("int64"),
            monetary=found.monetary.sum().cast("int64"),
            nearest=found.recency_days.min(),
            farthest=found.recency_days.max(),
            least=found.monetary.min(),
            most=found.monetary.max(),
        )
    )


def overlay(base: Base) -> list[Row]:
    """Return state, rfm (the named group; None: outside the window), customers and monetary (kopecks)."""

    def made() -> list[Row]:
        if base.asked.whole_arrays is not None:
            return quick.overlay(base.asked.whole_arrays, base.look.as_of, base.settings)
        rows = base.report("overlay", as_of=base.look.as_of)
        return [{**row, "monetary": int(Decimal(row["monetary"]) * 100)} for row in rows]

    return list(base.kept("overlay_counts", made))


def _ends(rows: list[Row], axis: str, low: str, high: str) -> dict[int, tuple[int, int]]:
    scores = {row[axis] for row in rows}
    of_score = {score: [row for row in rows if row[axis] == score] for score in scores}
    return {score: (min(row[low] for row in own), max(row[high] for row in own)) for score, own in of_score.items()}
