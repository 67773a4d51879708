"""Every table of a branch stands behind the wall: PostgreSQL itself keeps the branches apart."""

import pytest
from django.db import connection, models
from tests.walls import OPEN, walled

from vernost import embedded
from vernost.accounts.models import Branch

# As PostgreSQL writes what `core.policies` said.
GROUP = "( SELECT vernost_sees_group() AS vernost_sees_group)"
OWN = "= ANY (( SELECT vernost_seen_branches() AS vernost_seen_branches)::bigint[])"


def policies():
    """Return of each walled table: whether FORCE binds its owner, who has a policy, and the pages' condition."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, c.relforcerowsecurity, array_agg(p.polroles::regrole[]::text ORDER BY p.polname),
                      max(pg_get_expr(p.polqual, c.oid)) FILTER (WHERE p.polname = 'wall'),
                      bool_and(p.polpermissive AND p.polcmd = '*' AND p.polwithcheck IS NULL)
                 FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
                WHERE c.relrowsecurity GROUP BY 1, 2"""
        )
        return {name: rest for name, *rest in cursor.fetchall()}


@pytest.mark.django_db
def test_every_table_of_a_branch_has_its_policies():
    found = policies()
    assert set(found) == walled()
    for table, (forced, roles, condition, whole) in found.items():
        assert (forced, roles, whole) == (True, [f"{{{embedded.OWNER_ROLE}}}", f"{{{embedded.APP_ROLE}}}"], True), table
        assert condition.startswith(f"({GROUP} OR "), table
        assert OWN in condition or "EXISTS ( SELECT" in condition, table


def test_a_new_table_and_its_parts_are_asked_for():
    """The control: models of a future subject."""

    class Tyre(models.Model):
        branch = models.ForeignKey(Branch, models.PROTECT, null=True)

        class Meta:
            app_label = "future"

    class Tread(models.Model):
        tyre = models.ForeignKey(Tyre, models.CASCADE)

        class Meta:
            app_label = "future"

    assert walled([Tyre, Tread]) == {"future_tyre", "future_tread"}


def test_what_is_open_is_there():
    assert walled(opened={}) > set(OPEN)


@pytest.mark.django_db
def test_the_pages_role_can_step_over_no_wall():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT rolname, rolsuper, rolbypassrls, rolcreaterole,
                      (SELECT count(*) FROM pg_class WHERE relowner = r.oid)
                 FROM pg_roles r WHERE rolname = ANY(%s) ORDER BY rolname""",
            [[embedded.APP_ROLE, embedded.OWNER_ROLE]],
        )
        (app, *of_app), (owner, *of_owner) = cursor.fetchall()
        cursor.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [app, owner])
        assert (of_app, of_owner[:3], cursor.fetchone()) == ([False, False, False, 0], [False] * 3, (False,))
