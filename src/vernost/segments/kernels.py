"""Compiled loops over the arrays of the mirror for what conditions ask most: visits and lines over a window.

Each gives the values of all customers by dense number, the same as the attribute's expression: a test
holds the two together.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vernost.facts.array_kernels import NO_DAY

if TYPE_CHECKING:
    from vernost.facts.arrays import Arrays
    from vernost.segments.attributes import Ground
    from vernost.segments.rules.tree import Condition

_EPOCH = date(1970, 1, 1)

# What a loop measures of a customer's rows.
_ANY, _COUNT, _DAYS, _SUM, _FIRST, _LAST = range(6)
_MEASURES = {
    "any": (_ANY, ""),
    "orders": (_COUNT, ""),
    "days": (_DAYS, ""),
    "revenue": (_SUM, "revenue"),
    "margin": (_SUM, "margin"),
    "amount": (_SUM, "amount"),
    "first": (_FIRST, ""),
    "last": (_LAST, ""),
}


def day_number(day: date) -> int:
    return (day - _EPOCH).days


def of_visits(ground: "Ground", condition: "Condition", name: str) -> NDArray[Any]:
    measure, column = _MEASURES[name]
    visits, n = ground.arrays.visits, len(ground.arrays.customers)
    first, last = map(day_number, condition.within.days(ground.as_of))
    branches = _branches(ground, condition)
    kinds = _chosen(ground.arrays, "order_kinds", condition.option("order_kind"))
    amounts = visits[column] if column else visits["revenue"]
    into = _empty(n, measure)
    _visits(
        visits.starts,
        visits["day"],
        amounts,
        visits["branch"],
        branches,
        visits["kind"],
        kinds,
        first,
        last,
        measure,
        into,
    )
    return into


def of_lines(ground: "Ground", condition: "Condition", name: str, *, declined: bool) -> NDArray[Any]:
    measure, _column = _MEASURES[name]
    lines, n = ground.arrays.lines, len(ground.arrays.customers)
    first, last = map(day_number, condition.within.days(ground.as_of))
    branches = _branches(ground, condition)
    kinds = _chosen(ground.arrays, "line_kinds", condition.option("line_kind"))
    into = _empty(n, measure)
    chosen = condition.option("category")
    codes = [ground.arrays.code("categories", one) for one in chosen] if chosen else range(len(lines.starts) - 1)
    slices = np.array([(lines.starts[code], lines.starts[code + 1]) for code in codes if code >= 0], np.int64)
    if measure == _DAYS and len(slices) > 1:
        return _days_of_several(ground, slices, kinds, branches, first, last, declined=declined)
    for start, end in slices.tolist():
        _lines(
            lines["customer"][start:end],
            lines["day"][start:end],
            lines["amount"][start:end],
            lines["branch"][start:end],
            branches,
            lines["kind"][start:end],
            kinds,
            lines["declined"][start:end],
            declined,
            first,
            last,
            measure,
            into,
        )
    return into


def _days_of_several(
    ground: "Ground",
    slices: NDArray[np.int64],
    kinds: NDArray[np.bool_],
    branches: NDArray[np.bool_],
    first: int,
    last: int,
    *,
    declined: bool,
) -> NDArray[Any]:
    """Count each customer's days once, though they lie in several categories."""
    lines = ground.arrays.lines
    parts = []
    for start, end in slices.tolist():
        day, part = lines["day"][start:end], slice(start, end)
        fits = (day >= first) & (day <= last) & (lines["declined"][part] == declined)
        fits &= kinds[lines["kind"][part]] & branches[lines["branch"][part]]
        parts.append(lines["customer"][part][fits].astype(np.int64) << 32 | day[fits].astype(np.int64) & 0xFFFFFFFF)
    days = np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)
    return np.bincount(days >> 32, minlength=len(ground.arrays.customers)).astype(np.int64)


def _empty(customers: int, measure: int) -> NDArray[Any]:
    if measure == _ANY:
        return np.zeros(customers, np.bool_)
    return np.full(customers, NO_DAY if measure in {_FIRST, _LAST} else 0, np.int64)


def _branches(ground: "Ground", condition: "Condition") -> NDArray[np.bool_]:
    """Tell of each branch whether its rows count; the last place is for rows without one."""
    count = len(ground.arrays.codes.get("branches", ()))
    allowed = np.ones(count + 1, np.bool_) if ground.branches is None else np.append(ground.branches, False)
    if chosen := condition.option("branch"):
        named = np.zeros(count + 1, np.bool_)
        named[[code for code in ground.branch_codes(chosen) if code >= 0]] = True
        allowed &= named
    return allowed


def _chosen(arrays: "Arrays", domain: str, chosen: tuple[str, ...]) -> NDArray[np.bool_]:
    """Tell of each code of a domain whether it is chosen; the last place is for rows without one."""
    count = len(arrays.codes.get(domain, ()))
    if not chosen:
        return np.ones(count + 1, np.bool_)
    named = np.zeros(count + 1, np.bool_)
    named[[code for code in (arrays.code(domain, one) for one in chosen) if code >= 0]] = True
    return named


@njit(cache=True, nogil=True)
def _visits(starts, days, amounts, branches, allowed, kinds, chosen, first, last, measure, into):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917 - one loop, compiled
    """Fill `into` from rows that lie by customer and day. Missing codes are -1: the last place of their list."""
    for customer in range(len(starts) - 1):
        previous = NO_DAY
        # From the latest back: what is before the window ends the search.
        for row in range(starts[customer + 1] - 1, starts[customer] - 1, -1):
            day = days[row]
            if day < first:
                break
            if day > last or not allowed[branches[row]] or not chosen[kinds[row]]:
                continue
            if measure == _SUM:
                into[customer] += amounts[row]
            elif measure == _DAYS:
                into[customer] += day != previous
            elif measure == _COUNT:
                into[customer] += 1
            elif measure == _FIRST:
                into[customer] = day
            elif into[customer] == NO_DAY:
                into[customer] = day
                break
            previous = day


@njit(cache=True, nogil=True)
def _lines(customers, days, amounts, branches, allowed, kinds, chosen, declined, wanted, first, last, measure, into):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917 - as above
    """Fill `into` from one category's rows, which lie by customer and day."""
    before_customer, before_day = -1, NO_DAY
    for row in range(len(customers)):
        day = days[row]
        if day < first or day > last or declined[row] != wanted:
            continue
        if not allowed[branches[row]] or not chosen[kinds[row]]:
            continue
        customer = customers[row]
        if measure == _ANY:
            into[customer] = True
        elif measure == _SUM:
            into[customer] += amounts[row]
        elif measure == _DAYS:
            into[customer] += customer != before_customer or day != before_day
        elif day > into[customer]:
            into[customer] = day
        before_customer, before_day = customer, day


@njit(cache=True, nogil=True)
def best(
    order: NDArray[np.int32], worth: NDArray[np.int64], hits: NDArray[np.bool_], rows: int
) -> tuple[NDArray[np.int64], int]:
    """Return the first `rows` of the order who are hit, and the worth of all who are."""
    places = np.empty(rows, np.int64)
    count, total = 0, 0
    for customer in order:
        if count == rows:
            break
        if hits[customer]:
            places[count] = customer
            count += 1
    for customer in range(len(hits)):
        if hits[customer]:
            total += worth[customer]
    return places[:count], total
