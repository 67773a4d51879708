"""The customers of the cells of recency × revenue on a day, and what became of them in the days after it."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from vernost.core.period import add_months
from vernost.reports.rules.cell_yield import CellYield
from vernost.segments import dense
from vernost.segments.rules import rfm

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from vernost.reports.asked import Asked

Cell = tuple[int, int]
# A year before: the same season.
YEAR_MONTHS = 12


def members(asked: "Asked", day: date) -> "Table":
    """Return customer_id, r and m of who was in a cell at the end of the day."""
    if asked.arrays is not None:
        found = dense.columns(asked.arrays, day, asked.settings, asked.con).select(["customer_id", "r", "m"])
        rows = ibis.memtable(found)
        return asked.only(rows.filter(rows.r.notnull()))
    return asked.only(rfm.scores(asked, day, asked.settings).select("customer_id", "r", "m"))


def followed(asked: "Asked", day: date, until: date) -> "Table":
    """Return r, m, customer_id, contacted, came, revenue and margin (kopecks) of each in the days (day, until]."""
    people = members(asked, day)
    visits = asked.table("visits")
    visits = visits.filter(visits.customer_id.notnull(), visits.on > day, visits.on <= until)
    made = visits.group_by(made_id="customer_id").aggregate(
        revenue=visits.revenue.sum().cast("int64"), margin=visits.margin.sum().cast("int64"), last_on=visits.on.max()
    )
    told = asked.table("interactions")
    told = told.filter(told.direction == "out", told.on > day, told.on <= until)
    contacted = told.select(told_id="customer_id").distinct()
    rows = people.left_join(made, [("customer_id", "made_id")]).left_join(contacted, [("customer_id", "told_id")])
    return rows.select(
        "r",
        "m",
        "customer_id",
        "last_on",
        contacted=rows.told_id.notnull(),
        came=rows.made_id.notnull(),
        revenue=rows.revenue.fill_null(0),
        margin=rows.margin.fill_null(0),
    )


def yields(asked: "Asked", day: date, until: date) -> dict[Cell, CellYield]:
    rows = followed(asked, day, until)
    squares = rows.margin.cast("float64") ** 2
    counted = rows.group_by("r", "m").aggregate(
        customers=rows.count(),
        contacted=rows.contacted.sum().cast("int64"),
        came=rows.came.sum().cast("int64"),
        revenue=rows.revenue.sum().cast("int64"),
        margin=rows.margin.sum().cast("int64"),
        margin_squares=squares.sum(),
    )
    found: dict[Cell, CellYield] = {}
    for row in asked.rows(counted):
        cell: dict[str, Any] = dict(row)
        place = cell.pop("r"), cell.pop("m")
        found[place] = CellYield(**cell)
    return found


def year_before(day: date, until: date) -> tuple[date, date]:
    """Return the same days of a year before, as many of them."""
    start = add_months(day, -YEAR_MONTHS)
    return start, start + timedelta(days=(until - day).days)
