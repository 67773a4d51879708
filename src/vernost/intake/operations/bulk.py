"""A first load: indexes, foreign keys, triggers and the wall of a table stand aside, and are made anew at its end.

All of it happens in the transaction of the file, so nobody ever sees a table without them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.db.backends.utils import CursorWrapper

from vernost.core import wall
from vernost.intake.operations.keys import estimated_rows

# Below so many rows the indexes grow along as quickly.
LEAST: Final = 20_000

_CONSTRAINTS: Final = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint c
     WHERE conrelid = %(table)s::regclass AND (contype IN ('f', 'u', 'x')
        OR (contype = 'p' AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.confrelid = c.conrelid)))
     ORDER BY array_position('{p,u,x,f}', contype::text), conname"""
_INDEXES: Final = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
     WHERE indrelid = %(table)s::regclass
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
     ORDER BY 1"""

_TRIGGERS: Final = """
    SELECT quote_ident(tgname), tgenabled = 'A' FROM pg_trigger
     WHERE tgrelid = %(table)s::regclass AND NOT tgisinternal AND tgenabled <> 'D'"""


def is_first_load(cursor: CursorWrapper, table: str, expected: int) -> bool:
    """Whether a file of about so many rows is so much larger than its table that this pays."""
    return expected >= LEAST and estimated_rows(cursor, table) * 2 < expected


def _made_anew(cursor: CursorWrapper, table: str) -> bool:
    """Give an empty table a new file; return False where it is not empty.

    What this transaction writes into it needs no journal (`wal_level` minimal), and its rows may be frozen.
    """
    cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
    if cursor.fetchone()[0]:
        return False
    cursor.execute(
        """SELECT indexrelid::regclass::text, EXISTS (SELECT FROM pg_constraint WHERE confrelid = indrelid)
             FROM pg_index WHERE indrelid = %s::regclass AND indisprimary""",
        [table],
    )
    key, is_referred_to = cursor.fetchone()
    if is_referred_to:
        # TRUNCATE would ask for the tables that refer to it.
        cursor.execute(f"CLUSTER {table} USING {key}")
        cursor.execute(f"ALTER TABLE {table} SET WITHOUT CLUSTER")
    else:
        cursor.execute(f"TRUNCATE {table}")
    return True


@contextmanager
def standing_aside(cursor: CursorWrapper, tables: Sequence[str]) -> Iterator[frozenset[str]]:
    """Take the indexes and constraints off the tables for the length of the block, in the open transaction.

    Gives those of the tables that are empty and made anew.
    """
    again: list[str] = []
    anew: set[str] = set()
    for table in tables:
        cursor.execute("SET LOCAL lock_timeout = '30s'")
        if _made_anew(cursor, table):
            anew.add(table)
        cursor.execute(_TRIGGERS, {"table": table})
        for name, always in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
            again.append(f"ALTER TABLE {table} ENABLE {'ALWAYS' if always else ''} TRIGGER {name}")
        if wall.binds(cursor, table):
            # Its owner, by FORCE alone.
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            again.append(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        cursor.execute(_CONSTRAINTS, {"table": table})
        constraints = cursor.fetchall()
        cursor.execute(_INDEXES, {"table": table})
        indexes = cursor.fetchall()
        for name, definition in reversed(constraints):
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for name, definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
            again.append(definition)
    # Search keys are made of whole tables here.
    cursor.execute("SET LOCAL work_mem = '256MB'")
    # One note for the mirror instead of millions: its next refresh builds everything.
    cursor.execute("SELECT fact_change_note_all()")
    yield frozenset(anew)
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
    cursor.execute("SET LOCAL max_parallel_maintenance_workers = 2")
    # Keys before those that refer to them; the order within a table is that of _CONSTRAINTS.
    for statement in sorted(again, key=lambda sql: ("FOREIGN KEY" in sql, "TRIGGER" in sql)):
        cursor.execute(statement)
    for table in tables:
        cursor.execute(f"ANALYZE {table}")
