"""Keys of the next rows are looked up by a second connection while these are written."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import OperationalError, connection
from tests.faults.running import eventually
from tests.intake import counts, imported, rows, run, write

from vernost.customers.models import Customer
from vernost.intake.operations import cutting, keys, monitor
from vernost.vehicles.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)

OWNERS = "id,city\n" + "".join(f"{number},Уфа\n" for number in range(100))
# Lines of nine letters, three to a piece.
SOME = "id,city\n" + "".join(f"{number},Омск\n" for number in (10, 20, 30, 40, 50, 60, 70, 80, 90))


@pytest.fixture
def in_pieces(monkeypatch):
    """Cut texts after every few lines."""
    for name, value in (("BLOCK", 11), ("PIECE", 30), ("_LEAST_PIECE", 30)):
        monkeypatch.setattr(cutting, name, value)


@pytest.fixture
def lookups(monkeypatch):
    """Hear by which way keys are looked up."""
    heard = []
    look_up = keys.KeyStore._look_up

    def hearing(self, kind, pump):
        heard.append((kind.code, "aside" if pump is self.aside else "in the transaction"))
        look_up(self, kind, pump)

    monkeypatch.setattr(keys.KeyStore, "_look_up", hearing)
    return heard


def owners_known(folder):
    """Bring the owners in; so many that a few keys are worth looking up, whatever tests before have left to be known."""
    imported(folder, {"customers.csv": OWNERS})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")


@pytest.mark.usefixtures("in_pieces")
def test_keys_of_every_piece_are_found_aside(tmp_path, lookups):
    owners_known(tmp_path / "in")
    assert lookups == []
    again = SOME + "10,Тверь\n200,Тверь\n201,Омск\n200,Омск\n"
    assert imported(tmp_path / "in", {"customers.csv": again}) == {"customers.csv": (2, 9, 2, 0)}
    assert set(lookups) == {("customers", "aside")}
    assert len(lookups) > 1
    expected = dict.fromkeys(range(100), "Уфа") | dict.fromkeys(range(20, 100, 10), "Омск")
    expected |= {10: "Тверь", 200: "Омск", 201: "Омск"}
    assert rows(Customer.objects, "external_id", "city") == sorted((str(key), city) for key, city in expected.items())


@pytest.mark.usefixtures("in_pieces")
def test_a_piece_may_refer_to_what_the_run_has_just_brought(tmp_path):
    owners_known(tmp_path / "in")
    cars = "id,make,model,customer_id\n" + "".join(f"{i},Lada,Vesta,{100 + i}\n" for i in range(5))
    more = {"customers.csv": "id\n" + "".join(f"{100 + i}\n" for i in range(5)), "vehicles.csv": cars}
    assert imported(tmp_path / "in", more) == {"customers.csv": (5, 0, 0, 0), "vehicles.csv": (5, 0, 0, 0)}
    owners = Vehicle.objects.values_list("external_id", "ownerships__customer__external_id")
    assert sorted(owners) == [(str(i), str(100 + i)) for i in range(5)]


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize(("patience", "outcome"), [("100ms", "has the table"), ("0", "has given up")])
def test_a_lookup_does_not_wait_for_one_who_waits_for_the_import(tmp_path, monkeypatch, lookups, patience, outcome):
    """With patience without end (0) both would wait for each other: it takes the other's patience to go on."""
    owners_known(tmp_path / "in")
    monkeypatch.setattr(keys, "PATIENCE", patience)
    monkeypatch.setattr(monitor, "_INTERVAL", 0)
    asked = []

    def ask_for_the_table():
        with closing(connection.copy()) as other, other.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{'2s' if patience == '0' else '60s'}'")
            try:
                cursor.execute("BEGIN; LOCK TABLE customers_customer IN ACCESS EXCLUSIVE MODE; ROLLBACK")
            except OperationalError:
                return "has given up"
            return "has the table"

    def waits():
        with closing(connection.copy()) as watcher, watcher.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'")
            return cursor.fetchone()[0]

    def progress(_name, share):
        if share and not asked:
            asked.append(thread.submit(ask_for_the_table))
            eventually(lambda: waits() or asked[0].done())

    with ThreadPoolExecutor(1) as thread:
        made = run(write(tmp_path / "in", {"customers.csv": SOME}), progress=progress)
        answers = [one.result() for one in asked]
    assert answers == [outcome]
    assert counts(made) == {"customers.csv": (0, 9, 0, 0)}
    assert (("customers", "in the transaction") in lookups) == (patience != "0")
