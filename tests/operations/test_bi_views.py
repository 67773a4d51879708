"""The schema for outside BI: the page names what is there, figures are the mirror's, the role only reads."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from tests import pivot_base

from vernost import facts
from vernost.embedded.names import BI_ROLE

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "bi.md"


def documented():
    views = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## bi.")[1:]:
        views[section.partition("\n")[0]] = re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)
    return views


def asked(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_the_page_names_every_view_and_column():
    columns = asked(
        "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns "
        "WHERE table_schema = 'bi' GROUP BY 1"
    )
    assert dict(columns) == documented()


def test_money_is_that_of_the_mirror():
    with pivot_base.dealership() as base:
        visits = facts.connect().table("visits")
        expected = {
            f"vernost:{row['order_id']}": (Decimal(row["revenue"]) / 100, Decimal(row["margin"]) / 100)
            for row in visits.select("order_id", "revenue", "margin").to_pyarrow().to_pylist()
        }
        found = {
            row[0]: row[1:] for row in asked("SELECT order_id, revenue, margin FROM bi.repair_order WHERE is_visit")
        }
        assert found == expected
        assert asked("SELECT count(*) FROM bi.order_line WHERE in_revenue") == [(8,)]
        assert asked("SELECT programme FROM bi.repair_order WHERE programme IS NOT NULL") == [("next_service",)]
        assert asked("SELECT branch_id FROM bi.branch WHERE name = 'Казань'") == [(f"vernost:{base.kazan.pk}",)]


def test_every_view_answers():
    for view in documented():
        asked(f"TABLE bi.{view}")


def test_the_role_reads_the_views_and_nothing_else():
    rights = """
        SELECT n.nspname, bool_or(has_table_privilege(%s, c.oid, 'SELECT')) AS reads,
               bool_and(has_table_privilege(%s, c.oid, 'SELECT')) AS reads_all,
               bool_or(has_table_privilege(%s, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS writes
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('bi', 'public') AND c.relkind IN ('r', 'v') GROUP BY 1 ORDER BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(rights, [BI_ROLE] * 3)
        assert cursor.fetchall() == [("bi", True, True, False), ("public", False, False, False)]
        cursor.execute("SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", [BI_ROLE])
        assert cursor.fetchone() == (False, False, False)
