"""Whoever deletes a customer meets an import that brings his orders: one gives way, and no order stays alone."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests import factories as make
from tests.faults.running import eventually
from tests.intake import run, write

from vernost.automation.queries.work import breaches
from vernost.customers.models import Customer
from vernost.intake.models import ImportRun
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)


def bring_an_order_of(customer_id):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE arriving ON COMMIT DROP AS SELECT * FROM workshop_repairorder WITH NO DATA")
        cursor.execute(
            """INSERT INTO arriving (id, kind, status, opened_on, customer_id)
               VALUES (nextval('workshop_repairorder_id_seq'), 'repair', 'open', '2026-03-01', %s)""",
            [customer_id],
        )
        names = "id, kind, status, opened_on, customer_id"
        cursor.execute("SELECT vernost_insert_proved('workshop_repairorder', 'arriving', %s)", [names])


def outcome(act, *args):
    try:
        act(*args)
    except (DatabaseError, psycopg.Error) as refused:
        return type(refused).__name__
    finally:
        connection.close()
    return "done"


def delete(customer_id):
    Customer.objects.filter(pk=customer_id).delete()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return cursor.fetchone()[0]


def deleted_while_his_order_comes():
    """Return what came of deleting a customer whose order is proved and not yet committed."""
    customer = make.customer()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            bring_an_order_of(customer.pk)
            deleting = pool.submit(outcome, delete, customer.pk)
            eventually(lambda: deleting.done() or somebody_waits())
        return deleting.result()


def test_who_deletes_waits_for_the_batch_and_is_refused():
    assert deleted_while_his_order_comes() == "IntegrityError"
    assert (RepairOrder.objects.filter(customer__isnull=False).count(), breaches()) == (1, [])


@pytest.fixture
def without_the_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('vernost_hold_parents(regclass)'::regprocedure)")
        (definition,) = cursor.fetchone()
        cursor.execute(
            "CREATE OR REPLACE FUNCTION vernost_hold_parents(child regclass) RETURNS void LANGUAGE plpgsql"
            " AS $$ BEGIN END $$"
        )
        yield
        cursor.execute(definition)


@pytest.mark.usefixtures("without_the_lock")
def test_control_without_the_lock_an_order_stays_alone_and_is_found():
    assert deleted_while_his_order_comes() == "done"
    [breach] = breaches()
    assert (breach.invariant, breach.count, breach.rows[0]["column"]) == ("parents_of_orders", 1, "customer_id")
    assert breach.rows[0]["row"] == f"{RepairOrder.objects.get().pk}"


def test_an_import_waits_for_who_deletes_and_is_refused(tmp_path):
    run(write(tmp_path / "first", {"customers.csv": "id\nC1\n", "branches.csv": "id,name\nB1,Казань\n"}))
    orders = write(tmp_path / "in", {"orders.csv": "id,branch_id,customer_id,opened_at\nO1,B1,C1,2026-03-01\n"})
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Customer.objects.all().delete()
            importing = pool.submit(outcome, run, orders)
            eventually(lambda: importing.done() or somebody_waits())
            assert not importing.done()
        assert importing.result() == "ForeignKeyViolation"
    assert (RepairOrder.objects.count(), ImportRun.objects.latest("pk").state, breaches()) == (0, "failed", [])


def test_a_batch_without_its_parent_is_refused_as_a_row_is():
    with pytest.raises(IntegrityError, match="customer_id"), transaction.atomic():
        bring_an_order_of(10**9)
    with pytest.raises(IntegrityError, match="customer_id"):
        RepairOrder.objects.create(customer_id=10**9, kind="repair", status="open", opened_on="2026-03-01")
