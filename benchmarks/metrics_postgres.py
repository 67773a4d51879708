"""The same figures and the cascade in event form, each as one statement of PostgreSQL.

The tables have the keys and indexes that the statements can use, vacuumed and analysed; work_mem is 256 MB.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from django.db import connection
from ibis.backends.duckdb import Backend

from vernost.accounts.rules import RuleSettings
from vernost.facts import pull

SCHEMA = "bench_metrics"
STATEMENTS = Path(__file__).parent
_TABLES = {
    "visits": (
        'customer_id bigint, "on" date, closed_second int, ref text COLLATE "C", branch_id bigint, revenue bigint',
        'SELECT customer_id, "on", closed_second, ref, branch_id, revenue FROM visits WHERE customer_id IS NOT NULL',
    ),
    "customers": (
        'customer_id bigint PRIMARY KEY, ref text COLLATE "C", block date',
        """SELECT customer_id, ref, CASE WHEN coalesce(blocked, blocked_on IS NOT NULL)
                  THEN coalesce(blocked_on, DATE '1900-01-01') END AS block FROM customers""",
    ),
}
_INDEXES = (
    'visits (customer_id, "on", closed_second, ref) INCLUDE (branch_id, revenue)',
    'visits ("on")',
)


@contextmanager
def laid_out(con: Backend) -> Iterator[None]:
    _drop()
    try:
        with pull.connect() as session, session.cursor() as cursor, connection.cursor() as own:
            own.execute(f"CREATE SCHEMA {SCHEMA}")
            for name, (columns, select) in _TABLES.items():
                own.execute(f"CREATE UNLOGGED TABLE {SCHEMA}.{name} ({columns})")
                cursor.adbc_ingest(name, con.con.sql(select).to_arrow_reader(), mode="append", db_schema_name=SCHEMA)
            session.commit()
            own.execute("SET maintenance_work_mem = '1GB'")
            for index in _INDEXES:
                own.execute(f"CREATE INDEX ON {SCHEMA}.{index}")
            for name in _TABLES:
                own.execute(f"VACUUM ANALYZE {SCHEMA}.{name}")
        yield
    finally:
        _drop()


def _drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def figures(as_of: date, rules: RuleSettings) -> tuple[float, pa.Table]:
    return _asked(
        "metrics_figures.sql",
        {
            "day": as_of,
            "awake_from": as_of - timedelta(days=rules.sleep_after_days),
            "loyal_from": as_of - timedelta(days=rules.loyal_window_days),
            "rfm_from": as_of - timedelta(days=rules.rfm_window_days),
            "abc_from": as_of - timedelta(days=rules.abc_window_days),
            "gap": rules.sleep_after_days + 2,
            "loyal": rules.loyal_visits,
            "a": rules.abc_a_percent,
            "b": rules.abc_b_percent,
        },
    )


def cascade(until: date, rules: RuleSettings) -> tuple[float, pa.Table]:
    return _asked("metrics_cascade.sql", {"day": until, "sleep": rules.sleep_after_days})


def _asked(statement: str, values: Mapping[str, Any]) -> tuple[float, pa.Table]:
    """Run a statement; return its seconds and the answers. Fetching them is not counted."""
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "port", "user", "password", "dbname") if parameters.get(key)}
    text = (STATEMENTS / statement).read_text(encoding="utf-8")
    with psycopg.connect(**wanted, cursor_factory=psycopg.ClientCursor, autocommit=True) as session:
        session.execute(f"SET search_path = {SCHEMA}")
        session.execute("SET work_mem = '256MB'")
        started = time.perf_counter()
        session.execute(f"CREATE UNLOGGED TABLE {SCHEMA}.answers AS {text}", values)
        seconds = time.perf_counter() - started
    with pull.connect() as session_of_arrow, session_of_arrow.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {SCHEMA}.answers")  # noqa: S608 - a name of ours
        answers: Any = cursor.fetch_arrow_table()
    with connection.cursor() as own:
        own.execute(f"DROP TABLE {SCHEMA}.answers")
    return seconds, answers
