"""Two cards of one customer become one, and two again."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.utils.timezone import localdate
from tests import factories as make
from tests import own_fields, people
from tests.merge_work import DOT
from tests.merges import NOW, TESTER, TODAY, addresses, in_force, merge, undo

from vernost.accounts.models import AuditRecord
from vernost.contacts.models import Interaction
from vernost.core.actor import Role
from vernost.core.custom_fields import targets
from vernost.customers import operations, queries
from vernost.customers.models import (
    AdvisorAttachment,
    ChannelStop,
    ConsentStatement,
    ContactAddress,
    Customer,
    CustomerMerge,
    MovedRow,
)
from vernost.customers.operations import Said
from vernost.customers.operations.field_values import set_file
from vernost.customers.rules.consents import Purpose, Way
from vernost.customers.rules.merging import Side
from vernost.files.models import StoredFile
from vernost.invitations.models import Cycle, Invitation
from vernost.vehicles.models import Ownership
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    """Two cards of Ivanov: the first with a city, the second with a birthday, a number of its own and a car."""
    first = make.customer(name="Иванов Сергей Петрович", phones=("+79171234567",), city="Казань")
    second = make.customer(
        name="Иванов С.П.", phones=("+79171234567", "+79033334455"), birth_date=date(1980, 5, 1), city="Москва"
    )
    return first, second


def test_the_card_takes_what_it_lacks_and_what_was_chosen(pair):
    first, second = pair
    merged = merge(first, second, chosen={"city": Side.GONE})
    first.refresh_from_db()
    assert (first.full_name, first.birth_date, first.city) == ("Иванов Сергей Петрович", date(1980, 5, 1), "Москва")
    assert addresses(first) == ["+79171234567", "+79033334455"]
    assert (merged.applied, merged.kept) == (
        {"birth_date": "1980-05-01", "city": "Москва"},
        {"birth_date": None, "city": "Казань"},
    )
    second.refresh_from_db()
    assert (second.merged_into_id, second.full_name) == (first.pk, "Иванов С.П.")


def test_the_other_card_is_in_no_list_and_its_numbers_find_the_first(pair):
    first, second = pair
    merge(first, second)
    assert [row.id for row in queries.search("9033334455", actor=TESTER, limit=9)] == [first.pk]
    assert [row.id for row in queries.search("Иванов", actor=TESTER, limit=9)] == [first.pk]
    assert not queries.visible_to(TESTER).filter(pk=second.pk).exists()


def test_what_belongs_to_the_other_card_moves_and_every_row_is_noted(pair):
    first, second = pair
    car = make.vehicle(owner=second)
    order = make.order(customer=second, vehicle=car)
    kept = make.order(customer=first)
    invitation = make.invitation(programme=make.programme(), customer=second, vehicle=car)
    merged = merge(first, second)
    assert set(RepairOrder.objects.filter(customer=first)) == {order, kept}
    assert list(Ownership.objects.filter(customer=first).values_list("vehicle_id", flat=True)) == [car.pk]
    assert Invitation.objects.get().customer_id == Cycle.objects.get().customer_id == first.pk
    assert set(MovedRow.objects.filter(merge=merged).values_list("reference", "row")) == {
        ("workshop_repairorder.customer_id", str(order.pk)),
        ("vehicles_ownership.customer_id", str(Ownership.objects.get().pk)),
        ("invitations_invitation.customer_id", str(invitation.pk)),
        ("invitations_cycle.customer_id", str(invitation.cycle_id)),
    }
    assert [(row.subject_id, row.action) for row in AuditRecord.objects.all()] == [(str(first.pk), "merge")]


def test_a_cycle_that_both_have_stays_as_it_was_drawn_for_each(pair):
    """Who was held out stays held out: the draw is not made again for the other id."""
    first, second = pair
    car, programme = make.vehicle(owner=second), make.programme()
    both = {"programme": programme, "vehicle": car, "anchor": "order:1", "started_on": TODAY, "due_on": TODAY}
    mine = Cycle.objects.create(customer=first, bucket=12, held_out=True, **both)
    other = Cycle.objects.create(customer=second, bucket=9000, held_out=False, **both)
    moved = Cycle.objects.create(customer=second, bucket=17, held_out=True, **{**both, "anchor": "order:2"})
    merge(first, second)
    found = Cycle.objects.order_by("pk").values_list("pk", "customer_id", "bucket", "held_out")
    assert list(found) == [
        (mine.pk, first.pk, 12, True),
        (other.pk, second.pk, 9000, False),
        (moved.pk, first.pk, 17, True),
    ]


def test_a_refusal_is_never_lost(pair):
    first, second = pair
    ConsentStatement.objects.create(
        customer=first, on=date(2026, 5, 1), calls=True, sms=True, email=None, messenger=True, origin="import"
    )
    ConsentStatement.objects.create(
        customer=second, on=date(2024, 2, 1), calls=False, sms=None, email=True, messenger=True, origin="import"
    )
    ChannelStop.objects.create(customer=second, channel="sms", since=date(2024, 2, 1))
    merged = merge(first, second)
    assert in_force(first) == {"calls": False, "sms": True, "email": True, "messenger": True}
    assert list(ChannelStop.objects.filter(customer=first).values_list("channel", "since")) == [
        ("sms", date(2024, 2, 1))
    ]
    # The history of both is kept, and what stood before the merge stands on the days before.
    assert ConsentStatement.objects.filter(customer=second, on=date(2024, 2, 1)).count() == 1
    assert in_force(first, TODAY - timedelta(days=1))["calls"] is True
    undo(merged)
    assert in_force(first)["calls"] is True
    assert in_force(second) == {"calls": False, "sms": None, "email": True, "messenger": True}
    assert not ChannelStop.objects.filter(customer=first).exists()


def test_what_was_refused_after_the_merge_holds_for_both(pair):
    first, second = pair
    merged = merge(first, second)
    said = Said(Purpose.CONTACT, {"calls": False}, Way.CALL, TODAY)
    operations.record_statement(customer_id=first.pk, said=said, actor=TESTER, now=NOW)
    undo(merged)
    assert list(ChannelStop.objects.order_by("customer_id").values_list("customer_id", "channel")) == [
        (first.pk, "call"),
        (second.pk, "call"),
    ]


def test_undo_gives_back_what_moved_and_what_was_made_since_about_the_car(pair):
    first, second = pair
    branch, programme = make.branch(), make.programme()
    car, own = make.vehicle(owner=second), make.vehicle(owner=first, plate="В777ВВ16")
    before = make.order(customer=second, vehicle=car)
    # The first had it from us before; that stays with him.
    once = make.order(customer=first, vehicle=car)
    merged = merge(first, second, chosen={"city": Side.GONE})
    Customer.objects.filter(pk=first.pk).update(gender="m")
    of_car = make.invitation(programme=programme, customer=first, vehicle=car, branch=branch)
    of_own = make.invitation(programme=programme, customer=first, vehicle=own, branch=branch)
    booked = make.appointment(branch=branch, starts_at=NOW, customer=first, vehicle=car)
    said = Interaction.objects.create(customer=first, vehicle=car, at=NOW, on=TODAY, channel="call", direction="out")
    of_nothing = Interaction.objects.create(customer=first, at=NOW, on=TODAY, channel="call", direction="in")
    undo(merged)
    assert {
        "before": RepairOrder.objects.get(pk=before.pk).customer_id,
        "once": RepairOrder.objects.get(pk=once.pk).customer_id,
        "of_car": Invitation.objects.get(pk=of_car.pk).customer_id,
        "its_cycle": Cycle.objects.get(pk=of_car.cycle_id).customer_id,
        "of_own": Invitation.objects.get(pk=of_own.pk).customer_id,
        "booked": type(booked).objects.get(pk=booked.pk).customer_id,
        "said": Interaction.objects.get(pk=said.pk).customer_id,
        "of_nothing": Interaction.objects.get(pk=of_nothing.pk).customer_id,
        "car": Ownership.objects.get(vehicle=car).customer_id,
        "own": Ownership.objects.get(vehicle=own).customer_id,
    } == {
        "before": second.pk,
        "once": first.pk,
        "of_car": second.pk,
        "its_cycle": second.pk,
        "of_own": first.pk,
        "booked": second.pk,
        "said": second.pk,
        "of_nothing": first.pk,
        "car": second.pk,
        "own": first.pk,
    }
    first.refresh_from_db()
    assert (first.city, first.birth_date, first.gender, addresses(first)) == ("Казань", None, "m", ["+79171234567"])
    assert [row.id for row in queries.search("9033334455", actor=TESTER, limit=9)] == [second.pk]


def test_merges_into_one_card_can_be_undone_in_any_order(pair):
    first, second = pair
    third = make.customer(name="Иванов", phones=("+79990001122",), city="Самара", gender="m")
    one = merge(first, second, chosen={"city": Side.GONE})
    two = merge(first, third, chosen={"city": Side.GONE})
    undo(one)
    first.refresh_from_db()
    assert (first.city, first.birth_date, first.gender) == ("Самара", None, "m")
    assert addresses(first) == ["+79171234567", "+79990001122"]
    undo(two)
    first.refresh_from_db()
    assert (first.city, first.gender, addresses(first)) == ("Казань", "", ["+79171234567"])


def test_a_card_that_went_on_goes_back_first(pair):
    first, second = pair
    third = make.customer(name="Иванов", phones=())
    one, two = merge(first, second), merge(third, first)
    assert addresses(third) == ["+79171234567", "+79033334455"]
    with pytest.raises(operations.LaterMergeFirst):
        undo(one)
    undo(two)
    undo(one)
    assert [addresses(card) for card in (first, second, third)] == [
        ["+79171234567"],
        ["+79171234567", "+79033334455"],
        [],
    ]
    with pytest.raises(operations.AlreadyUndone):
        undo(one)


def test_what_cannot_be_merged(pair):
    first, second = pair
    with pytest.raises(operations.SameCustomer):
        merge(first, first)
    with pytest.raises(operations.UnlikeKinds):
        merge(first, make.customer(name="ООО «Ромашка»", kind="company"))
    stranger = people.user(Role.MANAGER, make.branch()).as_actor()
    with pytest.raises(Customer.DoesNotExist):
        operations.merge_customers(survivor_id=first.pk, gone_id=second.pk, actor=stranger, now=NOW)
    merge(first, second)
    with pytest.raises(operations.CustomerGone):
        merge(make.customer(), second)


def test_whom_an_operator_has_on_the_line_is_not_merged(pair):
    first, second = pair
    operator = people.user(Role.OPERATOR)
    held = make.invitation(
        programme=make.programme(),
        customer=second,
        state="in_progress",
        leased_by=operator,
        leased_until=NOW + timedelta(minutes=5),
    )
    with pytest.raises(operations.CustomerBusy):
        merge(first, second)
    assert Invitation.objects.get(pk=held.pk).customer_id == second.pk
    Invitation.objects.update(leased_until=NOW)
    assert merge(first, second).pk == CustomerMerge.objects.get().pk


def test_a_field_written_on_the_merged_card_stays_there_and_the_other_card_keeps_its_own(pair):
    first, second = pair
    club, wish = own_fields.made("Клуб", "text"), own_fields.made("Пожелание", "text")
    own_fields.put(second, **{club.code: "Золотой", wish.code: "Кофе"})
    merged = merge(first, second)
    assert own_fields.held(first) == {club.code: ("Золотой",), wish.code: ("Кофе",)}
    own_fields.put(first, **{club.code: "Платиновый"})
    undo(merged)
    assert [own_fields.held(card) for card in (first, second)] == [
        {club.code: ("Платиновый",)},
        {club.code: ("Золотой",), wish.code: ("Кофе",)},
    ]


def test_a_photo_that_the_other_card_holds_is_not_thrown_away(pair):
    first, second = pair
    photo = own_fields.made("Фото", "file")
    put = partial(set_file, target=targets["customer"], code=photo.code, name="1.png", actor=own_fields.ADMIN, now=NOW)
    put(record_id=second.pk, content=DOT)
    merged = merge(first, second)
    put(record_id=first.pk, content=None)
    undo(merged)
    [file] = StoredFile.objects.all()
    assert [own_fields.held(card) for card in (first, second)] == [{}, {photo.code: (str(file.pk),)}]


def test_what_was_learnt_of_a_number_is_known_on_the_other_card(pair):
    first, second = pair
    merged = merge(first, second)
    shared, other = ContactAddress.objects.filter(customer=first).order_by("position")
    named = {"customer_id": first.pk, "actor": TESTER, "now": NOW}
    operations.mark_address(address_id=shared.pk, wrong=True, **named)
    operations.check_address(address_id=other.pk, how="call", **named)
    undo(merged)
    rows = ContactAddress.objects.order_by("customer_id", "position")
    assert [(row.customer_id, row.value, row.invalid_on, row.checks.count()) for row in rows] == [
        (first.pk, "+79171234567", TODAY, 0),
        (second.pk, "+79171234567", TODAY, 0),
        (second.pk, "+79033334455", None, 1),
    ]


def test_a_stop_of_the_other_card_ends_with_a_later_word_and_is_its_own_again(pair):
    first, second = pair
    say = partial(operations.record_statement, actor=TESTER)
    no = Said(Purpose.CONTACT, {"calls": False}, Way.CALL, TODAY - timedelta(days=9))
    say(customer_id=second.pk, said=no, now=NOW - timedelta(days=9))
    merged = merge(first, second)
    assert ChannelStop.objects.filter(customer=first).exists()
    later = NOW + timedelta(days=1)
    yes = Said(Purpose.CONTACT, {"calls": True}, Way.CALL, localdate(later), "Запись")
    say(customer_id=first.pk, said=yes, now=later)
    assert not ChannelStop.objects.filter(customer=first).exists()
    undo(merged)
    assert list(ChannelStop.objects.values_list("customer_id", "channel")) == [(second.pk, "call")]


def test_a_row_with_a_twin_finds_its_way_home_through_nested_merges(pair):
    """Three are attached to one advisor: what stays behind does not take the place of what went on."""
    first, second = pair
    third, advisor = make.customer(name="Иванов", phones=()), make.advisor(branch=make.branch())
    dated = {"advisor": advisor, "on": TODAY, "at": NOW, "actor": "tests"}
    own = {card.pk: AdvisorAttachment.objects.create(customer=card, **dated).pk for card in (second, third)}
    lower, upper = merge(second, third), merge(first, second)
    operations.follow_merges()
    undo(upper)
    undo(lower)
    assert dict(AdvisorAttachment.objects.values_list("customer_id", "pk")) == own
