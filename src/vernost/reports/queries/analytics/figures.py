"""The figures of the home page and the series behind them, each by one pass over the mirror."""

from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

import ibis

from vernost.core.period import add_months
from vernost.reports.queries.analytics import lists
from vernost.reports.queries.analytics.look import Base, Row
from vernost.segments.rules import cascade, lifecycle, retention, rfm

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


def flow(base: Base, *, known_on: date | None = None) -> Flow:
    """Return the cascade of the look's period; `known_on`: as it was known at the end of that day."""

    def made() -> Flow:
        found = lists.events(base, known_on=known_on)
        within = found.on > base.look.opened_on
        step = found.kind.isin(cascade.COMING).ifelse(1, -1)
        counts: dict[str, Any] = {kind: ((found.kind == kind) & within).sum().cast("int64") for kind in cascade.FLOWS}
        (row,) = base.asked.rows(
            found.aggregate(opening=step.sum(where=~within).cast("int64"), closing=step.sum().cast("int64"), **counts)
        )
        kinds = {kind: row[kind] or 0 for kind in cascade.FLOWS}
        return Flow(row["opening"] or 0, row["closing"] or 0, kinds)

    kept: Flow = base.kept("flow", made, known_on)
    return kept


def monthly(base: Base) -> list[Row]:
    """Return the base and the flows of the last `MONTHS` months, that of the day included: month, base, and kinds."""

    def made() -> list[Row]:
        first = add_months(base.look.as_of.replace(day=1), 1 - MONTHS)
        found = lists.events(base)
        month = (found.on >= first).ifelse(found.on.truncate("M").cast("date"), ibis.null("date"))
        counts = {kind: (found.kind == kind).sum().cast("int64") for kind in cascade.FLOWS}
        rows = {row["month"]: row for row in base.asked.rows(found.group_by(month=month).aggregate(**counts))}
        nothing = dict.fromkeys(cascade.FLOWS, 0)
        months = [add_months(first, place) for place in range(MONTHS)]
        steps = [_net(rows.get(None, nothing)), *(_net(rows.get(each, nothing)) for each in months)]
        levels = list(accumulate(steps))[1:]
        return [
            {**nothing, **rows.get(each, nothing), "month": each, "base": level}
            for each, level in zip(months, levels, strict=True)
        ]

    return list(base.kept("monthly", made))


def _net(row: Row) -> int:
    return sum(int(row[kind]) for kind in cascade.COMING) - sum(int(row[kind]) for kind in cascade.LEAVING)


def retained(base: Base) -> list[Share]:
    """Return one-year retention at the end of the last `MONTHS` finished months, oldest first."""

    def made() -> list[Share]:
        last = retention.last_finished(base.look.as_of)
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


def revenue(base: Base) -> list[Row]:
    """Return month, revenue and margin (kopecks) and visits of the last `MONTHS` months."""

    def made() -> list[Row]:
        first = add_months(base.look.as_of.replace(day=1), 1 - MONTHS)
        visits = base.asked.table("visits")
        visits = base.asked.only(visits.filter(visits.on >= first, visits.on <= base.look.as_of))
        found = visits.group_by(month=visits.on.truncate("M").cast("date")).aggregate(
            revenue=visits.revenue.sum().cast("int64")
        )
        rows = {row["month"]: row["revenue"] for row in base.asked.rows(found)}
        months = [add_months(first, place) for place in range(MONTHS)]
        return [{"month": month, "revenue": rows.get(month, 0)} for month in months]

    return list(base.kept("revenue", made))


def paid(base: Base) -> int:
    """Return the revenue of the period's visits in kopecks, of known customers."""

    def made() -> int:
        visits = base.asked.table("visits")
        visits = visits.filter(
            visits.customer_id.notnull(), visits.on > base.look.opened_on, visits.on <= base.look.as_of
        )
        visits = base.asked.only(visits)
        (row,) = base.asked.rows(visits.aggregate(revenue=visits.revenue.sum().cast("int64")))
        return int(row["revenue"] or 0)

    kept: int = base.kept("paid", made)
    return kept


def states(base: Base) -> dict[str, int]:
    """Return how many customers are in each state."""

    def made() -> dict[str, int]:
        found = base.asked.only(lifecycle.states(base.asked, base.look.as_of, base.settings))
        rows = base.asked.rows(found.group_by("state").aggregate(customers=found.count()))
        counts = {row["state"]: row["customers"] for row in rows}
        return {state: counts.get(state, 0) for state in lifecycle.STATES}

    kept: dict[str, int] = base.kept("states", made)
    return kept


def summed(base: Base, code: str, **keys: str) -> Row:
    """Return count and amount (kopecks) of a list."""

    def made() -> Row:
        found = lists.rows_of(base, code, keys)
        (row,) = base.asked.rows(found.aggregate(count=found.count(), amount=found.amount.sum().cast("int64")))
        return {"count": row["count"], "amount": row["amount"] or 0}

    kept: Row = base.kept("summed", made, code, *sorted(keys.items()))
    return kept


def bounds(base: Base) -> dict[tuple[str, int], tuple[int, int]]:
    """Return the smallest and greatest recency_days, frequency and monetary of each score, by axis and score."""

    def made() -> dict[tuple[str, int], tuple[int, int]]:
        found = base.asked.only(rfm.scores(base.asked, base.look.as_of, base.settings))
        limits: dict[tuple[str, int], tuple[int, int]] = {}
        for axis, figure in (("r", "recency_days"), ("f", "frequency"), ("m", "monetary")):
            ends = found.group_by(axis).aggregate(low=found[figure].min(), high=found[figure].max())
            limits |= {(axis, row[axis]): (row["low"], row["high"]) for row in base.asked.rows(ends)}
        return limits

    kept: dict[tuple[str, int], tuple[int, int]] = base.kept("bounds", made)
    return kept
