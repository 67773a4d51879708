"""Booking, moving and cancelling, contacts and consents by another system."""

import pytest
from tests import api, factories

from vernost.accounts.models import AuditRecord
from vernost.contacts.models import Interaction
from vernost.customers.models import ConsentStatement
from vernost.workshop.models import Appointment

pytestmark = pytest.mark.django_db

AT = "2099-11-24T10:00:00+03:00"


@pytest.fixture
def caller(client):
    api.named(factories.branch(name="Казань", bays=1), "B-1")
    owner = api.named(factories.customer(name="Казанцев Пётр"), "C-1")
    api.named(factories.vehicle(owner=owner), "V-1")
    return api.Caller(client, api.key())


BOOKING = {"branch_id": "B-1", "customer_id": "C-1", "vehicle_id": "V-1", "starts_at": AT, "labour_hours": 1.5}


def test_a_visit_is_booked_once_for_its_key(caller):
    first = caller.post("/appointments", BOOKING, idempotency_key="one")
    again = caller.post("/appointments", BOOKING, idempotency_key="one")
    made = Appointment.objects.get()
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert first.json() == {
        "id": f"vernost:{made.pk}",
        "branch_id": "B-1",
        "customer_id": "C-1",
        "vehicle_id": "V-1",
        "advisor_id": None,
        "starts_at": "2099-11-24T07:00:00Z",
        "ends_at": "2099-11-24T08:30:00Z",
        "booked_on": made.booked_on.isoformat(),
        "status": "booked",
        "order_id": None,
        "labour_hours": "1.50",
        "note": "",
    }
    assert AuditRecord.objects.filter(subject="appointment").values_list("actor", "action").get() == (
        f"token:{caller_token()}",
        "booked",
    )


def caller_token():
    return AuditRecord.objects.filter(subject="token").values_list("subject_id", flat=True).get()


def test_a_taken_place_is_refused_by_the_rule_and_the_key_stays_free(caller):
    caller.post("/appointments", {**BOOKING, "vehicle_id": None})
    refused = caller.post("/appointments", BOOKING, idempotency_key="two")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_place_left")
    later = {**BOOKING, "starts_at": "2099-11-24T14:00:00+03:00"}
    assert caller.post("/appointments", later, idempotency_key="two").status_code == 201


def test_a_record_that_is_not_known_is_named(caller):
    refused = caller.post("/appointments", {**BOOKING, "vehicle_id": "V-9"})
    assert (refused.status_code, refused.json()["code"], refused.json()["values"]) == (
        409,
        "unknown_reference",
        {"field": "vehicle_id", "id": "V-9"},
    )


def test_only_what_the_description_names_can_be_sent(caller):
    for field in ("status", "booked_by_id", "bay_id", "order_id", "request_key", "id"):
        refused = caller.post("/appointments", {**BOOKING, field: 1})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, f"body.booking.{field}")
    assert Appointment.objects.count() == 0


def test_an_appointment_is_moved_only_while_it_is_as_it_was_read(caller):
    ref = caller.post("/appointments", BOOKING).json()["id"]
    read = caller.get(f"/appointments/{ref}")
    to = {"starts_at": "2099-11-25T12:00:00+03:00"}
    moved = caller.post(f"/appointments/{ref}/move", to, if_match=read["ETag"])
    assert (moved.status_code, moved.json()["starts_at"]) == (200, "2099-11-25T09:00:00Z")
    late = caller.post(f"/appointments/{ref}/cancel", if_match=read["ETag"])
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    cancelled = caller.post(f"/appointments/{ref}/cancel", if_match=moved["ETag"])
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    again = caller.post(f"/appointments/{ref}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "status_change_refused")
    assert again.json()["detail"] == "Запись нельзя перевести из состояния «Отменён» в «Отменён»"
    assert again.json()["values"] == {"before": "cancelled", "after": "cancelled"}


def test_a_contact_is_written_down_and_not_from_the_future(caller):
    contact = {"customer_id": "C-1", "at": "2026-03-02T23:30:00+00:00", "channel": "call", "direction": "in"}
    made = caller.post("/contacts", {**contact, "outcome": "booked", "text": "Хочет ТО"})
    assert made.status_code == 201
    row = Interaction.objects.get()
    assert (row.on.isoformat(), row.outcome, row.text, row.customer.external_id) == (
        "2026-03-03",
        "booked",
        "Хочет ТО",
        "C-1",
    )
    future = caller.post("/contacts", {**contact, "at": AT})
    assert (future.status_code, future.json()["code"]) == (409, "not_yet")


def test_a_consent_is_given_and_withdrawn_with_its_evidence(caller):
    said = {"channels": ["sms", "calls"], "given": True, "on": "2026-03-02", "evidence": "Form 7"}
    assert caller.post("/customers/C-1/consents", said).status_code == 201
    no = {"channels": ["sms"], "given": False, "on": "2026-03-03", "evidence": "Call 12"}
    answer = caller.post("/customers/C-1/consents", no)
    rows = [(row["on"], row["calls"], row["sms"], row["email"]) for row in answer.json()["statements"]]
    assert rows == [("2026-03-03", None, False, None), ("2026-03-02", True, True, None)]
    journal = AuditRecord.objects.filter(subject="consent").order_by("pk").values_list("action", "fields__evidence")
    assert list(journal) == [("given", [None, "Form 7"]), ("withdrawn", [None, "Call 12"])]
    again = {**said, "on": "2026-03-03"}
    caller.post("/customers/C-1/consents", again)
    assert ConsentStatement.objects.count() == 2
