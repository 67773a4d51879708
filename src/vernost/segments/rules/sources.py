"""Where customers come from: those who first bought a car from us, and those who first came to the workshop."""

from datetime import date

import ibis
from ibis.expr.types import Table

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.segments.rules import lifecycle, money

SALES, SERVICE, NEITHER = "sales", "service", "neither"


def first_contacts(tables: Tables, as_of: date) -> Table:
    """Return customer_id, source, bought and came of every customer. On the same day the sale was first."""
    deals = tables.table("deals")
    deals = deals.filter(
        deals.customer_id.notnull(), deals.status == "won", deals.kind != "trade_in", deals.closed_on <= as_of
    )
    sold = deals.group_by(sold_id="customer_id").aggregate(bought_on=deals.closed_on.min())
    days = lifecycle.visit_days(tables, as_of)
    came = days.group_by(came_id="customer_id").aggregate(came_on=days.on.min())
    rows = tables.table("customers").select("customer_id")
    rows = rows.left_join(sold, [("customer_id", "sold_id")]).left_join(came, [("customer_id", "came_id")])
    source = ibis.cases(
        (rows.bought_on.isnull() & rows.came_on.isnull(), NEITHER),
        (rows.came_on.isnull() | (rows.bought_on <= rows.came_on), SALES),
        else_=SERVICE,
    )
    return rows.select("customer_id", source=source, bought=rows.bought_on.notnull(), came=rows.came_on.notnull())


def sources(tables: Tables, as_of: date, settings: RuleSettings) -> Table:
    """Return the customers' source, state, bought, came and money (`money.money`)."""
    rows = first_contacts(tables, as_of)
    states = lifecycle.states(tables, as_of, settings).rename(state_id="customer_id")
    made = money.money(tables, as_of).rename(made_id="customer_id")
    rows = rows.join(states, [("customer_id", "state_id")]).join(made, [("customer_id", "made_id")])
    return rows.drop("state_id", "made_id")
