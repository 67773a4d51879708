"""After the second visit to the same advisor the customer is his own; a person may give him back."""

from datetime import date, timedelta

import pytest
from tests import factories as make

from vernost.core.actor import system
from vernost.customers.models import AdvisorAttachment, Customer
from vernost.workshop import operations as workshop
from vernost.workshop.models import RepairOrder
from vernost.workshop.operations import AlreadyGivenBack

pytestmark = pytest.mark.django_db

NOW = make.at(12)
TODAY = NOW.date()
NIGHT = system("night")


def attach():
    return workshop.attach_to_advisors(since=TODAY - timedelta(days=14), actor=NIGHT, now=NOW)


@pytest.fixture
def anna():
    return make.advisor(branch=make.branch(), name="Anna")


def visits(advisor, *days_ago, **more):
    customer = make.customer(name=more.pop("name", "Ivanov"), advisor=more.pop("own", None))
    for ago in days_ago:
        make.order(
            branch=advisor.branch, customer=customer, advisor=advisor, opened_on=TODAY - timedelta(days=ago), **more
        )
    return customer


def advisors():
    return dict(Customer.objects.values_list("full_name", "advisor__name"))


def test_the_second_visit_to_the_same_advisor_attaches(anna):
    boris = make.advisor(branch=anna.branch, name="Boris")
    visits(anna, 100, 3, name="twice")
    visits(anna, 3, name="once")
    visits(anna, 3, 3, name="twice in a day")
    visits(anna, 100, 30, name="not lately")
    visits(anna, 2000, 3, name="years ago")
    visits(anna, 100, 3, name="internal", kind="internal")
    visits(anna, 100, 3, name="taken", own=boris)
    other = visits(anna, 100, name="of two")
    make.order(branch=anna.branch, customer=other, advisor=boris, opened_on=TODAY - timedelta(days=3))
    assert attach() == 1
    assert {name: advisor for name, advisor in advisors().items() if advisor} == {"twice": "Anna", "taken": "Boris"}
    assert list(AdvisorAttachment.objects.values_list("customer__full_name", "on", "actor")) == [
        ("twice", TODAY - timedelta(days=3), "system:night")
    ]
    assert attach() == 0


def test_who_was_given_back_is_not_attached_to_the_same_again(anna):
    customer = visits(anna, 100, 3)
    attach()
    (made,) = AdvisorAttachment.objects.all()
    workshop.detach_from_advisor(attachment_id=made.pk, actor=NIGHT, now=NOW)
    assert advisors() == {"Ivanov": None}
    assert attach() == 0
    with pytest.raises(AlreadyGivenBack):
        workshop.detach_from_advisor(attachment_id=made.pk, actor=NIGHT, now=NOW)
    boris = make.advisor(branch=anna.branch, name="Boris")
    for ago in (10, 2):
        make.order(branch=anna.branch, customer=customer, advisor=boris, opened_on=TODAY - timedelta(days=ago))
    assert attach() == 1
    assert advisors() == {"Ivanov": "Boris"}


def test_an_import_that_forgets_the_advisor_does_not_undo_the_attachment(anna):
    visits(anna, 100, 3)
    attach()
    Customer.objects.update(advisor=None)
    attach()
    assert advisors() == {"Ivanov": "Anna"}
    assert AdvisorAttachment.objects.count() == 1


def test_a_visit_of_tomorrow_is_not_one(anna):
    visits(anna, 100, -1)
    assert attach() == 0
    assert RepairOrder.objects.filter(closed_on__gt=date(2026, 11, 24)).count() == 1
