"""What is known of each customer at the end of a day: by which channel he may be asked, where he came last.

One row a customer, so that the night joins nothing but these rows. Written by `facts.states`, anew
only for customers whom something has happened to.
"""

from datetime import date

import ibis
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from vernost.core.fact_table import Tables, declared_tables
from vernost.facts import derived, visits
from vernost.facts.derived import Keep, lazily
from vernost.invitations.rules import reach
from vernost.invitations.rules.expressions import or_false

_NAME = "people"
_FIRST_DAY = ibis.date(date(1, 1, 1))
_FACTS = tuple(f"{fact}_{channel}" for fact in ("consent", "address", "stop") for channel in reach.CHANNELS)


def known_people(con: Backend, as_of: date, keep: Keep = lazily) -> Table:
    """Return `people` of the day, from the mirror where its rows hold."""
    return derived.known(con, _NAME, as_of, keep)


def people(tables: Tables, as_of: date) -> Table:
    """Return a row for every customer. Columns: those of the declared table."""
    rows = tables.table("customers")
    for facts in (
        reach.consents(tables, as_of),
        reach.addresses(tables, as_of),
        reach.stops(tables, as_of),
        _came(tables, as_of),
        _settled(tables),
    ):
        rows = rows.left_join(facts.rename(other_id="customer_id"), [("customer_id", "other_id")]).drop("other_id")
    columns = {name: or_false(rows[name]) for name in _FACTS}
    columns["settled_on"] = ibis.greatest(
        rows.settled_on.fill_null(_FIRST_DAY), rows.last_visit_on.fill_null(_FIRST_DAY)
    )
    return rows.select(
        **{name: columns[name] if name in columns else rows[name] for name in declared_tables()[_NAME].columns}
    )


def _came(tables: Tables, as_of: date) -> Table:
    """customer_id, last_visit_on, last_branch_id."""
    came = tables.table("visits")
    return visits.last_visits(came.filter(came.customer_id.notnull(), came.on <= as_of), "customer_id")


def _settled(tables: Tables) -> Table:
    """customer_id, settled_on: the latest day of all that is dated but the visits."""
    consents, addresses = tables.table("consents"), tables.table("addresses")
    days = [
        consents.filter(consents.company_id.isnull()).select("customer_id", "on"),
        addresses.filter(addresses.invalid_on.notnull()).select("customer_id", on="invalid_on"),
        reach.stopped(tables).select("customer_id", "on"),
    ]
    found = ibis.union(*days)
    return found.group_by("customer_id").aggregate(settled_on=found.on.max())
