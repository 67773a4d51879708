"""Naughty texts in every text of every call that writes, and names of columns that no description has.

The calls and their texts are read from the description of the API: a new call without a body below fails the test.
"""

import json
from copy import deepcopy
from datetime import UTC, datetime

import pytest
from django.test import Client
from tests import api, factories, naughty, own_fields
from tests.walks import columns

from vernost.api import snapshot
from vernost.intake.formats import in_order

pytestmark = pytest.mark.django_db(transaction=True)
_API = json.loads(snapshot.FILE.read_text(encoding="utf-8"))
# A body of each call that is taken as it is. Its other texts are read from the description.
BODIES = {
    "/contacts": {"customer_id": "C-1", "at": "2026-11-20T10:00:00+03:00", "channel": "call", "direction": "in"},
    "/customers/{customer_id}/consents": {"given": True, "channels": ["calls"], "evidence": "Запись разговора"},
    "/customers/{customer_id}/fields": {"fields": {"x_klub": "Гольф"}},
    "/vehicles/{vehicle_id}/fields": {"fields": {"x_pometka": "Белая"}},
    "/orders/{order_id}/fields": {"fields": {"x_pometka": "Срочно"}},
    "/deals/{deal_id}/fields": {"fields": {"x_pometka": "Подарок"}},
    "/appointments": {"branch_id": "B-1", "customer_id": "C-1", "starts_at": "2099-11-25T10:00:00+03:00"},
    "/appointments/{appointment_id}/move": {"starts_at": "2099-11-26T10:00:00+03:00"},
    "/appointments/{appointment_id}/cancel": None,
    "/records": {"source": "dms", "customers": [{"id": "C-7", "full_name": "Иванов"}]},
}
IDS = {"customer_id": "C-1", "vehicle_id": "V-1", "order_id": "O-1", "deal_id": "D-1", "appointment_id": "A-1"}
ROOT = "/api/v1"
# Beside the records, whose columns are walked below.
ONE_BY_ONE = [path for path in BODIES if path != "/records"]


def writes():
    return {
        path.removeprefix(ROOT): operation["post"] for path, operation in _API["paths"].items() if "post" in operation
    }


def schema_of(operation):
    content = operation.get("requestBody", {}).get("content", {})
    return content["application/json"]["schema"] if content else None


def whole(schema):
    """Follow references and take the first of the choices that is no null."""
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = _API["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        else:
            schema = next((one for one in schema["anyOf"] if one.get("type") == "string"), schema["anyOf"][0])
    return schema


def texts_in(schema, at=()):
    """Yield where a body may have a text: names of fields, 0 for the first of a list."""
    schema = whole(schema)
    if schema.get("type") == "string" or "pattern" in schema or "enum" in schema or "const" in schema:
        yield at
    elif schema.get("type") == "array":
        yield from texts_in(schema["items"], (*at, 0))
    for name, inside in schema.get("properties", {}).items():
        yield from texts_in(inside, (*at, name))
    for inside in schema.get("patternProperties", {}).values():
        yield from texts_in(inside, (*at, "x_klub"))


def put(body, at, value):
    """Return the body with a value in one place, whatever stood on the way to it."""
    made = inside = deepcopy(body)
    for name, following in zip(at, (*at[1:], None), strict=True):
        if following is None:
            if name == 0:
                inside[:] = [value]
            else:
                inside[name] = value
        elif name == 0:
            inside.extend([] if inside else [{}])
            inside = inside[0]
        else:
            inside = inside.setdefault(name, [] if following == 0 else {})
    return made


def objects_in(schema, at=()):
    """Yield every object that a body has, with the names that it knows."""
    schema = whole(schema)
    if schema.get("type") == "object":
        yield at, set(schema.get("properties", {}))
        for name, inside in schema.get("properties", {}).items():
            yield from objects_in(inside, (*at, name))
    elif schema.get("type") == "array":
        yield from objects_in(schema["items"], (*at, 0))


@pytest.fixture
def caller():
    branch = api.named(factories.branch(name="Казань", bays=2), "B-1")
    owner = api.named(factories.customer(name="Казанцев Пётр"), "C-1")
    car = api.named(factories.vehicle(owner=owner), "V-1")
    api.named(factories.order(branch=branch, customer=owner, vehicle=car, lines=[("Масло", 100)]), "O-1")
    api.named(factories.deal(branch=branch, customer=owner, vehicle=car), "D-1")
    at = datetime(2099, 11, 24, 12, tzinfo=UTC)
    api.named(factories.appointment(branch=branch, starts_at=at, customer=owner, vehicle=car), "A-1")
    own_fields.made("Клуб", "long_text")
    for target in ("vehicle", "order", "deal"):
        own_fields.made("Пометка", "text", target=target)
    return api.Caller(Client(raise_request_exception=False), api.key())


def test_every_call_that_writes_has_a_body_here():
    assert sorted(writes()) == sorted(BODIES)


def wrong_answers(caller, path, chosen):
    """Send texts to every place of a call; return what was neither taken nor refused in words."""
    wrong = {}
    schema = schema_of(writes()[path])
    for at in texts_in(schema) if schema else ():
        for text in chosen(f"{path} {at}"):
            answer = caller.post(path.format(**IDS), put(BODIES[path], at, text))
            if answer.status_code not in {200, 201, 404, 409, 422}:
                wrong[path, at, text[:30]] = answer.status_code
            elif answer.status_code == 422 and not answer.json()["errors"] and answer.json()["code"] == "invalid":
                wrong[path, at, text[:30]] = "no field is named"
    return wrong


def few(place):
    return [*naughty.some_for(place, 2), naughty.SURROGATES[0]]


def test_a_text_of_any_kind_gets_an_answer(caller):
    assert [wrong for path in ONE_BY_ONE if (wrong := wrong_answers(caller, path, few))] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", ONE_BY_ONE)
def test_every_text_gets_an_answer_in_every_place(caller, path):
    assert wrong_answers(caller, path, lambda _place: [*naughty.STRINGS, *naughty.SURROGATES]) == {}


def test_a_null_byte_is_told_with_its_field(caller):
    answer = caller.post("/customers/C-1/consents", {**BODIES["/customers/{customer_id}/consents"], "evidence": "a\0b"})
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, ["body.consent.evidence"])


