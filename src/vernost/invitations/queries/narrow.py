"""The base of some customers: their rows of the mirror in a DuckDB of its own, to decide a day for them alone.

What a decision about one car needs of the whole base comes along: the median mileage of models, the
ranges of dates, who is in a programme's segment. What it cannot tell is the room of branches, which everybody shares.
"""

from collections.abc import Collection

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from vernost.core.fact_table import declared_tables
from vernost.facts import calibration, derived, vehicle_states
from vernost.facts.derived import Keep
from vernost.facts.engine import MEMORY_LIMIT, engine_of
from vernost.invitations.queries.decisions import Question, people_of
from vernost.invitations.queries.plans import Plan, Planned, plan_of
from vernost.invitations.rules.known import Known
from vernost.segments import queries as segments

# Rows of either the customer or his cars matter; of the other tables with both columns those of the cars.
_OF_BOTH = frozenset({"interactions", "appointments", "invitations", "cycles", "members"})
_OF_CUSTOMERS = frozenset({"visits"})
_NOT_ASKED = frozenset({"attempts", "attributions", "due_ranges", "invitation_states"})


def narrowed(con: Backend, question: Question, customer_ids: Collection[int]) -> tuple[Backend, Keep]:
    """Return a connection with the rows of these customers and their cars, and its keeper."""
    whole = con.con
    whole.register("asked_people", pa.table({"customer_id": pa.array(sorted(customer_ids), pa.int64())}))
    whole.execute(
        """CREATE OR REPLACE TEMP TABLE asked_cars AS
           SELECT DISTINCT vehicle_id FROM (FROM ownerships UNION ALL BY NAME FROM members) SEMI JOIN asked_people
           USING (customer_id) WHERE vehicle_id IS NOT NULL"""
    )
    whole.execute(
        """CREATE OR REPLACE TEMP TABLE asked_customers AS
           FROM asked_people UNION SELECT customer_id FROM members SEMI JOIN asked_cars USING (vehicle_id)
           UNION SELECT customer_id FROM households
           WHERE household_id IN (SELECT household_id FROM households SEMI JOIN asked_people USING (customer_id))"""
    )
    few = engine_of(threads=1, memory_limit=MEMORY_LIMIT)
    for name, table in declared_tables().items():
        few.con.register("given", whole.sql(_rows_of(name, table.columns)).to_arrow_table())
        few.con.execute(f'CREATE TABLE "{name}" AS FROM given')
        few.con.unregister("given")
    return few, _seeded(con, few, question)


def _rows_of(name: str, columns: Collection[str]) -> str:
    table = f'FROM "{name}"'
    if name in _NOT_ASKED:
        return f"{table} LIMIT 0"
    if "vehicle_id" not in columns and "customer_id" not in columns:
        return table
    if "vehicle_id" not in columns or name in _OF_CUSTOMERS:
        return f"{table} SEMI JOIN asked_customers USING (customer_id)"
    if name in _OF_BOTH:
        return f"""{table} WHERE vehicle_id IN (FROM asked_cars)
                   OR customer_id IN (SELECT customer_id FROM asked_customers)"""  # noqa: S608 - a declared name
    return f"{table} SEMI JOIN asked_cars USING (vehicle_id)"


def _seeded(con: Backend, few: Backend, question: Question) -> Keep:
    known = Known(con, question.as_of, question.settings)
    few.con.register("ranges", calibration.ranges(con, question.as_of, known.maintenance_rules))
    few.con.execute("INSERT INTO due_ranges FROM ranges")
    seeds = {"driven": _driven(con, known)}
    for segment in sorted({rule.segment for rule in question.rules if rule.segment is not None}):
        people = segments.members(con, segment, question.as_of)
        seeds[people_of(segment)] = people.semi_join(con.table("asked_customers"), "customer_id").to_pyarrow()
    return Planned(few, _plan(few, question), seeds=seeds, apart={"full"})


def _driven(con: Backend, known: Known) -> pa.Table:
    """Return how the asked cars are driven: every car has a part in the typical mileage of its model."""
    asked = con.table("asked_cars")
    rates = vehicle_states.rates_of(con, known.as_of, asked.to_pyarrow(), known.rate_rules)
    if rates is None:
        return known.driven.semi_join(asked, "vehicle_id").to_pyarrow()
    return known.with_rates(known.cars.semi_join(asked, "vehicle_id"), ibis.memtable(rates)).to_pyarrow()


def _plan(few: Backend, question: Question) -> Plan:
    """Return the plan of the question; one of its own where rows have to be made again for the day."""
    if derived.all_hold(few, question.as_of):
        return plan_of(repr((question.as_of, question.rules, question.settings)))
    return {}
