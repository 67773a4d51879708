"""The base cascade by events: who came into the active base and who left it, on which day, at which branch.

Events are made in one pass over each customer's visits, for the whole history: a first visit is new, a gap
over the threshold is a slept at its day and a returned at the next visit. A count on a day is the sum of the
events up to it, so opening and flows always make the closing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, Table

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.segments.rules import days, lifecycle

COMING = ("new", "returned", "moved_in")
LEAVING = ("slept", "blocked", "moved_out")
FLOWS = (*COMING, *LEAVING)
# Branches have numbers from 1 on. Orders without branch form a branch of their own.
NO_BRANCH = 0
COUNTED_OUT = ("internal", "presale")


@dataclass(frozen=True, slots=True)
class Places:
    """Between what customers move: `each` branch, or `own` branches as one place and all others as another."""

    each: bool = False
    own: Collection[int] | None = None


WHOLE = Places()
OWN, FOREIGN = 1, 2


def events(
    tables: Tables, settings: RuleSettings, *, known_on: date | None = None, places: Places = WHOLE, until: date
) -> Table:
    """Return customer_id, on, branch_id (`Places`: NO_BRANCH, a branch, OWN or FOREIGN) and kind of every event.

    Up to `until`. `known_on`: as it was known at the end of that day; None: as it is known now.
    """
    stays = _stays(tables, settings, known_on, places, until)
    came = stays.filter(stays.counts)
    kinds = {
        "new": came.filter(came.before.isnull()),
        "returned": came.filter(came.back),
        "moved_in": came.filter(came.moved),
    }
    entries = [rows.select("customer_id", "on", "place", kind=ibis.literal(kind)) for kind, rows in kinds.items()]
    moved_out = came.filter(came.moved)
    left_by = stays.filter(stays.counts, stays.leaves_on <= until)
    exits = [
        moved_out.select("customer_id", "on", place="place_before", kind=ibis.literal("moved_out")),
        left_by.select("customer_id", on="leaves_on", place="place", kind=left_by.by_block.ifelse("blocked", "slept")),
    ]
    return ibis.union(*entries, *exits).rename(branch_id="place")


def _stays(tables: Tables, settings: RuleSettings, known_on: date | None, places: Places, until: date) -> Table:
    """Return each visit day with what it begins and how it ends.

    customer_id, on, place, before (the visit day before), place_before, back (returned), moved, counts (before
    the day of blocking), leaves_on (the day on which the customer left the base after it, null where he came
    again first) and by_block.
    """
    rows = _visit_places(tables, known_on, places, until)
    place = ibis.window(group_by="customer_id", order_by="on")
    rows = rows.mutate(day=days.number(rows.on))
    rows = rows.mutate(
        before=rows.day.lag().over(place),
        place_before=rows.place.lag().over(place),
        after=rows.day.lead().over(place),
    )
    customers = tables.table("customers")
    since = days.number(lifecycle.blocked_since(customers))
    rows = rows.join(customers.select(blocked_id="customer_id", block=since), [("customer_id", "blocked_id")])
    slept = rows.day + settings.sleep_after_days + 1
    came_again = rows.after <= slept
    blocked_first = (rows.block <= slept) & (rows.after.isnull() | (rows.block <= rows.after))
    back = _yes(lifecycle.came_back(rows.day, rows.before, settings))
    leaves = ibis.cases((_yes(blocked_first), rows.block), (_yes(came_again), ibis.null("int32")), else_=slept)
    return rows.select(
        "customer_id",
        "on",
        "place",
        "before",
        "place_before",
        back=back,
        moved=rows.before.notnull() & ~back & (rows.place != rows.place_before),
        counts=rows.block.isnull() | (rows.day < rows.block),
        leaves_on=days.on_day(leaves),
        by_block=_yes(blocked_first),
    )


def _yes(value: BooleanValue) -> BooleanValue:
    known: BooleanValue = ibis.coalesce(value, ibis.literal(value=False))
    return known


def _visit_places(tables: Tables, known_on: date | None, places: Places, until: date) -> Table:
    """Return customer_id, on and place of every visit day: that of its last order."""
    orders = _orders(tables, known_on, until)
    if not places.each and places.own is None:
        return orders.select("customer_id", "on").distinct().mutate(place=ibis.literal(NO_BRANCH, "int64"))
    last = ibis.row_number().over(
        ibis.window(group_by=["customer_id", "on"], order_by=[ibis.desc("closed_second"), ibis.desc("ref")])
    )
    rows = orders.mutate(last=last)
    rows = rows.filter(rows["last"] == 0)
    branch = rows.branch_id.fill_null(NO_BRANCH)
    if places.own is not None:
        own = branch.isin(list(places.own)) if places.own else ibis.literal(value=False)
        branch = own.ifelse(OWN, FOREIGN).cast("int64")
    return rows.select("customer_id", "on", place=branch)


def _orders(tables: Tables, known_on: date | None, until: date) -> Table:
    if known_on is None:
        visits = tables.table("visits")
        return visits.filter(visits.customer_id.notnull(), visits.on <= until)
    # The import's day is told of orders only.
    orders = tables.table("orders")
    return orders.filter(
        orders.customer_id.notnull(),
        orders.status == "closed",
        orders.kind.notin(COUNTED_OUT),
        orders.closed_on <= until,
        orders.known_on.isnull() | (orders.known_on <= known_on),
    ).rename(on="closed_on")


def monthly(found: Table, *, start: date, by_branch: bool = False) -> Table:
    """Return the flows of each month (its first day; null for all up to `start`), and branch where asked.

    Columns: month, branch_id, and a count of each of FLOWS.
    """
    month = (found.on > start).ifelse(found.on.truncate("M").cast("date"), ibis.null("date"))
    keys = {"month": month} | ({"branch_id": found.branch_id} if by_branch else {})
    counts = {kind: (found.kind == kind).sum().cast("int64") for kind in FLOWS}
    return found.group_by(**keys).aggregate(**counts)
