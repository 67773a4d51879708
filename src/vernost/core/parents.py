"""Foreign keys of many rows at once, proved as a set (docs/adr/0007-foreign-keys-of-a-batch-are-proved-as-a-set.md).

PostgreSQL proves a foreign key row by row, and locks, so writes, the row that it names. A batch for a table of
`CHILDREN` is written without that and then compared with its parents as a whole, by `vernost_insert_proved`. Nobody
deletes a parent meanwhile: who brings batches shares a lock of each parent table until his transaction ends, and
whoever deletes rows of such a table, or changes their ids, takes it alone, by a trigger.
"""

from typing import Any, Final

# Tables that take batches: their rows have no words of a person, and nobody locks a card to keep them away.
CHILDREN: Final = ("workshop_repairorder", "workshop_orderline")
PARENTS: Final = (
    "accounts_branch",
    "accounts_employee",
    "accounts_source",
    "customers_customer",
    "vehicles_vehicle",
    "workshop_repairorder",
)
# With the number of a table's name it is the lock of a parent table.
_LOCK: Final = 703687
# Without foreign keys, for one statement; what a table's own triggers do they do (ALWAYS). The parents are looked up
# one by one: a batch names few of them.
FUNCTIONS: Final = f"""
    CREATE FUNCTION vernost_guard_parent() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock({_LOCK}, hashtext(TG_TABLE_NAME::text));
        RETURN NULL;
    END $$;

    CREATE FUNCTION vernost_hold_parents(child regclass) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        parent text;
    BEGIN
        FOR parent IN SELECT DISTINCT c.relname::text FROM pg_constraint f JOIN pg_class c ON c.oid = f.confrelid
                       WHERE f.conrelid = child AND f.contype = 'f' ORDER BY 1
        LOOP
            PERFORM pg_advisory_xact_lock_shared({_LOCK}, hashtext(parent));
        END LOOP;
    END $$;

    CREATE FUNCTION vernost_insert_proved(child regclass, batch regclass, names text) RETURNS void LANGUAGE plpgsql
        SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
        key record;
        missing text;
    BEGIN
        PERFORM vernost_hold_parents(child);
        PERFORM set_config('session_replication_role', 'replica', true);
        EXECUTE format('INSERT INTO %1$s (%2$s) SELECT %2$s FROM %3$s', child, names, batch);
        PERFORM set_config('session_replication_role', 'origin', true);
        FOR key IN SELECT f.conname, f.confrelid::regclass AS parent, c.attname AS child_column, p.attname AS parent_column
                     FROM pg_constraint f
                     JOIN pg_attribute c ON c.attrelid = f.conrelid AND c.attnum = f.conkey[1]
                     JOIN pg_attribute p ON p.attrelid = f.confrelid AND p.attnum = f.confkey[1]
                    WHERE f.conrelid = child AND f.contype = 'f'
        LOOP
            EXECUTE format(
                'SELECT b.key FROM (SELECT DISTINCT %1$I AS key FROM %2$s WHERE %1$I IS NOT NULL) b
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


def guard(table: str) -> tuple[str, str]:
    """Return statements that guard a parent table, and that take the guard away."""
    events = "BEFORE DELETE OR TRUNCATE OR UPDATE OF id"
    return (
        f"CREATE TRIGGER guard_parent {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION vernost_guard_parent()",
        f"DROP TRIGGER guard_parent ON {table}",
    )


def triggers_always(table: str, *, always: bool = True) -> str:
    """Return a statement that lets a table's own triggers work while foreign keys stand aside."""
    return f"""
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND NOT tgisinternal LOOP
                EXECUTE format('ALTER TABLE {table} ENABLE {"ALWAYS" if always else ""} TRIGGER %I', name);
            END LOOP;
        END $$"""


def may_prove(cursor: Any, table: str) -> bool:  # noqa: ANN401 - psycopg's or Django's
    """Return whether batches for a table are proved as a set: by whom the server lets put foreign keys aside."""
    if table not in CHILDREN:
        return False
    cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
    return bool(cursor.fetchone()[0])
