"""An import as a whole: previews, one at a time, stopping, sources, uploads."""

import io
import threading
from datetime import date

import pytest
from django.db import connection
from tests import people
from tests.intake import NOW, TESTER, counts, imported, refused, rows, run, write

from vernost.core import events
from vernost.core.i18n import Text
from vernost.customers.models import Customer, CustomerSearchKey
from vernost.intake import operations, queries
from vernost.intake.events import ImportAsked, IntakeFinished
from vernost.intake.models import HeaderMapping, ImportRun
from vernost.intake.operations.failures import ImportBrokenOff
from vernost.intake.operations.monitor import watching
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMERS = "id,full_name,city,phones\nC1,Иванов Иван,Казань,89161234567\nC2,Петров Пётр,Уфа,\n"
ORDERS = "id,branch_id,customer_id,opened_at,amount\nO1,B1,C1,2026-03-01,100\nO2,B1,C9,2026-03-01,100\n"


def test_a_preview_tells_what_would_change_and_changes_nothing(tmp_path):
    imported(tmp_path / "in", {"customers.csv": CUSTOMERS})
    files = {"customers.csv": CUSTOMERS.replace("Казань", "Москва") + "C3,Новый,,\n", "orders.csv": ORDERS}
    checked = run(write(tmp_path / "in", files), dry_run=True)
    assert counts(checked) == {"customers.csv": (1, 1, 1, 0), "orders.csv": (1, 0, 0, 1)}
    sample = checked.files.get(kind="customers").sample
    assert sample[0] == {
        "verdict": "changed",
        "line": 2,
        "key": "C1",
        "columns": [{"column": "city", "old": "Казань", "new": "Москва"}],
    }
    assert [(entry["verdict"], entry["key"]) for entry in sample] == [("changed", "C1"), ("new", "C3")]
    assert [entry for entry in checked.files.get(kind="orders").sample if entry["verdict"] == "quarantined"] == [
        {
            "verdict": "quarantined",
            "line": 3,
            "key": "O2",
            "column": "customer_id",
            "value": "C9",
            "reason": "unknown_reference",
        }
    ]
    assert rows(Customer.objects, "external_id", "city") == [("C1", "Казань"), ("C2", "Уфа")]
    assert (RepairOrder.objects.count(), refused()) == (0, [])
    assert counts(run(tmp_path / "in")) == counts(checked)


def test_what_a_command_has_yet_to_act_upon_outlives_a_kill(tmp_path):
    run(write(tmp_path / "in", {"customers.csv": CUSTOMERS}), dry_run=True)
    killed = run(tmp_path / "in")
    # Killed after its last file, which is in, and before it could say so.
    ImportRun.objects.filter(pk=killed.pk).update(state="running", finished_at=None)
    assert operations.not_followed() == []
    again = run(tmp_path / "in")
    assert counts(again) == {"customers.csv": (0, 0, 2, 0)}
    assert operations.not_followed() == [killed.pk]
    operations.note_followed([killed.pk])
    assert operations.not_followed() == []


def test_a_preview_of_nothing_known_follows_references_within_it(tmp_path):
    files = {"customers.csv": CUSTOMERS, "orders.csv": ORDERS}
    assert counts(run(write(tmp_path / "in", files), dry_run=True))["orders.csv"] == (1, 0, 0, 1)


def test_one_import_runs_at_a_time(tmp_path):
    with watching(), pytest.raises(operations.ImportIsRunning):
        run(write(tmp_path / "in", {"customers.csv": CUSTOMERS}))
    assert counts(run(tmp_path / "in")) == {"customers.csv": (2, 0, 0, 0)}


def test_a_run_is_run_once(tmp_path):
    made = run(write(tmp_path / "in", {"customers.csv": CUSTOMERS}))
    with pytest.raises(operations.RunIsOver):
        operations.run_import(run_id=made.pk, now=NOW)


