"""Works that were recommended and put off, each with the day since which it is settled.

Settled is what has been done in another order since, or put off again in a later one. A row tells
every day by itself: on a day before `settled_since` the work stands open.
"""

from datetime import date

import ibis
from ibis.expr.types import Table

from vernost.core.fact_table import Tables

_LINE = ("order_id", "line_no")


def put_off(tables: Tables, as_of: date) -> Table:
    """Return a row for every declined line of a car's counted orders. Columns: those of `facts.PUT_OFF`."""
    lines = tables.table("lines")
    lines = lines.filter(lines.vehicle_id.notnull(), lines.on <= as_of)
    orders = tables.table("orders").select("order_id", "closed_second", order_ref="ref")
    declined = lines.filter(lines.declined).join(orders, "order_id")
    settled = _settled(declined, lines, orders)
    rows = declined.left_join(settled, list(_LINE))
    return rows.select(
        "vehicle_id",
        "branch_id",
        *_LINE,
        "on",
        "name",
        "amount",
        "advised_on",
        "order_ref",
        settled_since=settled.settled_since,
    )


def _settled(declined: Table, lines: Table, orders: Table) -> Table:
    """order_id, line_no, settled_since."""
    coded, bare = declined.filter(declined.code != ""), declined.filter(declined.code == "")
    pairs = _same_works(coded, lines, "code").union(
        _same_works(bare, lines, "name_key"), _same_works(coded, lines.filter(lines.code == ""), "name_key")
    )
    pairs = pairs.join(
        orders.rename(later_second="closed_second", later_ref="order_ref"), [("later_order", "order_id")]
    )
    after = (pairs.later_second > pairs.closed_second) | (
        (pairs.later_second == pairs.closed_second) & (pairs.later_ref > pairs.order_ref)
    )
    settles = pairs.filter(~pairs.again | (pairs.later_on > pairs.on) | after)
    return settles.group_by(*_LINE).aggregate(settled_since=ibis._.later_on.min())


def _same_works(declined: Table, lines: Table, column: str) -> Table:
    """Pair declined lines with those of the same work in other orders since: by code, or by name where one has none.

    By one column at a time, and after leaving out what no declined line is like: an engine joins by
    equality, and few of the lines are left.
    """
    by = ["vehicle_id", column]
    later = lines.semi_join(declined, by).select(*by, later_order="order_id", later_on="on", again="declined")
    pairs = declined.join(later, by)
    since = pairs.filter(pairs.later_order != pairs.order_id, pairs.later_on >= pairs.on)
    return since.select(*_LINE, "on", "closed_second", "order_ref", "later_order", "later_on", "again")
