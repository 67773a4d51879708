"""Slots kept, booked, moved and given back."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from tests import factories as make
from tests import people

from vernost.accounts.models import AuditRecord, Branch, BranchDay, CalendarDay
from vernost.core.actor import Role
from vernost.workshop import operations, queries, rules
from vernost.workshop.models import Appointment, Bay
from vernost.workshop.operations import Booking, RequestKeyReused, TooEarly, VehicleAlreadyBooked

pytestmark = pytest.mark.django_db

NOW = make.at(9, day=date(2026, 11, 23))
HOURS = Decimal("2.4")


@pytest.fixture
def kazan():
    return make.branch(bays=2)


@pytest.fixture
def operator(kazan):
    return people.user(Role.OPERATOR, kazan).as_actor()


def booking(branch, hour=10, **more):
    values = {"customer_id": None, "vehicle_id": None, "labour_hours": Decimal(1)}
    return Booking(branch_id=branch.pk, starts_at=make.at(hour), **{**values, **more})


def book(branch, actor, hour=10, *, key=None, now=NOW, **more):
    return operations.book(booking=booking(branch, hour, **more), key=key or uuid4(), actor=actor, now=now)


def test_booked_slot_has_bay_end_and_day(kazan, operator):
    customer = make.customer()
    car = make.vehicle(owner=customer)
    works = [{"code": "TO4", "name": "Maintenance 4", "hours": "2.4", "amount": "18450.00"}]
    appointment = book(
        kazan, operator, customer_id=customer.pk, vehicle_id=car.pk, labour_hours=HOURS, works=works, note="Tea"
    )
    appointment.refresh_from_db()
    assert (appointment.status, appointment.starts_at, appointment.ends_at, appointment.starts_on) == (
        "booked",
        make.at(10),
        make.at(12, 30),
        date(2026, 11, 24),
    )
    assert (appointment.bay.number, appointment.works, appointment.note) == (1, works, "Tea")
    assert (appointment.booked_on, appointment.booked_by_id) == (date(2026, 11, 23), operator.user_id)
    change = AuditRecord.objects.get()
    assert (change.subject, change.subject_id, change.action) == ("appointment", str(appointment.pk), "booked")


def test_the_day_is_that_of_the_branch():
    vladivostok = make.branch(name="Vladivostok", timezone="Asia/Vladivostok", bays=1)
    actor = people.user(Role.OPERATOR, vladivostok).as_actor()
    start = make.at(4)  # 11:00 in Vladivostok
    appointment = operations.book(
        booking=Booking(vladivostok.pk, start, None, None, Decimal(1)), key=uuid4(), actor=actor, now=NOW
    )
    assert (appointment.starts_on, appointment.ends_at) == (date(2026, 11, 24), make.at(5))


def test_the_last_place_is_the_last(kazan, operator):
    book(kazan, operator)
    book(kazan, operator)
    with pytest.raises(rules.NoPlaceLeft):
        book(kazan, operator)
    assert Appointment.objects.count() == 2


def test_same_key_books_once(kazan, operator):
    key = uuid4()
    first = book(kazan, operator, key=key)
    assert book(kazan, operator, key=key).pk == first.pk
    assert Appointment.objects.count() == 1
    with pytest.raises(RequestKeyReused):
        book(kazan, operator, 11, key=key)


def test_one_car_is_not_in_two_bays_at_once(kazan, operator):
    car = make.vehicle()
    book(kazan, operator, vehicle_id=car.pk)
    with pytest.raises(VehicleAlreadyBooked):
        book(kazan, operator, vehicle_id=car.pk)
    assert book(kazan, operator, 11, vehicle_id=car.pk).starts_at == make.at(11)


def test_hold_keeps_the_place_from_others_and_makes_room_for_its_owner(kazan, operator):
    other = people.user(Role.OPERATOR, kazan).as_actor()
    book(kazan, operator)
    held = operations.hold(booking=booking(kazan), actor=operator, now=NOW)
    assert (held.status, held.held_until) == ("held", NOW + timedelta(minutes=3))
    with pytest.raises(rules.NoPlaceLeft):
        book(kazan, other)
    assert book(kazan, operator).status == "booked"
    assert sorted(Appointment.objects.values_list("status", flat=True)) == ["booked", "booked"]


def test_hold_runs_out_after_three_minutes(kazan, operator):
    other = people.user(Role.OPERATOR, kazan).as_actor()
    book(kazan, operator)
    operations.hold(booking=booking(kazan), actor=operator, now=NOW)
    assert book(kazan, other, now=NOW + timedelta(minutes=3)).status == "booked"
    assert not Appointment.objects.filter(status="held").exists()


def test_a_person_holds_one_slot(kazan, operator):
    operations.hold(booking=booking(kazan, 10), actor=operator, now=NOW)
    held = operations.hold(booking=booking(kazan, 11), actor=operator, now=NOW)
    assert list(Appointment.objects.values_list("pk", "starts_at")) == [(held.pk, make.at(11))]
    operations.release_hold(actor=operator)
    assert not Appointment.objects.exists()


def test_ended_holds_are_swept(kazan, operator):
    operations.hold(booking=booking(kazan), actor=operator, now=NOW)
    assert operations.drop_ended_holds(now=NOW + timedelta(minutes=2)) == 0
    assert operations.drop_ended_holds(now=NOW + timedelta(minutes=3)) == 1


def test_bays_are_written_down_as_the_branch_says():
    branch = Branch.objects.create(name="New", bays=2)
    actor = people.user(Role.OPERATOR, branch).as_actor()
    book(branch, actor, 12)
    assert list(Bay.objects.filter(branch=branch).values_list("number", "active")) == [(1, True), (2, True)]
    branch.bays = 3
    branch.save()
    operations.ensure_bays()
    branch.bays = 1
    branch.save()
    operations.ensure_bays()
    assert list(Bay.objects.filter(branch=branch).values_list("number", "active")) == [
        (1, True),
        (2, False),
        (3, False),
    ]


def test_own_advisor_receives_while_he_has_time(kazan, operator):
    kazan.bays = 8
    kazan.save()
    anna, boris = make.advisor(branch=kazan, name="Anna"), make.advisor(branch=kazan, name="Boris")
    customer = make.customer(advisor=boris)
    booked = [book(kazan, operator, customer_id=customer.pk).advisor_id for _ in range(4)]
    assert booked == [boris.pk, boris.pk, boris.pk, anna.pk]
    assert book(kazan, operator, 11).advisor_id == anna.pk


def test_closed_on_a_holiday_and_on_the_branchs_own_day(kazan, operator):
    CalendarDay.objects.update_or_create(on=date(2026, 11, 24), defaults={"kind": "holiday"})
    with pytest.raises(rules.BranchClosed):
        book(kazan, operator)
    BranchDay.objects.create(branch=kazan, on=date(2026, 11, 24), open_at="10:00", close_at="12:00")
    assert book(kazan, operator).status == "booked"
    with pytest.raises(rules.BranchClosed):
        book(kazan, operator, 9)


def test_move_to_another_time_and_branch(kazan):
    ufa = make.branch(name="Ufa", timezone="Asia/Yekaterinburg", bays=1)
    actor = people.user(Role.OPERATOR, kazan, ufa).as_actor()
    appointment = book(kazan, actor)
    operations.confirm(appointment_id=appointment.pk, actor=actor, now=NOW)
    moved = operations.move(
        appointment_id=appointment.pk, branch_id=ufa.pk, starts_at=make.at(12), actor=actor, now=NOW
    )
    assert (moved.branch_id, moved.starts_at, moved.ends_at, moved.status) == (
        ufa.pk,
        make.at(12),
        make.at(13),
        "booked",
    )
    assert moved.bay.branch_id == ufa.pk


def test_move_within_ones_own_time_does_not_stand_in_its_own_way():
    branch = make.branch(name="One bay", bays=1)
    actor = people.user(Role.OPERATOR, branch).as_actor()
    appointment = book(branch, actor, labour_hours=Decimal(2))
    moved = operations.move(
        appointment_id=appointment.pk, branch_id=branch.pk, starts_at=make.at(11), actor=actor, now=NOW
    )
    assert (moved.starts_at, moved.ends_at) == (make.at(11), make.at(13))


def test_cancelled_gives_its_place_back_and_can_be_taken_back_while_it_is_free(kazan, operator):
    first, second = book(kazan, operator), book(kazan, operator)
    operations.cancel(appointment_id=first.pk, actor=operator, now=NOW)
    assert operations.restore(appointment_id=first.pk, actor=operator, now=NOW).status == "booked"
    operations.cancel(appointment_id=first.pk, actor=operator, now=NOW)
    third = book(kazan, operator)
    assert third.bay_id == first.bay_id
    with pytest.raises(rules.NoPlaceLeft):
        operations.restore(appointment_id=first.pk, actor=operator, now=NOW)
    assert second.status == "booked"


def test_arrived_on_its_day_and_never_before(kazan, operator):
    appointment = book(kazan, operator)
    with pytest.raises(TooEarly):
        operations.arrive(appointment_id=appointment.pk, actor=operator, now=NOW)
    assert operations.arrive(appointment_id=appointment.pk, actor=operator, now=make.at(9)).status == "arrived"
    assert operations.restore(appointment_id=appointment.pk, actor=operator, now=make.at(9, 5)).status == "booked"


def test_missed_from_its_minute_on_and_taken_back_without_its_bay(kazan, operator):
    appointment = book(kazan, operator)
    with pytest.raises(TooEarly):
        operations.miss(appointment_id=appointment.pk, actor=operator, now=make.at(9, 59))
    operations.miss(appointment_id=appointment.pk, actor=operator, now=make.at(10))
    restored = operations.restore(appointment_id=appointment.pk, actor=operator, now=make.at(12))
    assert (restored.status, restored.bay_id) == ("booked", None)


def test_a_foreign_branch_is_as_good_as_none(kazan):
    stranger = people.user(Role.ADVISOR, make.branch(name="Ufa", bays=1)).as_actor()
    mine = people.user(Role.ADVISOR, kazan).as_actor()
    appointment = book(kazan, mine)
    with pytest.raises(Branch.DoesNotExist):
        book(kazan, stranger)
    for change in (operations.confirm, operations.cancel, operations.arrive, operations.miss, operations.restore):
        with pytest.raises(Appointment.DoesNotExist):
            change(appointment_id=appointment.pk, actor=stranger, now=NOW)


def test_week_shows_free_places_and_the_asker_his_own_hold_as_free(kazan, operator):
    book(kazan, operator)
    held = operations.hold(booking=booking(kazan), actor=operator, now=NOW)
    visit = rules.Visit(timedelta(hours=1))
    week = queries.week(branch=kazan, monday=date(2026, 11, 23), visit=visit, now=NOW + timedelta(minutes=1))
    own = queries.week(branch=kazan, monday=date(2026, 11, 23), visit=visit, now=NOW, hold=held)
    assert (week.cell_at(make.at(10)).free, own.cell_at(make.at(10)).free, own.cell_at(make.at(10)).held) == (
        0,
        1,
        True,
    )
    assert [len(row) for _hour, row in week.rows] == [7] * 10
    assert week.rows[0][1][0].free == 0  # Monday 9:00 has passed


def test_day_of_the_reception(kazan, operator):
    customer = make.customer(name="Petrova Anna", phones=("+79170000001", "+79170000002"))
    car = make.vehicle(owner=customer, plate="О451КМ716")
    later = book(kazan, operator, 15, labour_hours=Decimal(5) / 2)
    first = book(kazan, operator, 10, customer_id=customer.pk, vehicle_id=car.pk)
    operations.hold(booking=booking(kazan, 12), actor=operator, now=NOW)
    day = queries.day(branch=kazan, on=date(2026, 11, 24), actor=operator)
    assert [(row.id, row.customer, row.phone, row.plate, row.bay) for row in day.rows] == [
        (first.pk, "Petrova Anna", "+79170000001", "О451КМ716", "1"),
        (later.pk, "", "", "", "1"),
    ]
    assert [(bay.minutes, bay.share) for bay in day.bays] == [(210, 0.35), (0, 0.0)]
    assert (day.counts["booked"], day.load) == (2, 0.175)


def test_expected_appointment_of_a_car_or_of_its_owner(kazan):
    customer = make.customer()
    car = make.vehicle(owner=customer)
    on = date(2026, 11, 23)
    assert queries.expected_of(car.pk, customer.pk, on) is None
    nameless = make.appointment(branch=kazan, starts_at=make.at(12), customer=customer)
    assert queries.expected_of(car.pk, customer.pk, on) == nameless
    other = make.vehicle(owner=customer)
    make.appointment(branch=kazan, starts_at=make.at(9), customer=customer, vehicle=other)
    assert queries.expected_of(car.pk, customer.pk, on) == nameless
    assert queries.expected_of(car.pk, customer.pk, date(2026, 11, 25)) is None


def test_an_appointment_is_expected_from_the_day_on_which_it_was_made(kazan):
    car = make.vehicle(owner=make.customer())
    booked = make.appointment(branch=kazan, starts_at=make.at(12), vehicle=car, booked_on=date(2026, 11, 20))
    assert queries.expected_of(car.pk, None, date(2026, 11, 19)) is None
    assert queries.expected_of(car.pk, None, date(2026, 11, 20)) == booked


def test_slots_across_the_zones_are_the_branches_own_clock():
    for name in ("Europe/Kaliningrad", "Asia/Kamchatka"):
        branch = make.branch(name=name, timezone=name, bays=1)
        week = queries.week(
            branch=branch,
            monday=date(2026, 11, 30),
            visit=rules.Visit(timedelta(hours=1)),
            now=NOW,
        )
        assert [hour.hour for hour, _row in week.rows] == list(range(9, 19))
        assert isinstance(week.rows[0][1][0].starts_at, datetime)