def test_a_stopped_import_keeps_the_files_that_were_done(tmp_path):
    path = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "orders.csv": ORDERS})
    made = operations.start_import(path=path, actor=TESTER, now=NOW)

    def ask():
        operations.stop_import(run_id=made.pk)
        connection.close()

    def stop(name, _share):
        # Somebody else asks, on a connection of his own.
        if name == "orders.csv":
            other = threading.Thread(target=ask)
            other.start()
            other.join()

    from vernost.intake.operations import monitor  # noqa: PLC0415

    interval, vars(monitor)["_INTERVAL"] = monitor._INTERVAL, 0.0
    try:
        with pytest.raises(operations.ImportStopped):
            operations.run_import(run_id=made.pk, now=NOW, progress=stop)
    finally:
        vars(monitor)["_INTERVAL"] = interval
    made.refresh_from_db()
    assert made.state == "stopped"
    assert rows(made.files, "name", "state", "new") == [("customers.csv", "done", 2), ("orders.csv", "stopped", 0)]
    assert (Customer.objects.count(), RepairOrder.objects.count()) == (2, 0)
    assert counts(run(path)) == {"customers.csv": (0, 0, 2, 0), "orders.csv": (1, 0, 0, 1)}
    assert RepairOrder.objects.get().known_on is None


