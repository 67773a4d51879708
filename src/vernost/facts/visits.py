"""Which visit is the latest: of one day the one that was closed last, then the greatest id of the source."""

from datetime import date

import ibis
from ibis.expr.types import StructValue, Table, Value

from vernost.core.fact_table import Tables


def place(visits: Table) -> StructValue:
    """Return what orders visits in time. An aggregate over it costs half of numbering them."""
    found: StructValue = ibis.struct({"on": visits.on, "second": visits.closed_second, "ref": visits.ref})
    return found


def vehicle_visits(tables: Tables, as_of: date) -> Table:
    """Return the visits of known cars up to the day."""
    visits = tables.table("vehicle_visits")
    return visits.filter(visits.vehicle_id.notnull(), visits.on <= as_of)


def last_visits(visits: Table, key: str, **more: Value) -> Table:
    """Return `key`, last_visit_on, last_branch_id (null where the order has none), and `more` aggregates."""
    # An aggregate passes nulls over.
    branch = visits.branch_id.fill_null(-1).argmax(place(visits))
    came = visits.group_by(key).aggregate(last_visit_on=visits.on.max(), branch=branch, **more)
    return came.mutate(last_branch_id=came.branch.nullif(-1)).drop("branch")
