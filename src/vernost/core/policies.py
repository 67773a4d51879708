"""The policies behind `core.wall`, for migrations: whose rows of a table the pages' role sees and writes.

A table gets them in the migration that makes it; `tests/architecture/test_wall.py` asks for them. The owner of the
tables passes, which jobs and commands work as: FORCE binds him too, so he has a policy of his own.
"""

from typing import Final

from django.db import migrations

from vernost.core.wall import GROUP, SETTING

# Asked once a statement, not once a row: as sub-selects the planner makes constants of them. An empty setting
# casts to no branch; what is no number raises an error.
FUNCTIONS: Final = f"""
    CREATE FUNCTION vernost_sees_group() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
        $$ SELECT coalesce(current_setting('{SETTING}', true) = '{GROUP}', false) $$;
    CREATE FUNCTION vernost_seen_branches() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
        $$ SELECT string_to_array(nullif(nullif(current_setting('{SETTING}', true), ''), '{GROUP}'), ',')::bigint[] $$;
"""
NO_FUNCTIONS: Final = "DROP FUNCTION vernost_sees_group(); DROP FUNCTION vernost_seen_branches();"


def of_branch(table: str, column: str = "branch_id") -> migrations.RunSQL:
    """Show each row to who sees its branch; one without a branch belongs to the whole group."""
    return _walled(table, f"{table}.{column} = ANY ((SELECT vernost_seen_branches())::bigint[])")


def part_of(table: str, column: str, whole: str) -> migrations.RunSQL:
    """Show each row with the row of `whole` that it is a part of; `column` holds the id of that."""
    return _walled(table, f"EXISTS (SELECT FROM {whole} whole WHERE whole.id = {table}.{column})")


def _walled(table: str, own: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE POLICY wall ON {table} TO vernost_app USING ((SELECT vernost_sees_group()) OR {own});
        CREATE POLICY owner ON {table} TO CURRENT_USER USING (true);
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        """,
        f"""
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
        DROP POLICY wall ON {table};
        DROP POLICY owner ON {table};
        """,
    )