@pytest.mark.parametrize("ended_by", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_an_import_that_a_signal_ends_was_stopped_and_did_not_fail(tmp_path, ended_by):
    """Also where DuckDB made an error of its own of the signal."""

    def end(_name, _share):
        raise ended_by

    files = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    made = operations.start_import(path=files, source="dms", dry_run=False, actor=TESTER, now=NOW)
    with pytest.raises(type(ended_by)):
        operations.run_import(run_id=made.pk, now=NOW, progress=end)
    made.refresh_from_db()
    assert (made.state, made.error) == ("stopped", "")


def test_a_waiting_import_is_cancelled(tmp_path):
    path = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    made = operations.start_import(path=path, actor=TESTER, now=NOW)
    operations.stop_import(run_id=made.pk)
    with pytest.raises(operations.RunIsOver):
        operations.run_import(run_id=made.pk, now=NOW)


def test_sources_have_ids_of_their_own(tmp_path):
    imported(tmp_path / "in", {"customers.csv": CUSTOMERS}, source="a")
    assert imported(tmp_path / "in", {"customers.csv": CUSTOMERS, "orders.csv": ORDERS}, source="b") == {
        "customers.csv": (2, 0, 0, 0),
        "orders.csv": (1, 0, 0, 1),
    }
    assert RepairOrder.objects.get().customer == Customer.objects.get(source__code="b", external_id="C1")


@pytest.mark.parametrize("name", ["", "имя", "a b", "a" * 41])
def test_a_source_has_a_plain_name(tmp_path, name):
    with pytest.raises(operations.Unreadable) as failure:
        run(write(tmp_path / "in", {"customers.csv": CUSTOMERS}), source=name)
    assert failure.value.code == "bad_source_name"


def test_a_dealer_has_his_own_names_of_columns(tmp_path):
    imported(tmp_path / "in", {"customers.csv": CUSTOMERS})
    made = ImportRun.objects.get()
    HeaderMapping.objects.create(source=made.source, kind="customers", columns={"Откуда": "city", "№ карты": "id"})
    files = {"customers.csv": "№ карты;Откуда\nC1;Самара\n"}
    assert imported(tmp_path / "in", files) == {"customers.csv": (0, 1, 0, 0)}
    assert rows(Customer.objects, "external_id", "city") == [("C1", "Самара"), ("C2", "Уфа")]


def test_uploads_are_imported_by_a_job_and_removed(monkeypatch, tmp_path, settings):
    # Other tests of this process leave the files of their checks.
    settings.DATA_DIR = tmp_path
    heard = []
    monkeypatch.setitem(events._subscriptions, ImportAsked, [heard.append])
    monkeypatch.setitem(events._subscriptions, IntakeFinished, [heard.append])
    made = operations.upload_import(
        files=[("../../customers.csv", io.BytesIO(CUSTOMERS.encode()))],
        source="dms",
        dry_run=False,
        actor=TESTER,
        now=NOW,
    )
    assert (made.name, made.state) == ("customers.csv", "waiting")
    operations.run_import(run_id=made.pk, now=NOW)
    assert heard == [ImportAsked(run_id=made.pk), IntakeFinished(run_id=made.pk, kinds=("customers",))]
    assert list((settings.DATA_DIR / "intake" / "uploads").iterdir()) == []


def test_a_killed_run_is_told_from_a_running_one(tmp_path):
    path = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    killed = operations.start_import(path=path, actor=TESTER, now=NOW)
    ImportRun.objects.filter(pk=killed.pk).update(state="running")
    run(path)
    killed.refresh_from_db()
    assert (killed.state, killed.finished_at) == ("failed", NOW)


def test_many_rows_come_in_batches_as_in_one(tmp_path, monkeypatch):
    """A first load puts the indexes aside; repeated keys meet over the borders of batches."""
    from vernost.intake.operations import bulk, cutting, reading  # noqa: PLC0415

    lines = "".join(f"{i % 40},город {i},8916{i % 50:07d}\n" for i in range(100))
    expected = [(str(i), f"город {80 + i if i < 20 else 40 + i}") for i in range(40)]
    monkeypatch.setattr(reading, "PATIENT_BATCH", 30)
    monkeypatch.setattr(cutting, "PIECE", 300)
    monkeypatch.setattr(cutting, "BLOCK", 100)
    for least, source in ((10, "bulk"), (1000, "plain")):
        monkeypatch.setattr(bulk, "LEAST", least)
        files = {"customers.csv": "id,city,phones\n\n" + lines}
        assert imported(tmp_path / "in", files, source=source) == {"customers.csv": (40, 0, 60, 0)}
        found = Customer.objects.filter(source__code=source)
        assert sorted(found.values_list("external_id", "city")) == sorted(expected)
        assert sorted(found.values_list("external_id", "addresses__value")) == sorted(
            (str(i), f"+7916{(80 + i if i < 20 else 40 + i) % 50:07d}") for i in range(40)
        )
        assert imported(tmp_path / "in", files, source=source) == {"customers.csv": (0, 0, 100, 0)}


def test_indexes_and_triggers_are_back_after_a_first_load(tmp_path, monkeypatch):
    from vernost.intake.operations import bulk  # noqa: PLC0415

    def structure():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2"
            )
            constraints = cursor.fetchall()
            cursor.execute(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid::regclass::text NOT LIKE 'pg_%' ORDER BY 1"
            )
            indexes = cursor.fetchall()
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"
            )
            return {*constraints, *indexes, *cursor.fetchall()}

    before = structure()
    monkeypatch.setattr(bulk, "LEAST", 1)
    files = {
        "customers.csv": CUSTOMERS,
        "vehicles.csv": "id,make,model,customer_id,vin,plate\nV1,LADA,Vesta,C1,XTA210990Y1234567,А123ВС77\n",
        "deals.csv": "id,vehicle_id\nD1,V1\n",
        "recalls.csv": "code,vin,starts_on\nR1,1,2026-01-01\n",
        "orders.csv": ORDERS,
        "order_lines.csv": "order_id,line_no,name,amount\nO1,1,Мойка,1\n",
        "appointments.csv": "id,starts_at\nA1,2026-04-01 10:00\n",
        "vehicle_events.csv": "id,vehicle_id,on,kind\nE1,V1,2026-01-01,scrapped\n",
        "part_orders.csv": "id\nP1\n",
        "interactions.csv": "id,at,customer_id,outcome\nI1,2026-03-01,C1,do_not_call\n",
        "surveys.csv": "id,answered_at,score\nS1,2026-03-01,5\n",
    }
    first = imported(tmp_path / "in", files)
    assert structure() ^ before == set()
    with connection.cursor() as cursor:
        cursor.execute('SELECT "table", row_id FROM facts_factchange WHERE "table" = %s', ["*"])
        assert cursor.fetchall() == [("*", 0)]
    assert {name: (new, refused_) for name, (new, _c, _s, refused_) in first.items()} == {
        name: (2, 0) if name == "customers.csv" else (1, 1 if name == "orders.csv" else 0) for name in files
    }
    assert all((new, changed) == (0, 0) for new, changed, _same, _refused in imported(tmp_path / "in", files).values())


