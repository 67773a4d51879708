"""Administrators' fields in the API: read with the records, written one by one and by the hundred."""

import pytest
from tests import api, factories
from tests.own_fields import held, listed, made, put

from vernost.accounts.tokens import Scope
from vernost.core.rights import Sensitive
from vernost.customers.models import Customer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def caller(client):
    colours = listed("Красный", "Синий")
    made("Размер", "whole", least=20, most=60), made("Доход", "money"), made("Кофе", "flag")
    made("Цвет", "choice", directory_id=colours.pk), made("Любит", "choices", directory_id=colours.pk)
    made("Фото", "file")
    return api.Caller(client, api.key())


ALL = {"x_razmer": 42, "x_dokhod": "1234.50", "x_kofe": True, "x_tsvet": "krasnyy", "x_lyubit": ["siniy", "krasnyy"]}


def test_fields_are_written_and_read(caller):
    customer = api.named(factories.customer(), "C-1")
    said = {"x_razmer": 42, "x_dokhod": 1234.5, "x_kofe": True, "x_tsvet": "Красный", "x_lyubit": ["siniy", "красный"]}
    answer = caller.post("/customers/C-1/fields", {"fields": said})
    assert (answer.status_code, answer.json()["fields"]) == (200, ALL)
    assert caller.get("/customers/C-1").json()["fields"] == ALL
    assert caller.get("/customers").json()["items"][0]["fields"] == ALL
    caller.post("/customers/C-1/fields", {"fields": {"x_razmer": None, "x_kofe": False}})
    assert held(customer) == {
        "x_dokhod": ("1234.50",),
        "x_kofe": ("0",),
        "x_tsvet": ("krasnyy",),
        "x_lyubit": ("siniy", "krasnyy"),
    }


def test_what_is_no_value_is_refused_by_name(caller):
    api.named(factories.customer(), "C-1")
    answer = caller.post("/customers/C-1/fields", {"fields": {"x_razmer": 99}})
    assert (answer.status_code, answer.json()["code"], answer.json()["values"]) == (
        409,
        "field_misread",
        {"field": "x_razmer", "least": 20, "most": 60},
    )
    for number in ("x_razmer", "x_dokhod"):
        assert caller.post("/customers/C-1/fields", {"fields": {number: True}}).json()["code"] == "field_misread"
    assert caller.post("/customers/C-1/fields", {"fields": {"x_foto": "a"}}).json()["code"] == "unknown_field"
    assert caller.post("/customers/C-1/fields", {"fields": {"nobody": "a"}}).status_code == 422


def test_a_record_changed_meanwhile_is_not_written(caller):
    customer = api.named(factories.customer(), "C-1")
    tag = caller.get("/customers/C-1").headers["ETag"]
    put(customer, x_razmer="30")
    answer = caller.post("/customers/C-1/fields", {"fields": {"x_razmer": 31}}, if_match=tag)
    assert (answer.status_code, held(customer)) == (412, {"x_razmer": ("30",)})


@pytest.mark.usefixtures("caller")
def test_a_key_that_is_not_told_a_number_in_a_name_changes_the_card_that_it_has_read(client):
    name = "Иванов 8 917 999-00-11"
    api.named(factories.customer(name=name, address="тел. 8 917 999-00-11"), "C-1")
    blind = api.Caller(client, api.key(hidden_fields=frozenset(Sensitive)))
    read = blind.get("/customers/C-1")
    answer = blind.post("/customers/C-1/fields", {"fields": {"x_razmer": 31}}, if_match=read.headers["ETag"])
    told = {column: read.json()[column] for column in ("full_name", "address")}
    assert (answer.status_code, told) == (200, {"full_name": "Иванов +8 ··· ··11", "address": "тел. +8 ··· ··11"})
    assert {column: answer.json()[column] for column in told} == told
    assert Customer.objects.get().full_name == name


def test_cars_orders_and_deals_have_theirs(caller):
    made("Тонировка", "flag", target="vehicle"), made("Кузов", "text", target="order")
    made("Подарок", "text", target="deal")
    owner = factories.customer()
    car = api.named(factories.vehicle(owner=owner), "V-1")
    branch = factories.branch()
    api.named(factories.order(branch=branch, customer=owner, vehicle=car, lines=[]), "O-1")
    api.named(factories.deal(branch=branch, customer=owner, vehicle=car), "D-1")
    assert caller.post("/vehicles/V-1/fields", {"fields": {"x_tonirovka": True}}).json()["fields"] == {
        "x_tonirovka": True
    }
    assert caller.post("/orders/O-1/fields", {"fields": {"x_kuzov": "цел"}}).json()["fields"] == {"x_kuzov": "цел"}
    assert caller.post("/deals/D-1/fields", {"fields": {"x_podarok": "шины"}}).json()["fields"] == {"x_podarok": "шины"}
    assert caller.get("/vehicles").json()["items"][0]["fields"] == {"x_tonirovka": True}
    assert caller.get("/orders").json()["items"][0]["fields"] == {"x_kuzov": "цел"}
    assert caller.get("/deals").json()["items"][0]["fields"] == {"x_podarok": "шины"}


def test_records_bring_fields_along(caller):
    body = {"customers": [{"id": "C-1", "full_name": "Иванов", "fields": ALL}, {"id": "C-2", "full_name": "Петров"}]}
    assert caller.post("/records", body).json()["counts"]["customers"]["new"] == 2
    assert caller.get("/customers/C-1").json()["fields"] == ALL
    assert caller.post("/records", body).json()["counts"]["customers"] == {
        "new": 0,
        "changed": 0,
        "same": 2,
        "quarantined": 0,
    }
    wrong = {"customers": [{"id": "C-1", "fields": {"x_razmer": 5}}]}
    assert caller.post("/records", wrong).json()["results"]["customers"][0]["reason"] == "out_of_range"
    unknown = {"customers": [{"id": "C-3", "fields": {"x_nothing": 5}}]}
    assert caller.post("/records", unknown).json()["code"] == "unknown_field"
    assert Customer.objects.count() == 2


def test_the_fields_there_are_can_be_asked_for(caller):
    found = {
        one["code"]: (one["kind"], [each["code"] for each in one["choices"]]) for one in caller.get("/fields").json()
    }
    assert found == {
        "x_razmer": ("whole", []),
        "x_dokhod": ("money", []),
        "x_kofe": ("flag", []),
        "x_tsvet": ("choice", ["krasnyy", "siniy"]),
        "x_lyubit": ("choices", ["krasnyy", "siniy"]),
        "x_foto": ("file", []),
    }


def test_a_key_writes_fields_with_its_own_right_alone(client):
    api.named(factories.customer(), "C-1")
    reader = api.Caller(client, api.key(scopes=[Scope.CUSTOMERS]))
    assert reader.post("/customers/C-1/fields", {"fields": {}}).status_code == 403
