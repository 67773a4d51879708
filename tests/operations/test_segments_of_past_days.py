"""A rule asked for a past day knows what was known then; one asked for a branch, what is the branch's."""

from datetime import UTC, date, datetime

import pytest
from tests import factories
from tests.own_fields import made, put

from vernost import facts
from vernost.core.actor import Actor, Role
from vernost.facts import operations as mirrors
from vernost.invitations.models import InvitationEvent
from vernost.reports.catalogue.customers import Customers
from vernost.sales.models import Deal
from vernost.segments.queries import membership
from vernost.segments.queries.known import known_attributes
from vernost.segments.rules import tree

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    return settings.MIRROR_DIR


def found(attribute, operator, value=None, *, on=TODAY, actor=None, **options):
    document = {"attribute": attribute, "operator": operator, **options}
    if value is not None:
        document["value"] = value
    mirrors.refresh(now=NOW)
    con = facts.connect()
    people = membership.of_rule(con, tree.read(document, known_attributes()), on, actor=actor)
    return set(con.to_pyarrow(people)["customer_id"].to_pylist())


def moved(invitation, *states):
    """Write the events of an invitation: states and the days on which it came into them, at noon."""
    for (before, _), (state, day) in zip((("", None), *states), states, strict=False):
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        InvitationEvent.objects.create(invitation=invitation, at=at, actor="t", from_state=before, to_state=state)
        invitation.state, invitation.ended_at = state, None if state in {"queued", "booked"} else at
    invitation.save()


@pytest.fixture
def invited():
    """Declined and then came by himself; booked and came; withdrawn."""
    programme = factories.programme(code="lost")
    made = [factories.invitation(programme=programme, created_for=date(2026, 10, 1)) for _ in range(3)]
    moved(made[0], ("queued", date(2026, 10, 1)), ("declined", date(2026, 10, 5)), ("paid", date(2026, 11, 2)))
    moved(made[1], ("queued", date(2026, 10, 1)), ("booked", date(2026, 10, 6)), ("paid", date(2026, 10, 20)))
    moved(made[2], ("queued", date(2026, 10, 1)), ("cancelled", date(2026, 10, 7)))
    return [one.customer_id for one in made]


def test_an_outcome_is_that_of_the_day(invited):
    declined, booked, withdrawn = invited
    assert found("invitation_outcome", "known", on=date(2026, 10, 4)) == set()
    assert found("invitation_outcome", "in", ["declined"], on=date(2026, 10, 5)) == {declined}
    assert found("invitation_outcome", "in", ["booked"], on=date(2026, 10, 19)) == {booked}
    assert found("invitation_outcome", "in", ["paid"], on=date(2026, 10, 20)) == {booked}
    assert found("invitation_outcome", "in", ["cancelled"]) == {withdrawn}
    assert found("invitation_outcome", "in", ["paid"]) == {declined, booked}


def test_who_declined_is_not_invited_any_more_though_he_came_later(invited):
    declined, booked, withdrawn = invited
    assert found("open_invitation", "in", ["lost"], on=date(2026, 10, 4)) == {declined, booked, withdrawn}
    assert found("open_invitation", "in", ["lost"], on=date(2026, 10, 19)) == {booked}
    assert found("open_invitation", "known") == set()


def test_a_telephone_is_there_until_a_call_finds_it_wrong():
    customer = factories.customer(phones=("+79171234567", "+79171234568"))
    silent = factories.customer(phones=())
    customer.addresses.update(invalid_on=date(2026, 11, 10))
    assert found("has_phone", "yes", on=date(2026, 11, 9)) == {customer.pk}
    assert found("phones", "is", 2, on=date(2026, 11, 9)) == {customer.pk}
    assert found("has_phone", "no", on=date(2026, 11, 10)) == {customer.pk, silent.pk}
    assert found("phones", "at_most", 0) == {customer.pk, silent.pk}


def test_a_field_of_a_deal_is_not_known_before_the_deal():
    customer = factories.customer()
    made("Причина", "text", target="deal")
    deal = Deal.objects.create(customer=customer, opened_on=date(2026, 11, 3), status="lost", kind="new")
    put(deal, target="deal", x_prichina="Дорого")
    assert found("deal.x_prichina", "known", on=date(2026, 11, 2)) == set()
    assert found("deal.x_prichina", "known", on=date(2026, 11, 3)) == {customer.pk}


def test_texts_are_found_whatever_the_case_and_with_yo_as_ye():
    one = factories.customer(name="Первый")
    other = factories.customer(name="Второй")
    made("Клуб", "text")
    put(one, x_klub="Ёлка и Гольф"), put(other, x_klub="яхты")
    assert found("customer.x_klub", "contains", "елка") == {one.pk}
    assert found("customer.x_klub", "ends", "гОЛЬФ") == {one.pk}
    assert found("customer.x_klub", "is", "ЯХТЫ") == {other.pk}
    assert found("customer.x_klub", "contains_not", "Яхты") == {one.pk}


def test_works_put_off_at_another_branch_are_not_told():
    here, there = factories.branch(), factories.branch()
    customer = factories.customer()
    car = factories.vehicle(owner=customer)
    for branch, name, amount in ((here, "Колодки", 5_000), (there, "Диски", 70_000)):
        works = [("Осмотр", 500), (name, amount, True)]
        factories.order(branch=branch, customer=customer, vehicle=car, opened_on=date(2026, 11, 3), lines=works)
    of_here = Actor(code="user:1", branch_ids=frozenset({here.pk}), role=Role.MANAGER)
    assert found("put_off_works", "is", 2) == {customer.pk}
    assert found("put_off_amount", "is", 5_000, actor=of_here) == {customer.pk}
    assert found("put_off_works", "is", 1, actor=of_here) == {customer.pk}


def test_a_day_at_two_branches_is_a_visit_of_each():
    first, second, third = (factories.branch() for _ in range(3))
    customer = factories.customer()
    for branch in (first, second, third):
        factories.order(branch=branch, customer=customer, opened_on=date(2026, 11, 3))
    for branches in ({first.pk}, {third.pk}, {second.pk, third.pk}, {first.pk, third.pk}):
        actor = Actor(code="user:1", branch_ids=frozenset(branches), role=Role.MANAGER)
        assert found("visits", "is", 1, actor=actor) == {customer.pk}
        assert found("frequency", "is", 1, actor=actor) == {customer.pk}
        assert found("state", "in", ["new"], actor=actor) == {customer.pk}
        row = next(iter(Customers().rows(facts.connect(), Customers.Params(TODAY), actor=actor)))
        assert (row["visits"], row["state"]) == (1, "new")
