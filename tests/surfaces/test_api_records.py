"""Bringing in records: the import's rules, row by row, and one effect for one Idempotency-Key."""

import json
import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import api, factories

from vernost.accounts.models import GivenAnswer
from vernost.contacts.models import Interaction
from vernost.customers.models import ContactAddress, Customer
from vernost.intake.models import ImportRun, QuarantinedRow
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import OrderLine, RepairOrder

pytestmark = pytest.mark.django_db

CUSTOMER = {"id": "C-1", "full_name": "Иванов Сергей", "phones": ["8 917 123-45-67", "+79170000001"]}


@pytest.fixture
def caller(client):
    return api.Caller(client, api.key())


def told(answer, kind="customers"):
    return [(row["id"], row["result"]) for row in answer.json()["results"][kind]]


def test_a_record_is_new_then_same_then_changed(caller):
    assert told(caller.post("/records", {"customers": [CUSTOMER]})) == [("C-1", "new")]
    assert told(caller.post("/records", {"customers": [CUSTOMER]})) == [("C-1", "same")]
    assert told(caller.post("/records", {"customers": [{**CUSTOMER, "city": "Казань"}]})) == [("C-1", "changed")]
    row = Customer.objects.get()
    assert (row.full_name, row.city, row.external_id, row.source.code) == ("Иванов Сергей", "Казань", "C-1", "dms")
    assert list(ContactAddress.objects.order_by("position").values_list("value", flat=True)) == [
        "+79171234567",
        "+79170000001",
    ]


def test_what_is_not_named_is_left_alone_and_null_empties(caller):
    caller.post("/records", {"customers": [{**CUSTOMER, "city": "Казань", "category": "VIP"}]})
    caller.post("/records", {"customers": [{"id": "C-1", "city": None}]})
    row = Customer.objects.get()
    assert (row.full_name, row.city, row.category) == ("Иванов Сергей", "", "VIP")


def test_a_bad_row_is_quarantined_with_its_reason_and_stops_no_other(caller):
    answer = caller.post(
        "/records",
        {"customers": [{**CUSTOMER, "birth_date": "вчера"}, {"full_name": "Без номера"}, {**CUSTOMER, "id": "C-2"}]},
    )
    assert answer.json()["results"]["customers"] == [
        {
            "row": 0,
            "id": "C-1",
            "result": "quarantined",
            "column": "birth_date",
            "value": "вчера",
            "reason": "bad_date",
            "waits_for": "",
        },
        {
            "row": 1,
            "id": "",
            "result": "quarantined",
            "column": "id",
            "value": "",
            "reason": "missing_value",
            "waits_for": "",
        },
        {"row": 2, "id": "C-2", "result": "new", "column": "", "value": "", "reason": "", "waits_for": ""},
    ]
    assert answer.json()["counts"] == {"customers": {"new": 1, "changed": 0, "same": 0, "quarantined": 2}}
    assert QuarantinedRow.objects.filter(state="open").count() == 2
    assert told(caller.post("/records", {"customers": [CUSTOMER]})) == [("C-1", "new")]
    assert list(QuarantinedRow.objects.order_by("line").values_list("line", "state")) == [(1, "taken"), (2, "open")]


def test_a_row_waits_for_the_record_that_it_names(caller):
    car = {"id": "V-1", "make": "Haval", "model": "Jolion", "customer_id": "C-1"}
    waiting = caller.post("/records", {"vehicles": [car]}).json()["results"]["vehicles"][0]
    assert (waiting["result"], waiting["reason"], waiting["waits_for"]) == (
        "quarantined",
        "unknown_reference",
        "customers C-1",
    )
    answer = caller.post("/records", {"customers": [CUSTOMER]})
    assert (told(answer), answer.json()["waited"]) == ([("C-1", "new")], 1)
    assert Vehicle.objects.get().ownerships.get().customer.external_id == "C-1"


