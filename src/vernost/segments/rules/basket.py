"""What is bought together: pairs of work categories of one order, and what they say of another customer."""

from datetime import date

import ibis
from ibis.expr.types import Table

from vernost.core.fact_table import Tables
from vernost.segments.rules import days


def bought(tables: Tables, as_of: date, window_days: int) -> Table:
    """Return order_id, customer_id and category of what was done in the last days, the first of them included."""
    lines = tables.table("lines")
    lines = lines.filter(
        lines.on >= days.before(as_of, window_days), lines.on <= as_of, ~lines.declined, lines.category_key != ""
    )
    return lines.select("order_id", "customer_id", category="category_key").distinct()


def pairs(done: Table, *, minimum: int) -> Table:
    """Return bought, then, orders (with both), support, confidence and lift of pairs with `minimum` orders at least.

    Support = with both / all orders; confidence = with both / with the first; lift = confidence / share of the
    second in all orders: above 1 the two are bought together more often than by chance.
    """
    orders = done.aggregate(all_orders=done.order_id.nunique())
    each = done.group_by("category").aggregate(count=done.count())
    other = done.select(other_order="order_id", other="category")
    both = done.join(other, [("order_id", "other_order")])
    both = both.filter(both.category != both.other)
    counted = both.group_by("category", "other").aggregate(orders=both.count())
    counted = counted.filter(counted.orders >= minimum)
    counted = counted.join(each.select(first="category", with_first="count"), [("category", "first")])
    counted = counted.join(each.select(second="category", with_second="count"), [("other", "second")])
    counted = counted.cross_join(orders)
    together = counted.orders.cast("float64")
    return counted.select(
        "orders",
        bought="category",
        then="other",
        support=together / counted.all_orders,
        confidence=together / counted.with_first,
        lift=together * counted.all_orders / (counted.with_first * counted.with_second),
    )


def offers(rules: Table, done: Table) -> Table:
    """Return customer_id, offer, because, confidence and lift: the surest pair for each thing not bought yet.

    `rules` are `pairs`, of which only those above chance count; what the customer had in the window is no offer.
    """
    useful = rules.filter(rules.lift > 1)
    owned = done.filter(done.customer_id.notnull()).select("customer_id", "category").distinct()
    found = owned.join(useful, [("category", "bought")])
    has = owned.select(has_id="customer_id", has="category")
    found = found.anti_join(has, [("customer_id", "has_id"), ("then", "has")])
    place = ibis.row_number().over(
        ibis.window(group_by=["customer_id", "then"], order_by=[ibis.desc("confidence"), ibis.desc("lift"), "category"])
    )
    found = found.mutate(place=place)
    best = found.filter(found.place == 0)
    return best.select("customer_id", "confidence", "lift", offer="then", because="category")
