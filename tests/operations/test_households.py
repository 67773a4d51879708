"""Who lives with whom; the night and the desk count a household as one."""

from datetime import timedelta

import pytest
from tests import factories as make
from tests import nights, people
from tests.nights import TODAY, days_later, only, person, run

from vernost.automation.queries.work import why
from vernost.calls.operations import queue
from vernost.contacts.models import Interaction
from vernost.core.actor import Role, system
from vernost.customers import operations
from vernost.customers.models import CustomerMerge, HouseholdMember
from vernost.customers.operations import NoHousehold, OnlyPeople, OtherHousehold, SameCustomer
from vernost.invitations.models import Invitation
from vernost.invitations.operations import ensure_standing_programmes

pytestmark = pytest.mark.django_db(transaction=True)

NOW = make.at(12)
TESTER = system("tests")


def join(one, other):
    return operations.join_household(customer_id=one.pk, other_id=other.pk, actor=TESTER, now=NOW)


def together():
    rows = HouseholdMember.objects.filter(left_on=None).order_by("household", "customer")
    homes = {}
    for household, customer in rows.values_list("household", "customer__full_name"):
        homes.setdefault(household, []).append(customer)
    return list(homes.values())


def test_a_household_grows_and_ends_with_the_last_two():
    one, two, three = (make.customer(name=f"Ivanov {number}") for number in range(3))
    join(one, two)
    join(three, two)
    join(one, three)
    assert together() == [["Ivanov 0", "Ivanov 1", "Ivanov 2"]]
    operations.leave_household(customer_id=one.pk, actor=TESTER, now=NOW)
    assert together() == [["Ivanov 1", "Ivanov 2"]]
    operations.leave_household(customer_id=two.pk, actor=TESTER, now=NOW)
    assert together() == []
    with pytest.raises(NoHousehold):
        operations.leave_household(customer_id=three.pk, actor=TESTER, now=NOW)
    # What was is kept.
    assert HouseholdMember.objects.count() == 3


def test_what_is_no_household_is_refused():
    one, two, three, four = (make.customer(name=f"Ivanov {number}") for number in range(4))
    company = make.customer(name="OOO", kind="company")
    join(one, two)
    join(three, four)
    for pair, refusal in (((one, one), SameCustomer), ((one, company), OnlyPeople), ((one, three), OtherHousehold)):
        with pytest.raises(refusal):
            join(*pair)
    assert together() == [["Ivanov 0", "Ivanov 1"], ["Ivanov 2", "Ivanov 3"]]


def test_a_merge_takes_the_household_along_and_gives_it_back():
    card, second, wife = (make.customer(name=f"Ivanov {number}") for number in range(3))
    join(second, wife)
    operations.merge_customers(survivor_id=card.pk, gone_id=second.pk, actor=TESTER, now=NOW)
    assert together() == [["Ivanov 0", "Ivanov 2"]]
    operations.undo_merge(merge_id=CustomerMerge.objects.get().pk, actor=TESTER, now=NOW)
    assert together() == [["Ivanov 1", "Ivanov 2"]]


def call(customer, days_ago):
    day = TODAY - timedelta(days=days_ago)
    Interaction.objects.create(customer=customer, at=nights.at(day), on=day, channel="call", direction="out")


def test_who_lives_with_a_customer_called_lately_is_not_invited_and_why_says_so():
    ensure_standing_programmes()
    only("next_service")
    (husband, _his), (wife, _hers), (neighbour, _car) = (person(number) for number in (1, 2, 3))
    join(husband, wife)
    HouseholdMember.objects.update(since=days_later(-100))
    call(husband, 5)
    run()
    assert list(Invitation.objects.values_list("customer__full_name", flat=True)) == ["Customer 3"]
    for who, words in (
        (wife, "Contacted on 25.11.2026; 1 contacts in 90 days"),
        (neighbour, "The customer is invited"),
    ):
        (answer,) = [row for row in why(who.pk, as_of=TODAY) if row.programme == "next_service"]
        assert answer.words.source % answer.words.values == words
    # On the day before they moved in together nobody knew.
    HouseholdMember.objects.update(since=days_later(1))
    nights.forget()
    run()
    assert sorted(Invitation.objects.values_list("customer__full_name", flat=True)) == ["Customer 2", "Customer 3"]


def test_the_desk_passes_over_whose_household_was_called_today_a_week_ago():
    branch = make.branch()
    programme = make.programme()
    waiting = make.invitation(programme=programme, branch=branch)
    free = make.invitation(programme=programme, branch=branch)
    wife = make.customer(name="Wife")
    join(waiting.customer, wife)
    day = NOW.date() - timedelta(days=7)
    Interaction.objects.create(customer=wife, at=NOW - timedelta(days=7), on=day, channel="sms", direction="out")
    operator = people.user(Role.OPERATOR, branch).as_actor()
    taken = queue.next_customer(actor=operator, now=NOW)
    assert taken is not None
    assert taken.pk == free.pk
    waiting.refresh_from_db()
    assert waiting.next_try_at is None or waiting.next_try_at > NOW
