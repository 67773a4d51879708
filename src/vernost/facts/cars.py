"""What is known of each car at the end of a day: whose it is, when it came, since when its next maintenance counts.

One row a car, so that the night joins nothing but these rows. Written by `facts.states`, anew only
for cars that something has happened to.
"""

from datetime import date

import ibis
from ibis import _
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from vernost.core.fact_table import Tables
from vernost.facts import derived, maintenance, odometer, visits
from vernost.facts.derived import Keep, lazily
from vernost.facts.facts import CARS

_FIRST_DAY = ibis.date(date(1, 1, 1))


def cars(tables: Tables, as_of: date) -> Table:
    """Return a row for every car, or some for one whose owners' days overlap. Columns: those of `CARS`."""
    rows = tables.table("vehicles").rename(own_branch_id="branch_id")
    for facts in (
        owners(tables, as_of),
        _came(tables, as_of),
        maintenance.sales_by_us(tables, as_of),
        _ended(tables, as_of),
        maintenance.since(tables, as_of),
        maintenance.fitting_plans(tables),
        odometer.last_readings(tables, as_of),
        _settled(tables),
    ):
        rows = rows.left_join(facts.rename(other_id="vehicle_id"), [("vehicle_id", "other_id")]).drop("other_id")
    since_the_sale = rows.owned_from.isnull() | (rows.owned_from <= rows.sale_on)
    bought = ibis.coalesce(rows.deal_customer_id == rows.customer_id, since_the_sale, ibis.literal(value=False))
    columns = {
        "ended": rows.ended_on.notnull(),
        "services": rows.services.fill_null(0),
        "sold_to_owner": rows.sale_on.notnull() & bought,
        "readings": rows.readings.fill_null(0),
        "settled_on": ibis.greatest(rows.settled_on.fill_null(_FIRST_DAY), rows.sold_on.fill_null(_FIRST_DAY)),
    }
    return rows.select(**{name: columns[name] if name in columns else rows[name] for name in CARS.columns})


def owned(tables: Tables, as_of: date) -> Table:
    """Return of the rows of `cars` what is asked of a car and its owner; for a day in the past a tenth of the work.

    Columns: those of the vehicle, customer_id, owned_from, ended.
    """
    rows = tables.table("vehicles").rename(own_branch_id="branch_id")
    for facts in (owners(tables, as_of), _ended(tables, as_of)):
        rows = rows.left_join(facts.rename(other_id="vehicle_id"), [("vehicle_id", "other_id")]).drop("other_id")
    return rows.mutate(ended=rows.ended_on.notnull()).drop("ended_on")


def owners(tables: Tables, as_of: date) -> Table:
    """vehicle_id, customer_id, owned_from of the owner on the day."""
    known = tables.table("ownerships")
    return known.filter(
        known.owned_from.isnull() | (known.owned_from <= as_of),
        known.owned_until.isnull() | (known.owned_until > as_of),
    ).select("vehicle_id", "customer_id", "owned_from")


def _came(tables: Tables, as_of: date) -> Table:
    """vehicle_id, last_visit_on, last_branch_id, services."""
    came = visits.vehicle_visits(tables, as_of)
    return visits.last_visits(came, "vehicle_id", services=(came.kind == "maintenance").sum())


def _ended(tables: Tables, as_of: date) -> Table:
    """vehicle_id, ended_on: the owner traded the car in, or somebody said on a call that it is sold."""
    own = owners(tables, as_of)
    by_owner = _traded(tables).join(own, "vehicle_id").filter(_.seller_id == _.customer_id)
    by_word = _told_sold(tables).join(own, "vehicle_id")
    ends = by_owner.select("vehicle_id", "on", "owned_from").union(by_word.select("vehicle_id", "on", "owned_from"))
    ended = ends.filter(ends.on <= as_of, ends.owned_from.isnull() | (ends.on >= ends.owned_from))
    return ended.group_by("vehicle_id").aggregate(ended_on=ended.on.max())


def _traded(tables: Tables) -> Table:
    deals = tables.table("deals")
    traded = deals.filter(deals.status == "won", deals.kind == "trade_in", deals.vehicle_id.notnull())
    return traded.select("vehicle_id", seller_id="customer_id", on="closed_on")


def _told_sold(tables: Tables) -> Table:
    outcomes, events = tables.table("interactions"), tables.table("vehicle_events")
    told = outcomes.filter(outcomes.outcome == "car_sold", outcomes.vehicle_id.notnull()).select("vehicle_id", "on")
    return told.union(events.filter(events.kind == "car_sold").select("vehicle_id", "on"))


def _settled(tables: Tables) -> Table:
    """vehicle_id, settled_on: the latest day of all that is dated."""
    came, deals, owned = tables.table("vehicle_visits"), tables.table("deals"), tables.table("ownerships")
    readings = tables.table("readings")
    days = [
        came.filter(came.vehicle_id.notnull()).select("vehicle_id", "on"),
        readings.select("vehicle_id", "on"),
        deals.filter(deals.vehicle_id.notnull()).select("vehicle_id", on="closed_on"),
        owned.select("vehicle_id", on="owned_from"),
        owned.select("vehicle_id", on="owned_until"),
        _told_sold(tables),
    ]
    latest = [day.group_by("vehicle_id").aggregate(on=day.on.max()) for day in days]
    found = ibis.union(*latest)
    return found.group_by("vehicle_id").aggregate(settled_on=found.on.max())


def known_cars(con: Backend, as_of: date, keep: Keep = lazily) -> Table:
    """Return `cars` of the day, from the mirror where its rows hold."""
    return derived.known(con, CARS.name, as_of, keep)
