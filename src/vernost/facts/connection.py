"""How the mirror is read: a DuckDB of one's own with a view for each table of one version.

Threads and memory are pinned, because several processes share a machine. A connection belongs to
the thread that made it.
"""

import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.fact_table import declared_tables
from vernost.facts import mirror as mirrors
from vernost.facts.engine import MEMORY_LIMIT, THREADS, engine_of
from vernost.facts.mirror import Mirror

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

# An invitation that still stands makes its customer visible to its branch.
_OPEN_INVITATIONS = ("queued", "in_progress", "booked", "arrived")


def connect(mirror: Mirror | None = None, *, threads: int = THREADS, memory_limit: str = MEMORY_LIMIT) -> "Backend":
    """Open a version (the current one by default) as an Ibis backend; it stays on disk while this is open."""
    chosen, handle = mirrors.held(mirror)
    backend = engine_of(threads=threads, memory_limit=memory_limit)
    weakref.finalize(backend, os.close, handle)
    _show(backend, chosen)
    backend.mirror = chosen
    return backend


def connect_for_reports(*, portable: bool) -> "Backend":
    """Open the current version on the engine of `ANALYTICS_URL`, where there is one and the report can use it."""
    from django.conf import settings  # noqa: PLC0415 - tests of rules know no Django

    url = settings.ENVIRONMENT.analytics_url
    if url is None or not portable:
        return connect()
    from vernost.facts import spark  # noqa: PLC0415 - no part of an installation

    return spark.connect(mirrors.current(), url)


def unpublished(mirror: Mirror) -> "Backend":
    """Open a version that is being written, for whoever writes it."""
    backend = engine_of(threads=THREADS, memory_limit=MEMORY_LIMIT)
    _show(backend, mirror)
    backend.mirror = mirror
    return backend


def _show(backend: "Backend", mirror: Mirror) -> None:
    for name in mirror.tables:
        backend.con.execute(f'CREATE VIEW "{name}" AS {mirror.select(name)}')


def of_rows(tables: Mapping[str, Sequence[Mapping[str, Any]]], *, built: bool = False) -> "Backend":
    """Return a backend with every declared table in memory: the rows given, columns left out being null.

    `built`: as a full build leaves them, readings judged and the states of cars and customers made.
    What tests of set rules run on.
    """
    import ibis  # noqa: PLC0415 - half a second that a web process spends at its first report
    import pyarrow as pa  # noqa: PLC0415 - as above

    backend = engine_of(threads=1, memory_limit=MEMORY_LIMIT)
    for name, table in declared_tables().items():
        schema = ibis.schema(table.columns).to_pyarrow()
        unknown = {column for row in tables.get(name, ()) for column in row} - set(schema.names)
        if unknown:
            raise KeyError(f"{name} has no columns {sorted(unknown)}")
        rows = pa.Table.from_pylist([dict(row) for row in tables.get(name, ())], schema=schema)
        backend.con.register(f"{name}_rows_given", rows)
        backend.con.execute(f'CREATE TABLE "{name}" AS SELECT * FROM {name}_rows_given')  # noqa: S608 - a declared name
        backend.con.unregister(f"{name}_rows_given")
    if built:
        from vernost.facts import readings, states  # noqa: PLC0415 - as above

        readings.judge_all(backend.con)
        states.make_all(backend.con)
    return backend


def table(name: str, con: "Backend", *, actor: Actor | None = None) -> "Table":
    """Return a table of the mirror; with `actor` only the rows of the branches he sees.

    Pages, API and reports made for a person always give the actor.
    """
    whole = con.table(name)
    if actor is None or (actor.branch_ids is None and not actor.own_only):
        return whole
    # The mirror knows branches and not persons: who sees only his own has no reports.
    branches = [] if actor.own_only else sorted(actor.branch_ids or ())
    match declared_tables()[name].scope:
        case "group":
            return whole
        case "branch":
            return of_branches(name, whole, branches)
        case "customer":
            return whole.semi_join(_seen(con, visible_customers, branches), "customer_id")
        case "vehicle":
            return whole.semi_join(_seen(con, visible_vehicles, branches), "vehicle_id")
        case "invitation":
            own = con.table("invitations")
            return whole.semi_join(own.filter(own.branch_id.isin(branches)), "invitation_id")


def of_branches(name: str, rows: "Table", branches: "Sequence[int]") -> "Table":
    """Return the rows of some branches, of those of a table that names one."""
    seen = rows.filter(rows.branch_id.isin(branches) if branches else rows.branch_id < 0)
    equal = declared_tables()[name].first_of
    if not equal:
        return seen
    import ibis  # noqa: PLC0415 - as above

    if len(branches) == 1:
        return seen.mutate(first=ibis.literal(value=True))
    # The row that had it may be another branch's.
    return seen.mutate(first=ibis.row_number().over(group_by=equal, order_by="branch_id") == 0)


def _seen(con: "Backend", visible: "Callable[[Backend, Sequence[int]], Table]", branches: Sequence[int]) -> "Table":
    """Return whom the branches see; a connection to the mirror finds them once."""
    from vernost.facts.backend import Engine  # noqa: PLC0415 - as above

    if not isinstance(con, Engine):
        return visible(con, branches)
    return con.once((visible, tuple(branches)), lambda: visible(con, branches))


def visible_customers(con: "Backend", branches: Sequence[int]) -> "Table":
    """Customers with an order, deal, appointment or open invitation of the branches, or an advisor there."""
    customers = con.table("customers")
    advised = customers.filter(customers.advisor_branch_id.isin(branches)).select("customer_id")
    return _of_documents(con, "customer_id", branches).union(advised).distinct()


def visible_vehicles(con: "Backend", branches: Sequence[int]) -> "Table":
    """Vehicles of the branches, those with a document there, and those of visible customers."""
    vehicles, ownerships = con.table("vehicles"), con.table("ownerships")
    own = vehicles.filter(vehicles.branch_id.isin(branches)).select("vehicle_id")
    owned = ownerships.semi_join(_seen(con, visible_customers, branches), "customer_id").select("vehicle_id")
    return _of_documents(con, "vehicle_id", branches).union(own).union(owned).distinct()


def _of_documents(con: "Backend", column: str, branches: Sequence[int]) -> "Table":
    invitations = con.table("invitations")
    found = invitations.filter(invitations.state.isin(_OPEN_INVITATIONS), invitations.branch_id.isin(branches))
    keys = found.select(column)
    for name in ("orders", "deals", "appointments"):
        documents = con.table(name)
        keys = keys.union(documents.filter(documents.branch_id.isin(branches)).select(column))
    return keys.filter(keys[column].notnull())
