"""An imported order finds its appointment."""

from datetime import date, timedelta

import pytest
from tests import factories as make

from vernost.workshop import operations
from vernost.workshop.models import Appointment

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 24)


def linked():
    return list(Appointment.objects.order_by("pk").values_list("order_id", "status"))


@pytest.fixture
def kazan():
    return make.branch(bays=3)


@pytest.fixture(params=["by their ids", "since a day"])
def match(request):
    """Match orders in either way."""

    def matched(*orders):
        if request.param == "by their ids":
            return operations.match_orders(order_ids=[order.pk for order in orders])
        return operations.match_orders(since=min(order.opened_on for order in orders))

    return matched


@pytest.fixture
def car():
    return make.vehicle(owner=make.customer())


@pytest.mark.parametrize(("days", "found"), [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
def test_same_car_within_a_day(match, kazan, car, days, found):
    make.appointment(branch=kazan, starts_at=make.at(10), vehicle=car)
    order = make.order(branch=kazan, vehicle=car, opened_on=DAY + timedelta(days=days))
    assert match(order) == found
    assert linked() == [(order.pk, "arrived") if found else (None, "booked")]
    assert match(order) == 0


@pytest.mark.parametrize("named", ["by the order", "by the appointment", "by neither"])
def test_same_customer_where_a_car_is_not_named(match, kazan, named):
    customer = make.customer()
    car = make.vehicle(owner=customer)
    make.appointment(
        branch=kazan, starts_at=make.at(10), customer=customer, vehicle=car if named == "by the appointment" else None
    )
    order = make.order(branch=kazan, customer=customer, vehicle=car if named == "by the order" else None, opened_on=DAY)
    assert match(order) == 1
    assert linked() == [(order.pk, "arrived")]


def test_another_car_of_a_fleet_is_another_visit(match, kazan):
    fleet = make.customer(kind="company")
    one, other = make.vehicle(owner=fleet), make.vehicle(owner=fleet)
    make.appointment(branch=kazan, starts_at=make.at(10), customer=fleet, vehicle=one)
    order = make.order(branch=kazan, customer=fleet, vehicle=other, opened_on=DAY)
    assert match(order) == 0


def test_another_branch_and_cancelled_ones_do_not_match(match, kazan, car):
    make.appointment(branch=make.branch(name="Ufa", bays=1), starts_at=make.at(10), vehicle=car)
    make.appointment(branch=kazan, starts_at=make.at(10), vehicle=car, status="cancelled")
    order = make.order(branch=kazan, vehicle=car, opened_on=DAY)
    cancelled = make.order(branch=kazan, vehicle=car, opened_on=DAY, status="cancelled", closed_on=None)
    assert match(order, cancelled) == 0


def test_each_order_and_each_appointment_once_the_nearest_first(match, kazan, car):
    before = make.appointment(branch=kazan, starts_at=make.at(10, day=date(2026, 11, 23)), vehicle=car)
    same = make.appointment(branch=kazan, starts_at=make.at(15), vehicle=car)
    first = make.order(branch=kazan, vehicle=car, opened_on=DAY)
    second = make.order(branch=kazan, vehicle=car, opened_on=DAY)
    assert match(first, second) == 2
    assert dict(Appointment.objects.values_list("pk", "order_id")) == {same.pk: first.pk, before.pk: second.pk}


def test_a_customer_marked_missing_has_come_after_all_but_not_into_a_bay_given_away(match, kazan, car):
    bay = kazan.work_bays.first()
    make.appointment(branch=kazan, starts_at=make.at(10), vehicle=car, status="no_show", bay=bay)
    other = make.appointment(branch=kazan, starts_at=make.at(10), bay=bay, status="arrived")
    order = make.order(branch=kazan, vehicle=car, opened_on=DAY)
    assert match(order) == 1
    assert list(Appointment.objects.exclude(pk=other.pk).values_list("status", "bay_id")) == [("arrived", None)]


def test_either_ids_or_a_day():
    with pytest.raises(ValueError, match="either"):
        operations.match_orders()
