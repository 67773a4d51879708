"""Who reaches what: every operation × {the whole group, own branch, another branch, no scope, no key}.

An operation without a row here fails the first test.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests import api, factories, march

from vernost.accounts.tokens import Scope
from vernost.api import urls
from vernost.api.service import api as service
from vernost.contacts.models import Interaction
from vernost.core.rights import Sensitive
from vernost.customers.operations import refresh_search_keys
from vernost.segments.models import Segment, SegmentMember

assert urls.urlpatterns

BOOKING = {"branch_id": "B-1", "customer_id": "C-1", "starts_at": "2099-11-24T10:00:00+03:00"}
CONTACT = {"customer_id": "C-1", "at": "2026-03-02T10:00:00+03:00", "channel": "call", "direction": "in"}
CONSENT = {"channels": ["sms"], "given": True, "evidence": "Form 7"}
MOVE = {"starts_at": "2099-11-25T10:00:00+03:00"}

# method and address → scope, body, {key: status}. `kazan` owns C-1, V-1, O-1, D-1, A-1; `samara` is the other branch.
EVERYBODY = {"group": 200, "kazan": 200, "samara": 200}
OWNERS = {"group": 200, "kazan": 200, "samara": 404}
WRITERS = {"group": 201, "kazan": 201, "samara": 404}
NAMERS = {"group": 201, "kazan": 201, "samara": 409}  # a body that names what is not seen: unknown_reference
MATRIX: dict[tuple[str, str], tuple[Scope, str, Any, dict[str, int]]] = {
    ("get", "/customers"): (Scope.CUSTOMERS, "/customers", None, EVERYBODY),
    ("get", "/customers/{customer_id}"): (Scope.CUSTOMERS, "/customers/C-1", None, OWNERS),
    ("get", "/customers/{customer_id}/metrics"): (Scope.METRICS, "/customers/C-1/metrics", None, OWNERS),
    ("get", "/customers/{customer_id}/why"): (Scope.INVITATIONS, "/customers/C-1/why", None, OWNERS),
    ("get", "/customers/{customer_id}/consents"): (Scope.CONSENTS, "/customers/C-1/consents", None, OWNERS),
    ("post", "/customers/{customer_id}/consents"): (Scope.CONSENTING, "/customers/C-1/consents", CONSENT, WRITERS),
    ("get", "/vehicles"): (Scope.VEHICLES, "/vehicles", None, EVERYBODY),
    ("get", "/vehicles/{vehicle_id}"): (Scope.VEHICLES, "/vehicles/V-1", None, OWNERS),
    ("get", "/orders"): (Scope.ORDERS, "/orders", None, EVERYBODY),
    ("get", "/orders/{order_id}"): (Scope.ORDERS, "/orders/O-1", None, OWNERS),
    ("get", "/deals"): (Scope.DEALS, "/deals", None, EVERYBODY),
    ("get", "/deals/{deal_id}"): (Scope.DEALS, "/deals/D-1", None, OWNERS),
    ("get", "/fields"): (Scope.BRANCHES, "/fields", None, EVERYBODY),
    ("post", "/customers/{customer_id}/fields"): (Scope.FIELDS, "/customers/C-1/fields", {"fields": {}}, OWNERS),
    ("post", "/vehicles/{vehicle_id}/fields"): (Scope.FIELDS, "/vehicles/V-1/fields", {"fields": {}}, OWNERS),
    ("post", "/orders/{order_id}/fields"): (Scope.FIELDS, "/orders/O-1/fields", {"fields": {}}, OWNERS),
    ("post", "/deals/{deal_id}/fields"): (Scope.FIELDS, "/deals/D-1/fields", {"fields": {}}, OWNERS),
    ("get", "/appointments"): (Scope.APPOINTMENTS, "/appointments", None, EVERYBODY),
    ("post", "/appointments"): (Scope.BOOKING, "/appointments", BOOKING, NAMERS),
    ("get", "/appointments/{appointment_id}"): (Scope.APPOINTMENTS, "/appointments/A-1", None, OWNERS),
    ("post", "/appointments/{appointment_id}/move"): (Scope.BOOKING, "/appointments/A-1/move", MOVE, OWNERS),
    ("post", "/appointments/{appointment_id}/cancel"): (Scope.BOOKING, "/appointments/A-1/cancel", None, OWNERS),
    ("get", "/invitations"): (Scope.INVITATIONS, "/invitations", None, EVERYBODY),
    ("get", "/programmes"): (Scope.BRANCHES, "/programmes", None, EVERYBODY),
    ("get", "/contacts"): (Scope.CONTACTS, "/contacts", None, EVERYBODY),
    ("post", "/contacts"): (Scope.CONTACTING, "/contacts", CONTACT, NAMERS),
    ("get", "/segments"): (Scope.SEGMENTS, "/segments", None, EVERYBODY),
    ("get", "/segments/{code}"): (Scope.SEGMENTS, "/segments/best", None, EVERYBODY),
    ("get", "/segments/{code}/members"): (Scope.SEGMENTS, "/segments/best/members", None, EVERYBODY),
    ("get", "/branches"): (Scope.BRANCHES, "/branches", None, EVERYBODY),
    # Keys of branches cannot have the scope.
    ("post", "/records"): (Scope.RECORDS, "/records", {}, {"group": 200, "kazan": 403, "samara": 403}),
}
ROWS = list(MATRIX.items())
NAMES = [f"{method} {path}" for (method, path), _row in ROWS]
# Words that only Kazan's rows have.
MARKS = ("Казанцев", "C-1", "V-1", "O-1", "D-1", "A-1", "КАЗАНЬ-ТЕКСТ", "Казань")


def operations():
    schema = service.get_openapi_schema(path_prefix="")
    return {(method, path) for path, methods in schema["paths"].items() for method in methods}


def test_every_operation_has_a_row():
    missing = sorted(operations() - set(MATRIX))
    lines = "\n".join(
        f'    ("{method}", "{path}"): (Scope.<…>, "<address>", <body>, OWNERS),' for method, path in missing
    )
    assert not missing, f"operations without a row; add to MATRIX above:\n{lines}"
    assert set(MATRIX) - operations() == set(), "rows without an operation"


@pytest.fixture(scope="module")
def dealership(shared_rows):  # noqa: ARG001 - the tables are emptied afterwards
    kazan = api.named(factories.branch(name="Казань", bays=2), "B-1")
    samara = api.named(factories.branch(name="Самара", bays=2), "B-2")
    owner = api.named(factories.customer(name="Казанцев Пётр"), "C-1")
    car = api.named(factories.vehicle(owner=owner, vin="XTA210930Y2766389"), "V-1")
    order = factories.order(branch=kazan, customer=owner, vehicle=car, lines=[("Масло", 100)])
    api.named(order, "O-1")
    api.named(factories.deal(branch=kazan, customer=owner, vehicle=car), "D-1")
    at = datetime(2099, 11, 24, 12, tzinfo=UTC)
    api.named(factories.appointment(branch=kazan, starts_at=at, customer=owner, vehicle=car), "A-1")
    factories.invitation(programme=factories.programme(), branch=kazan, customer=owner, vehicle=car)
    Interaction.objects.create(customer=owner, at=at, on=at.date(), channel="call", text="КАЗАНЬ-ТЕКСТ")
    segment = Segment.objects.create(
        code="best", title="Лучшие", rule={}, created_at=at, changed_at=at, size=1, counted_for=at.date()
    )
    SegmentMember.objects.create(segment=segment, customer=owner, since=at.date())
    refresh_search_keys(customer_ids=[owner.pk])
    march.build()
    yield {"group": (), "kazan": (kazan,), "samara": (samara,)}
    march.forget()


@pytest.fixture
def keys(dealership, db):  # noqa: ARG001 - what a test writes is taken back
    return lambda whose, **more: api.key(*dealership[whose], **more)


def call(client, secret, method, path, body):
    return getattr(api.Caller(client, secret), method)(path, body)


@pytest.mark.parametrize(("operation", "row"), ROWS, ids=NAMES)
@pytest.mark.parametrize("whose", ["group", "kazan", "samara"])
def test_a_key_reaches_its_branches_only(client, keys, operation, row, whose):
    _scope, path, body, expected = row
    answer = call(client, keys(whose), operation[0], path, body)
    assert (answer.status_code, answer.content if answer.status_code != expected[whose] else b"") == (
        expected[whose],
        b"",
    )
    if whose == "samara":
        text = answer.content.decode()
        asked = str(body) + path
        assert [mark for mark in MARKS if mark in text and mark not in asked] == []


@pytest.mark.parametrize(("operation", "row"), ROWS, ids=NAMES)
def test_every_operation_needs_its_scope(client, keys, operation, row):
    scope, path, body, _expected = row
    others = keys("group", scopes=[other for other in Scope if other != scope])
    answer = call(client, others, operation[0], path, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


@pytest.mark.parametrize(("operation", "row"), ROWS, ids=NAMES)
def test_nothing_is_told_without_a_key(client, dealership, db, operation, row):  # noqa: ARG001 - as above
    _scope, path, body, _expected = row
    answer = call(client, "", operation[0], path, body)
    assert (answer.status_code, answer.json()["code"]) == (401, "no_key")


def test_a_foreign_id_is_answered_as_an_absent_one(client, keys):
    caller = api.Caller(client, keys("samara"))
    assert caller.get("/customers/C-1").content == caller.get("/customers/absent").content


def test_a_segment_counts_whom_the_key_sees(client, keys):
    sizes = {
        whose: api.Caller(client, keys(whose)).get("/segments/best").json()["size"] for whose in ("kazan", "samara")
    }
    assert sizes == {"kazan": 1, "samara": 0}


def test_a_key_is_not_told_what_is_hidden_from_it(client, keys):
    secret = keys("group", hidden_fields=frozenset(Sensitive))
    caller = api.Caller(client, secret)
    customer, vehicle = caller.get("/customers/C-1").json(), caller.get("/vehicles/V-1").json()
    order, deal = caller.get("/orders/O-1").json(), caller.get("/deals/D-1").json()
    figures = caller.get("/customers/C-1/metrics").json()
    assert [address["value"] for address in customer["addresses"]] == ["+7 ··· ··67"]
    assert vehicle["vin"] == "XTA•••"
    assert (order["cost"], {line["cost"] for line in order["lines"]}) == (None, {None})
    assert (deal["amount"], deal["cost"]) == ("2500000.00", None)
    assert (figures["margin"], figures["cumulative_margin"]) == (None, None)
    # Nor does it find anybody by it.
    assert caller.get("/customers", {"q": "9171234567"}).json()["items"] == []
    assert len(caller.get("/customers", {"q": "Казанцев"}).json()["items"]) == 1


def test_an_address_with_a_line_break_is_refused_as_every_other(client):
    for path in ("customers/C%0A1", "customers/C-1%0A", "%0A", "no%00thing"):
        answer = api.Caller(client, api.key()).get(f"/{path}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_method_that_an_address_does_not_know_is_refused_as_every_other(client):
    answer = client.delete("/api/v1/customers")
    told = answer.status_code, answer["Content-Type"], answer["Allow"], answer.json()["code"]
    assert told == (405, "application/problem+json", "GET", "method_not_allowed")
