"""Days on which customers came: visits of one day are one visit."""

from datetime import date

import ibis
from ibis.expr.types import Table

from vernost.core.fact_table import Tables


def visit_days(tables: Tables, as_of: date) -> Table:
    """Return a row for every customer, day and branch. Columns: those of `facts.VISIT_DAYS`."""
    visits = tables.table("visits")
    visits = visits.filter(visits.customer_id.notnull(), visits.on <= as_of)
    days = visits.group_by("customer_id", "on", "branch_id").aggregate(margin=visits.margin.sum().cast("int64"))
    place = ibis.row_number().over(group_by=["customer_id", "on"], order_by="branch_id")
    return days.mutate(first=place == 0)