def test_everything_comes_in_one_call_in_any_order(caller):
    order = {
        "id": "O-1",
        "customer_id": "C-1",
        "vehicle_id": "V-1",
        "opened_at": "2026-03-02 10:00",
        "closed_at": "2026-03-02",
        "mileage_km": 12_500,
        "lines": [{"name": "Масло", "amount": 1500.5}, {"name": "Работа", "amount": "2 000,00", "declined": True}],
    }
    answer = caller.post(
        "/records",
        {
            "orders": [order],
            "interactions": [{"id": "I-1", "customer_id": "C-1", "at": "2026-03-01", "channel": "call"}],
            "vehicles": [{"id": "V-1", "make": "Haval", "model": "Jolion", "customer_id": "C-1"}],
            "customers": [CUSTOMER],
        },
    )
    assert {kind: told(answer, kind) for kind in answer.json()["results"]} == {
        "customers": [("C-1", "new")],
        "vehicles": [("V-1", "new")],
        "orders": [("O-1", "new")],
        "order_lines": [("O-1/1", "new"), ("O-1/2", "new")],
        "interactions": [("I-1", "new")],
    }
    made = RepairOrder.objects.get()
    assert (made.status, made.mileage_km, made.customer.external_id) == ("closed", 12_500, "C-1")
    lines = OrderLine.objects.order_by("line_no").values_list("name", "amount", "declined")
    assert [(name, str(amount), declined) for name, amount, declined in lines] == [
        ("Масло", "1500.50", False),
        ("Работа", "2000.00", True),
    ]
    assert Interaction.objects.count() == 1


def order_with(*names, **more):
    lines = [{"name": name, "amount": 1000} for name in names]
    return {"id": "O-1", "vehicle_id": "V-1", "opened_at": "2026-03-02 10:00", "lines": lines, **more}


def test_an_order_that_comes_with_its_lines_has_no_others(caller):
    cars = [{"id": "V-1", "make": "Haval", "model": "Jolion"}]
    other = order_with("Шины", id="O-2")
    caller.post("/records", {"vehicles": cars, "orders": [order_with("ТО-1", "Масло", "Фильтр"), other]})
    answer = caller.post("/records", {"orders": [order_with("ТО-1", "Фильтр")]}).json()
    assert (answer["removed_lines"], answer["import_id"] is None) == (1, False)
    lines = OrderLine.objects.order_by("order__external_id", "line_no").values_list("order__external_id", "name")
    assert list(lines) == [("O-1", "ТО-1"), ("O-1", "Фильтр"), ("O-2", "Шины")]
    again = caller.post("/records", {"orders": [order_with("ТО-1", "Фильтр")]}).json()
    assert (again["removed_lines"], again["import_id"]) == (0, None)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"lines": []}, 0),
        ({"lines": None}, 2),
        ({"lines": [{"name": "", "amount": 1}]}, 1),
        ({"lines": [{"line_no": "первая", "name": "ТО-1", "amount": 1}]}, 2),
        ({"lines": [], "opened_at": "вчера"}, 2),
    ],
)
def test_lines_go_only_where_the_order_says_all_of_its_own(caller, change, left):
    caller.post(
        "/records", {"vehicles": [{"id": "V-1", "make": "Haval", "model": "Jolion"}], "orders": [order_with("А", "Б")]}
    )
    caller.post("/records", {"orders": [order_with() | change]})
    assert OrderLine.objects.count() == left


def test_of_one_key_named_twice_the_last_row_wins(caller):
    rows = [CUSTOMER, {"id": "C-1", "city": "Казань"}, {**CUSTOMER, "full_name": "Петров Иван"}]
    caller.post("/records", {"customers": rows})
    row = Customer.objects.get()
    assert (row.full_name, row.city) == ("Петров Иван", "Казань")


def test_the_same_key_gets_the_same_answer_and_writes_once(caller):
    first = caller.post("/records", {"customers": [CUSTOMER]}, idempotency_key="one")
    again = caller.post("/records", {"customers": [CUSTOMER]}, idempotency_key="one")
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (200, first.content, "true")
    assert told(again) == [("C-1", "new")]
    assert ImportRun.objects.count() == 1
    other = caller.post("/records", {"customers": [{**CUSTOMER, "id": "C-9"}]}, idempotency_key="one")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_a_refused_call_leaves_its_key_free(caller):
    wrong = caller.post("/records", {"customers": [{"nobody": 1}]}, idempotency_key="one")
    assert (wrong.status_code, [error["field"] for error in wrong.json()["errors"]]) == (
        422,
        ["body.records.customers.0.nobody"],
    )
    assert GivenAnswer.objects.count() == 0
    assert caller.post("/records", {"customers": [CUSTOMER]}, idempotency_key="one").status_code == 200


