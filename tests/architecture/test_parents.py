"""What stands aside while a batch is proved as a set is what the batch's own proof replaces, and nothing else."""

import pytest
from django.db import connection

from vernost import embedded
from vernost.core.parents import KEYS

pytestmark = pytest.mark.django_db

PARENTS = {parent for keys in KEYS.values() for parent in keys.values()}


def asked(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def test_every_foreign_key_is_one_column_that_names_an_id():
    found = asked(
        """SELECT f.conrelid::regclass::text, c.attname, f.confrelid::regclass::text
             FROM pg_constraint f JOIN pg_attribute c ON c.attrelid = f.conrelid AND c.attnum = f.conkey[1]
             JOIN pg_attribute p ON p.attrelid = f.confrelid AND p.attnum = f.confkey[1]
            WHERE f.contype = 'f' AND f.conrelid::regclass::text = ANY (%s)
              AND (array_length(f.conkey, 1), p.attname) = (1, 'id')""",
        [*KEYS],
    )
    assert sorted(found) == sorted((table, *key) for table, keys in KEYS.items() for key in keys.items())


def test_every_parent_is_guarded():
    guarded = asked("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'guard_parent' AND tgenabled <> 'D'")
    assert {table for (table,) in guarded} == PARENTS


def test_triggers_of_the_tables_work_always():
    """Those of the mirror among them: what they write has neither triggers nor foreign keys of its own."""
    triggers = asked(
        "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid::regclass::text = ANY (%s) AND NOT tgisinternal",
        [*KEYS],
    )
    assert {enabled for _name, enabled in triggers} == {"A"}
    assert {name for name, _enabled in triggers} == {
        "guard_parent",
        *(f"fact_change_{event}" for event in ("insert", "update", "delete", "truncate")),
    }
    assert asked("SELECT tgname FROM pg_trigger WHERE tgrelid = 'facts_factchange'::regclass") == []


def test_no_other_constraint_of_the_tables_is_a_trigger():
    """PostgreSQL keeps those that may be put off by triggers of its own, which stand aside too."""
    put_off = "SELECT conname FROM pg_constraint WHERE conrelid::regclass::text = ANY (%s) AND condeferrable"
    assert asked(f"{put_off} AND contype <> 'f'", [*KEYS]) == []
    assert len(asked(put_off, [*KEYS])) == sum(map(len, KEYS.values()))


def test_the_pages_may_not_put_keys_aside():
    may = "SELECT has_parameter_privilege(%s::name, 'session_replication_role', 'SET')"
    assert [asked(may, role) for role in (embedded.OWNER_ROLE, embedded.APP_ROLE)] == [[(True,)], [(False,)]]
