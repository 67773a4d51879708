"""A DuckDB of one's own, and a smaller copy of what one shows: no Django, so that definitions may use it."""

from typing import TYPE_CHECKING

from vernost.core.fact_table import declared_tables

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

THREADS = 2
MEMORY_LIMIT = "1GB"
_OF_VEHICLES = ("vehicles", "vehicle_visits", "readings", "deals", "cars")


def engine_of(*, threads: int, memory_limit: str) -> "Backend":
    import duckdb  # noqa: PLC0415 - half a second that a web process spends at its first report

    from vernost.facts.backend import Engine  # noqa: PLC0415 - as above

    connection = duckdb.connect(config={"threads": threads, "memory_limit": memory_limit})
    return Engine.from_connection(connection)


def sample(con: "Backend", *, vehicles: int) -> "Backend":
    """Return a backend with about so many of the vehicles, and their visits, readings and deals; or the same one."""
    there = con.con.execute("SELECT count(*) FROM vehicles").fetchall()[0][0]
    every = there // vehicles
    if every < 2:  # noqa: PLR2004 - every one
        return con
    few = engine_of(threads=THREADS, memory_limit=MEMORY_LIMIT)
    definitions = con.con.execute("SELECT view_name, sql FROM duckdb_views() WHERE NOT internal").fetchall()
    for name, definition in definitions:
        if name not in declared_tables():
            # What somebody has laid beside the mirror belongs to his connection.
            continue
        if name in _OF_VEHICLES:
            # Rows of their own: whoever asks a sample asks it many times.
            select = definition.partition(" AS ")[2].rstrip(";")
            few.con.execute(f'CREATE TABLE "{name}" AS SELECT * FROM ({select}) WHERE vehicle_id % {every} = 0')  # noqa: S608 - views of ours
        else:
            few.con.execute(definition)
    return few
