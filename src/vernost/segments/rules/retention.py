"""Who stays: one-year retention in the definitions that people quote, and cohorts.

Windows are whole calendar months; a month is counted by `number_of_month`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
from ibis.expr.types import DateValue, IntegerValue, Table

from vernost.core.fact_table import Tables
from vernost.facts import maintenance
from vernost.facts.due import months_later
from vernost.segments.rules.cuts import Start, Unit

YEAR = 12
LAST_CAR_YEAR = 10

COUNTS = ("base", "kept", "revenue_kept", "revenue_lost")


def number_of_month(day: date) -> int:
    return day.year * YEAR + day.month - 1


def last_finished(as_of: date) -> int:
    """Return the last month that is over at the end of the day."""
    over = (as_of + timedelta(days=1)).month != as_of.month
    return number_of_month(as_of) - (not over)


def first_day(month: int) -> date:
    return date(month // YEAR, month % YEAR + 1, 1)


def last_day(month: int) -> date:
    return first_day(month + 1) - timedelta(days=1)


def month_of(day: DateValue) -> IntegerValue:
    month: IntegerValue = (day.year() * YEAR + day.month() - 1).cast("int32")
    return month


@dataclass(frozen=True, slots=True)
class Definition:
    """Of `unit` with a visit in the 12 months before, who had one in the last `months`; `paid`: visits with revenue."""

    code: str
    unit: Unit = "customer"
    months: int = YEAR
    paid: bool = False


DEFINITIONS = (
    Definition("customers_12"),
    Definition("vehicles_12", unit="vehicle"),
    Definition("customers_13", months=13),
    Definition("customers_paid_12", paid=True),
)


def base_year(definition: Definition, last_month: int) -> tuple[date, date]:
    """Return the first and the last day of the year whose customers are the base."""
    last = last_month - definition.months
    return first_day(last - YEAR + 1), last_day(last)


def retained(tables: Tables, definition: Definition, last_month: int) -> Table:
    """Return a row for each of the base: id, came (again), revenue (kopecks of the base's year).

    Both windows end as they do for the last month of the second.
    """
    key = f"{definition.unit}_id"
    base_from, base_until = base_year(definition, last_month)
    days = visit_days(tables, definition.unit, base_from, last_day(last_month))
    days = days.mutate(again=days.on > base_until)
    if definition.paid:
        days = days.filter(days.revenue > 0)
    rows = days.group_by(id=key).aggregate(
        was=(~days.again).any(),
        came=days.again.any(),
        revenue=days.revenue.sum(where=~days.again).fill_null(0).cast("int64"),
    )
    return rows.filter(rows.was).drop("was")


def visit_days(tables: Tables, unit: Unit, since: date, until: date) -> Table:
    """Return the days (unit's key, on, revenue) on which customers, or cars, came."""
    key = f"{unit}_id"
    visits = tables.table("visits" if unit == "customer" else "vehicle_visits")
    visits = visits.filter(visits[key].notnull(), visits.on >= since, visits.on <= until)
    return visits.group_by(key, "on").aggregate(revenue=visits.revenue.sum().cast("int64"))


def counted(rows: Table, *cuts: str) -> Table:
    """Return a row of COUNTS for each value of the cuts (none: one row), of rows with came and revenue."""
    return rows.aggregate(
        by=list(cuts),
        base=rows.count(),
        kept=rows.came.sum().fill_null(0).cast("int64"),
        revenue_kept=rows.revenue.sum(where=rows.came).fill_null(0).cast("int64"),
        revenue_lost=rows.revenue.sum(where=~rows.came).fill_null(0).cast("int64"),
    )


def car_years(tables: Tables, last_month: int) -> Table:
    """Return each car sold by us in its years since the sale that ended in the 12 months up to the last one.

    Columns: id, year (2 to LAST_CAR_YEAR), came (in that year), revenue (kopecks of that year).
    """
    sold = maintenance.sales_by_us(tables, last_day(last_month)).select("vehicle_id", "sale_on")
    years = sold.mutate(year=ibis.range(ibis.literal(2), ibis.literal(LAST_CAR_YEAR + 1)).unnest())
    begins = months_later(years.sale_on, (years.year - 1) * YEAR)
    ends = months_later(years.sale_on, years.year * YEAR)
    years = years.mutate(begins=begins, ends=ends)
    years = years.filter(years.ends >= first_day(last_month - YEAR + 1), years.ends <= last_day(last_month))
    visits = tables.table("vehicle_visits").select(came_id="vehicle_id", on="on", paid="revenue")
    in_year = years.join(visits, [("vehicle_id", "came_id")])
    in_year = in_year.filter(in_year.on > in_year.begins, in_year.on <= in_year.ends)
    came = in_year.group_by(came_id="vehicle_id", came_year="year").aggregate(paid=in_year.paid.sum().cast("int64"))
    rows = years.left_join(came, [("vehicle_id", "came_id"), ("year", "came_year")])
    return rows.select(id="vehicle_id", year="year", came=rows.came_id.notnull(), revenue=rows.paid.fill_null(0))


def beginnings(tables: Tables, unit: Unit, start: Start, as_of: date) -> Table:
    """Return id and month of the first visit, or of the (last) sale by us, up to the day."""
    key = f"{unit}_id"
    if start == "visit":
        days = visit_days(tables, unit, date.min, as_of)
        first = days.group_by(id=key).aggregate(on=days.on.min())
    elif unit == "vehicle":
        first = maintenance.sales_by_us(tables, as_of).select(id="vehicle_id", on="sale_on")
    else:
        deals = tables.table("deals")
        deals = deals.filter(
            deals.customer_id.notnull(), deals.status == "won", deals.kind != "trade_in", deals.closed_on <= as_of
        )
        first = deals.group_by(id="customer_id").aggregate(on=deals.closed_on.min())
    return first.select("id", month=month_of(first.on))


def cohorts(tables: Tables, begun: Table, unit: Unit, as_of: date, *cuts: str) -> Table:
    """Return month (of the beginning), year (1, 2 …), units that came in that year, and its revenue in kopecks.

    Year k are the 12 calendar months after k − 1 years and the month of the beginning. Only years that are over. `cuts`
    are columns of the beginnings to tell apart.
    """
    last_month = last_finished(as_of)
    days = visit_days(tables, unit, date.min, last_day(last_month))
    rows = begun.join(days, [("id", f"{unit}_id")])
    passed = month_of(rows.on) - rows.month
    rows = rows.mutate(year=((passed + YEAR - 1) // YEAR).cast("int32"))
    rows = rows.filter(rows.year >= 1, rows.month + rows.year * YEAR <= last_month)
    units = rows.group_by(*cuts, "month", "year", "id").aggregate(revenue=rows.revenue.sum().cast("int64"))
    return units.group_by(*cuts, "month", "year").aggregate(
        came=units.count(), revenue=units.revenue.sum().cast("int64")
    )