def records_of(texts, only):
    """Return a call with a record of every kind for every column and text; the other columns are left alone."""
    said = {"source": "dms"}
    for kind in (kind for kind in in_order() if not only or kind.code in only):
        said[kind.code] = [
            {"id": f"{kind.code}-{column.name}-{place}", column.name: text} if "id" in kind.key else {column.name: text}
            for column in kind.columns
            for place, text in enumerate(texts)
        ]
    return said


def check_records(caller, texts, only=()):
    said = records_of(texts, only)
    answer = caller.post("/records", said)
    assert answer.status_code == 200, answer.text[:2000]
    counts = answer.json()["counts"]
    assert {code: sum(found.values()) for code, found in counts.items() if found} == {
        code: len(rows) for code, rows in said.items() if code != "source"
    }


def test_a_text_of_any_kind_in_a_record_is_taken_or_waits_in_quarantine(caller):
    check_records(caller, [text for text in naughty.some_for("records", 3) if "\0" not in text], only={"customers"})


@pytest.mark.slow
@pytest.mark.parametrize("kind", naughty.KINDS)
def test_every_text_in_a_record_is_taken_or_waits_in_quarantine(caller, kind):
    texts = [text for text in naughty.KINDS[kind] if "\0" not in text]
    # Long ones in every column of every kind would be more than a body may hold.
    size, kinds = (1, [{each.code} for each in in_order()]) if kind == "long" else (10, [()])
    for only in kinds:
        for first in range(0, len(texts), size):
            check_records(caller, texts[first : first + size], only)


def test_a_body_that_is_too_large_is_told_so(caller):
    answer = caller.post("/records", {"customers": [{"id": "C-1", "address": "я" * 500_000}]})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_name_that_the_description_lacks_is_refused_everywhere(caller):
    """Every name of a column of ours, in every object of a body: nothing is taken, each is told."""
    names, refused = columns(), 0
    for path, operation in writes().items():
        schema = schema_of(operation)
        for at, known in objects_in(schema) if schema else ():
            more = dict.fromkeys(names - known, "1")
            answer = caller.post(path.format(**IDS), put(BODIES[path], at, more) if at else {**BODIES[path], **more})
            assert answer.status_code == 422, (path, at)
            told = {part for one in answer.json()["errors"] for part in one["field"].split(".")}
            assert set(more) - told == set(), (path, at)
            refused += 1
    assert refused > len(BODIES)