def test_search_keys_are_the_same_whichever_way_they_are_made(tmp_path):
    from vernost.customers.operations import CAR_KEYS, NAME_KEYS, rebuild_search_keys, refresh_search_keys  # noqa: PLC0415

    files = {
        "customers.csv": CUSTOMERS,
        "vehicles.csv": "id,make,model,customer_id,owned_from,vin,plate\n"
        "V1,LADA,Vesta,C1,2020-01-01,XTA210990Y1234567,А123ВС77\n",
    }
    imported(tmp_path / "in", files)
    expected = [
        (1, "9161234567", "C1"),
        (1, "~7654321619", "C1"),
        (2, "А123ВС77", "C1"),
        (3, "XTA210990Y1234567", "C1"),
        (3, "~7654321Y099012ATX", "C1"),
        (4, "иван", "C1"),
        (4, "иванов иван", "C1"),
        (4, "петр", "C2"),
        (4, "петров петр", "C2"),
    ]

    def keys():
        return sorted(CustomerSearchKey.objects.values_list("kind", "key", "customer__external_id"))

    assert keys() == expected
    rebuild_search_keys(kinds=NAME_KEYS + CAR_KEYS)
    assert keys() == expected
    refresh_search_keys(customer_ids=list(Customer.objects.values_list("pk", flat=True)))
    assert keys() == expected
    sold = {
        name: text.replace("C1,2020-01-01", "C2,2026-01-01").replace("Пётр", "Павел") for name, text in files.items()
    }
    imported(tmp_path / "in", sold)
    assert keys() == sorted(
        [(kind, key, "C2" if kind in CAR_KEYS else who) for kind, key, who in expected if "петр" not in key]
        + [(4, "павел", "C2"), (4, "петров павел", "C2")]
    )


def test_the_day_of_an_import_is_that_of_the_installation(tmp_path):
    imported(tmp_path / "in", {"orders.csv": "id,opened_at\n1,2026-03-01\n"})
    late = NOW.replace(hour=22)
    imported(tmp_path / "in", {"orders.csv": "id,opened_at\n2,2026-03-01\n"}, now=late)
    assert RepairOrder.objects.get(external_id="2").known_on == date(2026, 4, 1)


def broken_off(folder, *, user_id=None):
    """Return a run that a kill has left as running, its lock gone."""
    run = operations.start_import(path=write(folder, {"customers.csv": CUSTOMERS}), actor=TESTER, now=NOW)
    ImportRun.objects.filter(pk=run.pk).update(state="running", user=user_id)
    run.files.create(name="customers.csv", kind="customers", position=0, state="running", progress=0.4)
    return run


def test_a_run_whose_process_is_gone_is_shown_as_interrupted(tmp_path):
    run = broken_off(tmp_path / "in")
    page = queries.run_page(run.pk)
    assert (page.run.state, [file.state for file in page.files], page.may_stop) == (
        "interrupted",
        ["interrupted"],
        False,
    )
    assert [row.state for row in queries.runs(limit=5)] == ["interrupted"]
    with watching():
        assert queries.run_page(run.pk).run.state == "running"
        assert [row.state for row in queries.runs(limit=5)] == ["running"]


def test_an_uploaded_run_that_was_interrupted_can_be_stopped_and_goes_on_by_itself(tmp_path):
    run = broken_off(tmp_path / "in", user_id=people.user())
    page = queries.run_page(run.pk)
    assert (page.run.state, page.run.by_command, page.at_work, page.may_stop) == ("interrupted", False, True, True)
    operations.run_import(run_id=run.pk, now=NOW)
    assert queries.run_page(run.pk).run.state == "done"


def test_the_next_import_ends_the_interrupted_one_with_words(tmp_path):
    run = broken_off(tmp_path / "in")
    imported(tmp_path / "next", {"customers.csv": CUSTOMERS})
    page = queries.run_page(run.pk)
    assert (page.run.state, page.error) == ("failed", Text(ImportBrokenOff.text, {}))


def test_an_import_that_fails_leaves_room_for_the_next_at_once():
    for _time in range(20):
        with pytest.raises(ZeroDivisionError), watching():
            _ = 1 / 0
