"""Reading PostgreSQL in one snapshot, as a stream of Arrow batches.

The changes noted by the triggers and the rows themselves come from the same snapshot, and the same
snapshot removes the notes: what another transaction commits meanwhile waits for the next refresh.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pyarrow as pa
from adbc_driver_postgresql import dbapi
from django.db import connection
from psycopg.conninfo import make_conninfo

from vernost.core.fact_table import Pull

EVERYTHING = "*"
"""The word in `fact_change` that asks for a full build."""

_CONNINFO = ("host", "port", "user", "password", "dbname", "options", "sslmode", "sslrootcert", "sslcert", "sslkey")


Stream = AbstractContextManager[pa.RecordBatchReader]


class Snapshot:
    """A session's view of the database; `of`: it sees what another one does, which is open still."""

    def __init__(self, session: dbapi.Connection, of: "Snapshot | None" = None) -> None:
        self._session = session
        self._run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        if of is None:
            self.exported = self._one("SELECT pg_export_snapshot()")
        else:
            self.exported = of.exported
            self._run(f"SET TRANSACTION SNAPSHOT '{of.exported}'")

    def note_keys(self) -> dict[str, int]:
        """Set the changed keys aside; return how many there are of each code."""
        self._run('CREATE TEMP TABLE fact_keys AS SELECT DISTINCT "table" AS code, row_id AS key FROM facts_factchange')
        self._run("ANALYZE fact_keys")
        with self.read("SELECT code, count(*) AS keys FROM fact_keys GROUP BY code") as reader:
            found = reader.read_all()
        return dict(zip(found["code"].to_pylist(), found["keys"].to_pylist(), strict=True))

    def keys(self, code: str) -> pa.Table:
        """Return the changed keys of a group as the column `key`."""
        with self.read(f"SELECT key FROM fact_keys WHERE code = '{code}'") as reader:  # noqa: S608 - a declared code
            return reader.read_all()

    def rows(self, pull: Pull) -> Stream:
        return self.read(pull.sql)

    def changed_rows(self, pull: Pull, code: str) -> Stream:
        """Read the rows of a pull whose key is among the changed ones of `code`."""
        return self.read(f"{pull.sql} WHERE {pull.key} IN (SELECT key FROM fact_keys WHERE code = '{code}')")  # noqa: S608 - declared names

    def sizes(self) -> dict[str, float]:
        """Return about how many rows the tables of PostgreSQL have, by their names."""
        with self.read("SELECT relname::text AS name, reltuples::float8 AS rows FROM pg_class") as reader:
            found = reader.read_all()
        return dict(zip(found["name"].to_pylist(), found["rows"].to_pylist(), strict=True))

    def beside(self) -> dbapi.Connection:
        """Open another session of the same database: it need not learn the types first, which takes longest."""
        return self._session.adbc_clone()

    def cancel(self) -> None:
        """End what the session reads in another thread."""
        self._session.adbc_cancel()

    @contextmanager
    def read(self, statement: str) -> Iterator[pa.RecordBatchReader]:
        with self._session.cursor() as cursor:
            cursor.execute(statement)
            yield cursor.fetch_record_batch()

    def _run(self, statement: str) -> None:
        with self._session.cursor() as cursor:
            cursor.execute(statement)

    def _one(self, statement: str) -> str:
        with self._session.cursor() as cursor:
            cursor.execute(statement)
            value: str = cursor.fetchone()[0]
            return value


@contextmanager
def snapshot(of: Snapshot | None = None) -> Iterator[Snapshot]:
    """Open a session of its own: what it reads is what had been committed at its first statement, or what `of` sees."""
    with connect() if of is None else of.beside() as session:
        yield Snapshot(session, of)


def connect() -> dbapi.Connection:
    """Open a session that speaks Arrow, to the database of Django's connection."""
    parameters = {key: value for key, value in connection.get_connection_params().items() if key in _CONNINFO}
    return dbapi.connect(make_conninfo(**parameters))
