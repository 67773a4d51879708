"""What customers have brought: visits, revenue, margin, with their cars and without."""

from datetime import date

from ibis.expr.types import Table

from vernost.core.fact_table import Tables
from vernost.facts.visits import last_visits
from vernost.segments.rules import lifecycle


def money(tables: Tables, as_of: date) -> Table:
    """Return the figures of every customer up to the day, in kopecks.

    Columns: customer_id, visits (visit days), orders, revenue and margin (of orders), cumulative_margin (with
    the cars sold), first_visit_on, last_visit_on, last_branch_id.
    """
    orders = tables.table("visits")
    orders = orders.filter(orders.customer_id.notnull(), orders.on <= as_of)
    made = last_visits(
        orders,
        "customer_id",
        first_visit_on=orders.on.min(),
        orders=orders.count().cast("int32"),
        revenue=orders.revenue.sum().cast("int64"),
        margin=orders.margin.sum().cast("int64"),
    ).rename(made_id="customer_id")
    came = lifecycle.visit_days(tables, as_of)
    often = came.group_by(came_id="customer_id").aggregate(visits=came.count().cast("int32"))
    deals = tables.table("deals")
    deals = deals.filter(deals.customer_id.notnull(), deals.status == "won", deals.closed_on <= as_of)
    sold = deals.group_by(sold_id="customer_id").aggregate(of_cars=deals.margin.sum().cast("int64"))
    rows = tables.table("customers").select("customer_id").left_join(made, [("customer_id", "made_id")])
    rows = rows.left_join(often, [("customer_id", "came_id")]).left_join(sold, [("customer_id", "sold_id")])
    nought = {name: rows[name].fill_null(0) for name in ("visits", "orders", "revenue", "margin")}
    return rows.select(
        "customer_id",
        **nought,
        cumulative_margin=nought["margin"] + rows.of_cars.fill_null(0),
        first_visit_on=rows.first_visit_on,
        last_visit_on=rows.last_visit_on,
        last_branch_id=rows.last_branch_id,
    )