def test_what_is_the_same_leaves_no_trace_in_the_history(caller):
    caller.post("/records", {"customers": [CUSTOMER]})
    answer = caller.post("/records", {"customers": [CUSTOMER]})
    assert (answer.json()["import_id"], ImportRun.objects.count()) == (None, 1)


def test_the_source_keeps_its_ids_apart(caller):
    caller.post("/records", {"customers": [CUSTOMER]})
    assert told(caller.post("/records", {"source": "crm", "customers": [CUSTOMER]})) == [("C-1", "new")]
    assert Customer.objects.count() == 2


def test_naughty_values_are_kept_as_they_are(caller):
    words = "Robert'); DROP TABLE--\r\n\"=cmd|' /C calc'!A0\u202e<script>\u0007"
    answer = caller.post("/records", {"customers": [{**CUSTOMER, "category": words}]})
    assert told(answer) == [("C-1", "new")]
    refused = caller.post("/records", {"customers": [{**CUSTOMER, "category": "a\0b"}]})
    assert refused.status_code == 422


@pytest.mark.parametrize("wrong", [{"mileage_km": True}, {"lines": [{"name": "Масло", "amount": False}]}])
def test_yes_and_no_are_no_numbers(caller, wrong):
    answer = caller.post("/records", {"orders": [{"id": "O-1", "opened_at": "2026-03-02", **wrong}]})
    assert (answer.status_code, RepairOrder.objects.count()) == (422, 0)


@pytest.mark.parametrize("kinds", [("customers",), ("customers", "vehicles", "orders")])
def test_a_call_costs_the_same_for_one_row_and_for_many(caller, kinds):
    def rows(first, count):
        numbers = range(first, first + count)
        made = {
            "customers": [{**CUSTOMER, "id": f"C-{n}"} for n in numbers],
            "vehicles": [{"id": f"V-{n}", "make": "A", "model": "B", "customer_id": f"C-{n}"} for n in numbers],
            "orders": [
                {"id": f"O-{n}", "customer_id": f"C-{n}", "vehicle_id": f"V-{n}", "opened_at": "2026-03-02"}
                for n in numbers
            ],
        }
        return {kind: made[kind] for kind in kinds}

    caller.post("/records", rows(0, 1))
    counts = []
    for first, size in ((10, 1), (1000, 200)):
        with CaptureQueriesContext(connection) as asked:
            assert caller.post("/records", rows(first, size)).status_code == 200
        counts.append(len(asked))
    # What the first rows of a kind make once, such as a branch's tables, later ones need not.
    assert counts[1] <= counts[0], counts


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("keys", "made"), [(["one"] * 4, 1), (["one", "two", "three", "four"], 4)])
def test_two_at_once_with_one_key_write_once(keys, made):
    """The control: with keys of their own the same contacts are written as often as they are sent."""
    factories.branch(name="Казань")
    api.named(factories.customer(name="Иванов"), "C-1")
    secret, start, answers = api.key(), threading.Barrier(len(keys)), []
    body = {"customer_id": "C-1", "at": "2026-03-02T10:00:00+03:00", "channel": "call", "direction": "in"}

    def send(key):
        start.wait()
        answers.append(api.Caller(Client(), secret).post("/contacts", body, idempotency_key=key))
        connection.close()

    threads = [threading.Thread(target=send, args=[key]) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * len(keys)
    assert Interaction.objects.count() == made == len({json.loads(answer.content)["id"] for answer in answers})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("keys", "new"), [(["1", "2", "3"], [0, 0, 5]), (["1", "1", "1"], [5, 5, 5])])
def test_records_at_once_wait_for_each_other(keys, new):
    """With one key all three get the answer of the one that wrote."""
    secret, start, answers = api.key(), threading.Barrier(3), []

    def send(key):
        start.wait()
        rows = [{**CUSTOMER, "id": f"C-{place}"} for place in range(5)]
        answers.append(api.Caller(Client(), secret).post("/records", {"customers": rows}, idempotency_key=key))
        connection.close()

    threads = [threading.Thread(target=send, args=[key]) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.json()["counts"]["customers"]["new"] for answer in answers) == new
    assert (Customer.objects.count(), ImportRun.objects.count()) == (5, 1)
