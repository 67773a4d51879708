"""The decision of a night as one set-based statement of PostgreSQL (`night.sql`).

It starts from the same facts as ours: the tables of the mirror (margins, folded names, judged readings are
there already), laid into PostgreSQL with the keys and indexes that the statement can use, vacuumed and
analysed. The server is the product's; work_mem is 256 MB.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from django.db import connection
from ibis.backends.duckdb import Backend

from vernost.core.fact_table import declared_tables
from vernost.facts import pull
from vernost.invitations.kinds.seasonal import SEASONS, TYRES, season_of
from vernost.invitations.queries.decisions import Question

SCHEMA = "bench_night"
STATEMENT = (Path(__file__).parent / "night.sql").read_text(encoding="utf-8")
COLUMNS = ("programme", "vehicle_id", "customer_id", "anchor", "due_on", "reason")

# What the statement reads of each table of the mirror; None: all columns.
_READ: dict[str, str | None] = {
    "vehicles": None,
    "ownerships": None,
    "vehicle_events": None,
    "deals": None,
    "plans": None,
    "recalls": None,
    "customers": None,
    "consents": None,
    "addresses": None,
    "stops": None,
    "interactions": None,
    "appointments": None,
    "invitations": None,
    "cycles": None,
    "branches": None,
    "vehicle_visits": None,
    "orders": "order_id ref vehicle_id opened_on closed_on closed_second status",
    "readings": "vehicle_id on day km accepted in_last_chain previous_day previous_km",
    "lines": "order_id line_no vehicle_id on code name_key category_key declined advised_on",
}
_INDEXES = (
    "vehicles (vehicle_id)",
    "vehicles (vin)",
    "ownerships (vehicle_id)",
    "vehicle_events (vehicle_id)",
    "deals (vehicle_id, closed_on DESC, ref DESC)",
    "customers (customer_id)",
    "consents (customer_id)",
    "addresses (customer_id)",
    "stops (customer_id)",
    "interactions (customer_id)",
    'interactions ("on")',
    "interactions (vehicle_id) WHERE outcome = 'car_sold'",
    "interactions (customer_id) WHERE outcome = 'do_not_call'",
    "appointments (starts_on)",
    "appointments (vehicle_id)",
    "appointments (customer_id)",
    "appointments (appointment_id)",
    "invitations (vehicle_id, programme, anchor)",
    "cycles (vehicle_id, programme, anchor)",
    'vehicle_visits (vehicle_id, "on" DESC, closed_second DESC, ref DESC)',
    'vehicle_visits (customer_id, "on" DESC, closed_second DESC, ref DESC)',
    'vehicle_visits ("on")',
    "orders (order_id)",
    "orders (vehicle_id)",
    "orders (opened_on)",
    'readings (vehicle_id, "on", km)',
    'lines (vehicle_id, "on")',
    "lines (order_id) WHERE declined",
    "lines (vehicle_id) WHERE declined",
    "plans (make_key, model_key)",
    "recalls (vin)",
)
_TYPES = {
    "int64": "bigint",
    "int32": "int",
    "float64": "float8",
    "string": 'text COLLATE "C"',
    "boolean": "boolean",
    "date": "date",
}


@contextmanager
def laid_out(con: Backend, question: Question) -> Iterator[None]:
    """Keep the tables of the statement in PostgreSQL."""
    _drop()
    try:
        with pull.connect() as session, session.cursor() as cursor, connection.cursor() as own:
            own.execute(f"CREATE SCHEMA {SCHEMA}")
            for name, wanted in _READ.items():
                types = declared_tables()[name].columns
                columns = wanted.split() if wanted else list(types)
                listed = ", ".join(f'"{column}"' for column in columns)
                typed = ", ".join(f'"{column}" {_TYPES[types[column]]}' for column in columns)
                own.execute(f"CREATE UNLOGGED TABLE {SCHEMA}.{name} ({typed})")
                rows = con.con.sql(f"SELECT {listed} FROM {name}").to_arrow_reader()  # noqa: S608 - names of ours
                cursor.adbc_ingest(name, rows, mode="append", db_schema_name=SCHEMA)
            for name, table in small_tables(question).items():
                cursor.adbc_ingest(name, table, mode="create", db_schema_name=SCHEMA)
            session.commit()
            own.execute(f"CREATE VIEW {SCHEMA}.visits AS SELECT * FROM {SCHEMA}.vehicle_visits")  # noqa: S608 - names of ours
            own.execute("SET maintenance_work_mem = '1GB'")
            for index in _INDEXES:
                own.execute(f"CREATE INDEX ON {SCHEMA}.{index}")
            for name in _READ:
                own.execute(f"VACUUM ANALYZE {SCHEMA}.{name}")
        yield
    finally:
        _drop()


def _drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def small_tables(question: Question) -> dict[str, pa.Table]:
    """Return what a manager sets, as tables: programmes, seasons, days with hours of their own."""
    rules = sorted(question.rules, key=lambda rule: rule.rank)
    programmes = [
        {
            "programme": rule.code,
            "rank": rule.rank,
            "place": place,
            "lead_days": rule.lead_days,
            "grace_days": rule.grace_days,
            "advertising": rule.message_class == "advertising",
            "is_recall": rule.message_class == "recall",
            "control_share": rule.control_share,
        }
        for place, rule in enumerate(rules)
    ]
    windows = next(asdict(rule.params) for rule in rules if rule.kind == "seasonal")
    seasons = []
    for code in SEASONS:
        season = season_of(code, windows[code], question.as_of)
        seasons.append({**asdict(season), "category": "tyres" if code in TYRES else "air_conditioning"})
    days = pa.schema([("branch_id", pa.int64()), ("on", pa.date32()), ("minutes", pa.int64())])
    own_days = [{"branch_id": key[0], "on": key[1], "minutes": worth} for key, worth in question.branch_days.items()]
    small = pa.table({name: pa.array([row[name] for row in programmes]) for name in programmes[0]})
    for name in ("rank", "place", "lead_days", "grace_days", "control_share"):
        small = small.set_column(small.schema.get_field_index(name), name, small[name].cast(pa.int32()))
    return {
        "programmes": small,
        "seasons": pa.Table.from_pylist(seasons),
        "branch_days": pa.Table.from_pylist(own_days, schema=days),
    }


def decide(question: Question) -> tuple[float, pa.Table]:
    """Run the statement; return its seconds and the answers. Fetching them is not counted."""
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "port", "user", "password", "dbname") if parameters.get(key)}
    with psycopg.connect(**wanted, cursor_factory=psycopg.ClientCursor, autocommit=True) as session:
        session.execute(f"SET search_path = {SCHEMA}")
        session.execute("SET work_mem = '256MB'")
        started = time.perf_counter()
        session.execute(f"CREATE UNLOGGED TABLE {SCHEMA}.answers AS {STATEMENT}", {"day": f"{question.as_of}"})
        seconds = time.perf_counter() - started
    with pull.connect() as session_of_arrow, session_of_arrow.cursor() as cursor:
        listed = ", ".join(f'"{column}"' for column in COLUMNS)
        cursor.execute(f"SELECT {listed} FROM {SCHEMA}.answers")  # noqa: S608 - names of ours
        answers: Any = cursor.fetch_arrow_table()
    with connection.cursor() as own:
        own.execute(f"DROP TABLE {SCHEMA}.answers")
    return seconds, answers
