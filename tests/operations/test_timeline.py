"""The timeline: every kind of item shows, within what the actor sees."""

from datetime import date, timedelta

import pytest
from tests import factories as make

from vernost.accounts.operations import record_change
from vernost.care.models import SurveyAnswer
from vernost.contacts.models import Interaction
from vernost.core.actor import Actor, Role, system
from vernost.core.timeline import timeline_kinds
from vernost.customers import operations
from vernost.customers.models import AdvisorAttachment, ChannelStop, ConsentStatement, CustomerFile
from vernost.customers.queries.timeline import Whose, timeline, timeline_item
from vernost.files.models import StoredFile
from vernost.sales.models import Deal
from vernost.vehicles.models import CarRole, OdometerReading, Ownership, Vehicle, VehicleEvent, VehicleFile
from vernost.workshop.models import OrderFile

pytestmark = pytest.mark.django_db

NOW = make.at(12)
DAY = date(2026, 5, 1)
TESTER = system("tests")


@pytest.fixture
def full():
    """A customer with an item of every kind, each on a day of its own."""
    kazan = make.branch()
    anna = make.advisor(branch=kazan, name="Anna")
    customer, wife = make.customer(name="Ivanov"), make.customer(name="Wife")
    second = make.customer(name="Ivanov S")
    car = make.vehicle(owner=customer)
    Ownership.objects.update(owned_from=DAY - timedelta(days=30))
    CarRole.objects.create(vehicle=car, customer=customer, role="payer", since=DAY, actor="x")
    VehicleEvent.objects.create(vehicle=car, on=DAY, kind="valuation_asked")
    OdometerReading.objects.create(vehicle=car, on=DAY, km=40_000, origin="call")
    order = make.order(branch=kazan, customer=customer, vehicle=car, opened_on=DAY, amount=100)
    make.appointment(branch=kazan, customer=customer, vehicle=car, starts_at=NOW)
    Deal.objects.create(branch=kazan, customer=customer, vehicle=car, status="won", closed_on=DAY, amount=900_000)
    Interaction.objects.create(customer=customer, vehicle=car, at=NOW, on=DAY, channel="call", direction="in")
    SurveyAnswer.objects.create(customer=customer, score=9, answered_at=NOW, answered_on=DAY)
    make.invitation(programme=make.programme(), customer=customer, vehicle=car, branch=kazan)
    ConsentStatement.objects.create(customer=customer, on=DAY, calls=True)
    ChannelStop.objects.create(customer=customer, channel="sms", since=DAY)
    AdvisorAttachment.objects.create(customer=customer, advisor=anna, on=DAY, at=NOW, actor="system:night")
    operations.add_note(customer_id=customer.pk, text="Note", actor=TESTER, now=NOW)
    operations.join_household(customer_id=customer.pk, other_id=wife.pk, actor=TESTER, now=NOW)
    operations.merge_customers(survivor_id=customer.pk, gone_id=second.pk, actor=TESTER, now=NOW)
    for model, record in ((CustomerFile, {"customer": customer}), (VehicleFile, {"vehicle": car})):
        model.objects.create(file=stored(), at=NOW, actor="x", **record)
    OrderFile.objects.create(file=stored(), at=NOW, actor="x", order=order)
    record_change(
        subject="customer",
        subject_id=customer.pk,
        action="change",
        fields={"city": ["", "Kazan"]},
        actor=TESTER,
        now=NOW,
    )
    return customer, car, kazan


def stored():
    return StoredFile.objects.create(name="a.jpg", kind="jpeg", size=1, at=NOW, actor="x")


def kinds(found):
    return {item.kind.code for item in found.items}


def test_every_kind_shows_and_opens(full):
    customer, car, _kazan = full
    whose = Whose("customer", customer.pk)
    found = timeline(whose, actor=TESTER)
    of_customer = {kind.code: kind for kind in timeline_kinds if "customer" in kind.of}
    assert kinds(found) == {code for code, kind in of_customer.items() if not kind.quiet}
    assert set(found.kinds) == set(of_customer)
    assert set(found.cars) == {car.pk}
    ordered = [(item.at, item.kind.code, item.id) for item in found.items]
    assert ordered == sorted(ordered, reverse=True)
    for item in [*found.items, *timeline(whose, actor=TESTER, kind="edits").items]:
        again = timeline_item(whose, actor=TESTER, kind=item.kind.code, row_id=item.id)
        assert again == item
        assert item.told.title
    assert timeline_item(whose, actor=TESTER, kind="orders", row_id=0) is None
    assert timeline_item(whose, actor=TESTER, kind="nothing", row_id=1) is None


def test_documents_of_other_branches_are_not_shown(full):
    customer, car, kazan = full
    of_branch = {"orders", "appointments", "deals", "invitations"}
    stranger = Actor(code="user:1", branch_ids=frozenset({make.branch(name="Ufa").pk}), role=Role.MANAGER, user_id=1)
    own = Actor(code="user:1", branch_ids=frozenset({kazan.pk}), role=Role.MANAGER, user_id=1)
    assert kinds(timeline(Whose("customer", customer.pk), actor=stranger)) & of_branch == set()
    assert kinds(timeline(Whose("customer", customer.pk), actor=own)) >= of_branch
    # Of a car the people whom the actor does not see are left out.
    assert kinds(timeline(Whose("vehicle", car.pk), actor=stranger)) == set()
    seen = timeline(Whose("vehicle", car.pk, {customer.pk}), actor=own)
    assert kinds(seen) == {kind.code for kind in timeline_kinds if "vehicle" in kind.of and not kind.quiet}
    # What was said of the car itself, who sees the car sees.
    changed = {"fields": {"plate": ["", "А123ВС116"]}, "actor": TESTER, "now": NOW}
    record_change(subject="vehicle", subject_id=car.pk, action="change", **changed)
    edits = timeline(Whose("vehicle", car.pk), actor=stranger, kind="car_edits")
    assert [[words for _title, words in item.told.details] for item in edits.items] == [["— → А123ВС116"]]


def test_pages_hold_every_item_once(full):
    customer, _car, _kazan = full
    for number in range(120):
        operations.add_note(customer_id=customer.pk, text=f"Note {number}", actor=TESTER, now=NOW)
    seen, before = [], ""
    while True:
        page = timeline(Whose("customer", customer.pk), actor=TESTER, kind="notes", before=before)
        seen += [item.id for item in page.items]
        if not page.more:
            break
        before = page.items[-1].key
    assert (len(seen), len(set(seen))) == (121, 121)


def test_a_bad_place_begins_at_the_top(full):
    customer, _car, _kazan = full
    top = timeline(Whose("customer", customer.pk), actor=TESTER)
    assert timeline(Whose("customer", customer.pk), actor=TESTER, before="x|y").items == top.items
    assert Vehicle.objects.count() == 1
