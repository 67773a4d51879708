"""Versions of the columnar mirror: which notes lead to one, and who sees which."""

import os
import threading
from datetime import date

import pytest
from adbc_driver_manager import ProgrammingError
from django.db import connection, connections
from tests import factories
from tests.refreshes import LATER, refresh, rows

from vernost import embedded, facts
from vernost.core.fact_table import fact_groups
from vernost.facts import mirror, operations
from vernost.facts.models import FactChange

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    return settings.MIRROR_DIR


def noted() -> dict[str, set[int]]:
    notes: dict[str, set[int]] = {}
    for table, row_id in FactChange.objects.values_list("table", "row_id"):
        notes.setdefault(table, set()).add(row_id)
    return notes


def test_the_triggers_watch_what_the_declarations_say():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT tgrelid::regclass::text, replace(encode(tgargs, 'escape'), '\\000', ' '), count(*)
                 FROM pg_trigger WHERE tgfoid = 'fact_change_note'::regproc GROUP BY 1, 2"""
        )
        watched = {(table, *arguments.split(), events) for table, arguments, events in cursor.fetchall()}
    assert watched == {(table, group.code, key, 4) for group in fact_groups for table, key in group.touched_by.items()}


def test_what_the_web_process_changes_is_noted():
    car = factories.vehicle()
    FactChange.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {embedded.APP_ROLE}")
        cursor.execute("UPDATE vehicles_vehicle SET model = 'X' WHERE id = %s", [car.pk])
        cursor.execute("RESET ROLE")
    assert noted() == {"vehicles": {car.pk}}


def test_a_first_load_is_one_note():
    FactChange.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SET vernost.bulk = on")
        factories.vehicle()
        factories.customer()
        cursor.execute("RESET vernost.bulk")
    assert noted() == {"*": {0}}
    assert refresh().kind == "full"


def test_a_rolled_back_change_is_not_noted_and_a_late_one_is_not_lost():
    refresh()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "INSERT INTO workshop_repairorder (opened_on, closed_on, kind, status)"
            " VALUES ('2026-01-01', '2026-01-01', 'repair', 'closed')"
        )
        factories.order(opened_on=date(2026, 2, 2))
        refresh()
        before = [row["opened_on"] for row in rows("orders", "opened_on")]
        cursor.execute("COMMIT")
    other.close()
    refresh()
    after = [row["opened_on"] for row in rows("orders", "opened_on")]
    assert (before, after) == ([date(2026, 2, 2)], [date(2026, 1, 1), date(2026, 2, 2)])


def test_two_refreshers_at_once_take_turns():
    factories.order()
    done = []

    def work() -> None:
        try:
            done.append(refresh().kind)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["full", "nothing"]


def test_a_reader_keeps_its_version_until_it_is_done(folder):
    factories.order()
    refresh()
    con = facts.connect()
    seen = facts.table("orders", con)
    for _round in range(4):
        factories.order()
        refresh()
    assert seen.count().to_pyarrow().as_py() == 1
    assert (folder / "00000001").exists()
    del con, seen
    factories.order()
    refresh()
    versions = sorted(path.name for path in folder.iterdir() if path.is_dir())
    assert versions == ["00000005", "00000006"]


def test_what_a_killed_refresh_left_is_swept_by_the_next(folder):
    factories.order()
    refresh()
    # A kill leaves a folder without a manifest, and one whose pointer was never switched.
    (folder / "00000002").mkdir()
    (folder / "00000002" / "orders.parquet").write_bytes(b"half")
    whole = folder / "00000003"
    whole.mkdir()
    os.link(folder / "00000001" / mirror.MANIFEST, whole / mirror.MANIFEST)
    factories.order()
    assert refresh().mirror.version == "00000002"
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["00000001", "00000002"]
    assert len(rows("orders")) == 2


def test_a_build_that_fails_says_so_and_leaves_the_version_before(folder):
    factories.order(lines=[("Oil", "1220.00")])
    refresh()
    before = mirror.current().version
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE workshop_orderline RENAME COLUMN payer TO payer_no_more")
    try:
        with pytest.raises(ProgrammingError, match="payer"):
            operations.rebuild(now=LATER)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE workshop_orderline RENAME COLUMN payer_no_more TO payer")
    assert mirror.current().version == before
    assert operations.rebuild(now=LATER).mirror.version > before
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 2


def test_no_mirror_is_said():
    with pytest.raises(mirror.MirrorMissing):
        facts.connect()
