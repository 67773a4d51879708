"""Whom branches see is found once for a connection, for each scope its own."""

from random import Random

import pytest
from django.conf import settings
from tests import mirrors
from tests.connections import ends_with_its_user

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.core.actor import Actor, Role
from vernost.core.fact_table import declared_tables

load_fact_tables()
SCOPES: tuple[frozenset[int], ...] = (frozenset({1, 3}), frozenset({2}), frozenset())
SCOPED = sorted(name for name, table in declared_tables().items() if table.scope in {"customer", "vehicle"})


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    """Return a version of the mirror, and a connection to the same rows in memory, which finds everything anew."""
    folder = tmp_path_factory.mktemp("mirror")
    before, settings.MIRROR_DIR = settings.MIRROR_DIR, folder
    rows = mirrors.invented(Random(7))
    yield mirrors.written(folder, rows), facts.of_rows(rows, built=True)
    settings.MIRROR_DIR = before


@pytest.mark.parametrize("table", SCOPED)
def test_each_scope_sees_its_own_rows_whoever_has_asked_before(bases, table):
    mirror, anew = bases
    kept, seen = facts.connect(mirror), []
    for branches in (*SCOPES, *SCOPES):
        actor = Actor("manager", role=Role.MANAGER, branch_ids=branches)
        found, plain = (_rows(facts.table(table, con, actor=actor)) for con in (kept, anew))
        assert found == plain
        seen.append(found)
    assert seen[:3] == seen[3:]
    assert seen[2] == []


@pytest.mark.usefixtures("bases")
def test_a_connection_ends_with_its_last_user():
    actor = Actor("manager", role=Role.MANAGER, branch_ids=SCOPES[0])
    assert ends_with_its_user(lambda con: _rows(facts.table("customers", con, actor=actor)))


def _rows(table):
    return sorted(map(str, table.to_pyarrow().to_pylist()))
