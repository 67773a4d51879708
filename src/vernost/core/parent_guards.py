"""The functions and triggers behind `core.parents`, for migrations."""

from collections.abc import Collection
from typing import Final

from django.db import migrations

# With the number of a table's name, 703687 is the lock of a parent table. `vernost_insert_proved` writes without
# foreign keys, for one statement; what the table's own triggers do they do (ALWAYS). Parents are looked up one by one,
# as a batch names few of them, and in order, so that a page of their index is met once.
FUNCTIONS: Final = """
    CREATE OR REPLACE FUNCTION vernost_guard_parent() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(703687, hashtext(TG_TABLE_NAME::text));
        RETURN NULL;
    END $$;

    CREATE OR REPLACE FUNCTION vernost_hold_parents(child regclass) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        parent text;
    BEGIN
        FOR parent IN SELECT DISTINCT c.relname::text FROM pg_constraint f JOIN pg_class c ON c.oid = f.confrelid
                       WHERE f.conrelid = child AND f.contype = 'f' ORDER BY 1
        LOOP
            PERFORM pg_advisory_xact_lock_shared(703687, hashtext(parent));
        END LOOP;
    END $$;

    CREATE OR REPLACE FUNCTION vernost_insert_proved(child regclass, batch regclass, names text) RETURNS void
        LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
        key record;
        missing text;
    BEGIN
        PERFORM vernost_hold_parents(child);
        PERFORM set_config('session_replication_role', 'replica', true);
        EXECUTE format('INSERT INTO %1$s (%2$s) SELECT %2$s FROM %3$s', child, names, batch);
        PERFORM set_config('session_replication_role', 'origin', true);
        FOR key IN SELECT f.conname, f.confrelid::regclass AS parent, c.attname AS child_column,
                          p.attname AS parent_column
                     FROM pg_constraint f
                     JOIN pg_attribute c ON c.attrelid = f.conrelid AND c.attnum = f.conkey[1]
                     JOIN pg_attribute p ON p.attrelid = f.confrelid AND p.attnum = f.confkey[1]
                    WHERE f.conrelid = child AND f.contype = 'f'
        LOOP
            EXECUTE format(
                'SELECT b.key FROM (SELECT DISTINCT %1$I AS key FROM %2$s WHERE %1$I IS NOT NULL ORDER BY 1) b
                  WHERE NOT EXISTS (SELECT FROM %3$s p WHERE p.%4$I = b.key) LIMIT 1',
                key.child_column, batch, key.parent, key.parent_column
            ) INTO missing;
            IF missing IS NOT NULL THEN
                RAISE foreign_key_violation USING
                    MESSAGE = format('a batch for %s violates foreign key "%s"', child, key.conname),
                    DETAIL = format('Key (%s)=(%s) is not in %s.', key.child_column, missing, key.parent),
                    CONSTRAINT = key.conname;
            END IF;
        END LOOP;
    END $$;
"""
NO_FUNCTIONS: Final = """
    DROP FUNCTION vernost_insert_proved(regclass, regclass, text);
    DROP FUNCTION vernost_hold_parents(regclass);
    DROP FUNCTION vernost_guard_parent();
"""


def guards(tables: Collection[str]) -> migrations.RunSQL:
    """Guard parent tables."""
    events = "BEFORE DELETE OR TRUNCATE OR UPDATE OF id"
    calls = "FOR EACH STATEMENT EXECUTE FUNCTION vernost_guard_parent()"
    return migrations.RunSQL(
        [f"CREATE TRIGGER guard_parent {events} ON {table} {calls}" for table in tables],
        [f"DROP TRIGGER guard_parent ON {table}" for table in tables],
    )


def triggers_always(table: str) -> migrations.RunSQL:
    """Let a table's own triggers work while foreign keys stand aside."""
    statement = """
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND NOT tgisinternal LOOP
                EXECUTE format('ALTER TABLE {table} ENABLE {always} TRIGGER %I', name);
            END LOOP;
        END $$"""
    return migrations.RunSQL(statement.format(table=table, always="ALWAYS"), statement.format(table=table, always=""))
