"""An import that is killed and run again leaves the base as one clean import does."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import date
from random import Random

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from tests.faults.running import environment, eventually
from tests.intake import counts, run, write

from vernost import demo
from vernost.contacts.models import Interaction
from vernost.intake.models import ImportRun
from vernost.intake.operations import keys

pytestmark = pytest.mark.django_db(transaction=True)

# Where an import is held up and killed, in the order of its work.
TABLES = (
    "customers_customer",
    "customers_consentstatement",
    "vehicles_ownership",
    "workshop_repairorder",
    "workshop_orderline",
    "contacts_interaction",
    "intake_quarantinedrow",
)
# What the source owns of each table: everything but our own ids.
CONTENTS = (
    """SELECT b.external_id, b.import_hash, b.name, y.number, y.active
    FROM accounts_branch b LEFT JOIN workshop_bay y ON y.branch_id = b.id""",
    """SELECT external_id, import_hash, name FROM accounts_employee""",
    """SELECT c.external_id, c.import_hash, c.sort_key, e.external_id
    FROM customers_customer c LEFT JOIN accounts_employee e ON e.id = c.advisor_id""",
    """SELECT c.external_id, a.kind, a.value, a.position, a.note
    FROM customers_contactaddress a JOIN customers_customer c ON c.id = a.customer_id""",
    """SELECT c.external_id, s."on", s.calls, s.sms, s.email, s.messenger
    FROM customers_consentstatement s JOIN customers_customer c ON c.id = s.customer_id""",
    """SELECT c.external_id, s.channel, s.since
    FROM customers_channelstop s JOIN customers_customer c ON c.id = s.customer_id""",
    """SELECT c.external_id, k.kind, k.key
    FROM customers_customersearchkey k JOIN customers_customer c ON c.id = k.customer_id""",
    """SELECT external_id, import_hash, vin, plate FROM vehicles_vehicle""",
    """SELECT v.external_id, c.external_id, o.owned_from, o.owned_until FROM vehicles_ownership o
    JOIN vehicles_vehicle v ON v.id = o.vehicle_id JOIN customers_customer c ON c.id = o.customer_id""",
    """SELECT external_id, import_hash, "on", kind FROM vehicles_vehicleevent""",
    """SELECT make, model, engine, year_from, year_to, import_hash FROM vehicles_maintenanceplan""",
    """SELECT code, vin, import_hash FROM vehicles_recallentry""",
    """SELECT external_id, import_hash FROM sales_deal""",
    """SELECT o.external_id, o.import_hash, o.known_on, c.external_id, v.external_id FROM workshop_repairorder o
    LEFT JOIN customers_customer c ON c.id = o.customer_id LEFT JOIN vehicles_vehicle v ON v.id = o.vehicle_id""",
    """SELECT o.external_id, l.line_no, l.import_hash
    FROM workshop_orderline l JOIN workshop_repairorder o ON o.id = l.order_id""",
    """SELECT external_id, import_hash, starts_at FROM workshop_appointment""",
    """SELECT external_id, import_hash FROM workshop_partorder""",
    """SELECT external_id, import_hash, at FROM contacts_interaction""",
    """SELECT external_id, import_hash FROM care_surveyanswer""",
    """SELECT kind, key, line, "column", value, reason, waits_for_key, "row"
    FROM intake_quarantinedrow WHERE state = 'open'""",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dealer")
    demo.generate(customers=400, seed=5, until=date(2026, 3, 1), out=folder)
    return folder


def contents():
    """Return a digest of each table."""
    with connection.cursor() as cursor:
        found = []
        for sql in CONTENTS:
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ({sql}) t")  # noqa: S608
            found.append((sql, *cursor.fetchone()))
        return found


def empty():
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_source, customers_customersearchkey CASCADE")


def conninfo():
    parameters = connection.get_connection_params()
    return psycopg.conninfo.make_conninfo(
        **{name: parameters[name] for name in ("host", "user", "dbname") if parameters.get(name)}
    )


@contextmanager
def held(table):
    """Keep everybody from writing to a table."""
    with psycopg.connect(conninfo()) as session:
        session.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield


def start(path):
    return subprocess.Popen(
        [sys.executable, "-m", "vernost", "import", str(path), "--json"],
        env=environment(settings.DATA_DIR, DATABASE_URL=conninfo(), VERNOST_SECRET_KEY=settings.SECRET_KEY),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def asked(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql, [connection.settings_dict["NAME"]])
        return cursor.fetchone()[0]


def waits_for_a_lock():
    return asked("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s")


def nobody_else_is_there():
    return asked(
        "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )


EVERY_TABLE = [pytest.param(table, marks=pytest.mark.slow) for table in TABLES[:-2]] + list(TABLES[-2:])


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_killed_at_a_table_and_run_again_nothing_is_lost_or_doubled(files, table):
    run(files)
    clean = contents()
    empty()
    with held(table):
        process = start(files)
        eventually(waits_for_a_lock)
        kill(process)
    eventually(nobody_else_is_there)
    assert contents() != clean
    run(files)
    assert contents() == clean
    assert all((new, changed) == (0, 0) for new, changed, _same, _refused in counts(run(files)).values())


@pytest.mark.slow
def test_killed_at_any_moment_and_run_again(files):
    """Twenty kills at random moments of the work; one before its beginning or after its end does not count."""
    run(files)
    clean = contents()
    chance, killed, tries = Random(2), 0, 0
    while killed < 20:
        tries += 1
        assert tries <= 100
        empty()
        process = start(files)
        eventually(
            lambda process=process: process.poll() is not None or ImportRun.objects.filter(state="running").exists()
        )
        threading.Event().wait(chance.uniform(0, 4))
        inside = process.poll() is None and ImportRun.objects.filter(state="running").exists()
        kill(process)
        eventually(nobody_else_is_there)
        run(files)
        assert contents() == clean
        killed += inside


def test_the_control_doubles_rows(tmp_path, monkeypatch):
    """Without knowledge of what is there, and without the constraint, the second import doubles the first."""
    path = write(tmp_path / "in", {"interactions.csv": "id,at\n1,2026-03-01\n2,2026-03-02\n"})
    run(path)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE contacts_interaction DROP CONSTRAINT contacts_interaction_source_key")
    try:
        monkeypatch.setattr(keys.KeyStore, "ensure", lambda *_: None)
        assert counts(run(path)) == {"interactions.csv": (2, 0, 0, 0)}
        assert Interaction.objects.count() == 4
    finally:
        Interaction.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE contacts_interaction"
                " ADD CONSTRAINT contacts_interaction_source_key UNIQUE (source_id, external_id)"
            )
