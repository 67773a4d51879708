"""Plans and schemes: who may set them, what is kept, what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests import factories

from vernost.accounts.models import AuditRecord
from vernost.accounts.operations import BeyondScope
from vernost.core.actor import Actor, Role
from vernost.reports import operations
from vernost.reports.models import MotivationRule, Plan
from vernost.reports.queries import operators, plans
from vernost.reports.rules import GrowingPlan, MotivationLine

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GROUP = Actor(code="user:1", branch_ids=None)


def save(figures, *, branch_id=None, actor=GROUP):
    return operations.save_plan(month=MARCH, branch_id=branch_id, figures=figures, actor=actor, now=NOW)


def scheme(*lines, valid_from=MARCH, actor=GROUP):
    operations.save_scheme(role=Role.OPERATOR, valid_from=valid_from, lines=lines, actor=actor, now=NOW)


def line(kpi, rate, *, threshold=0, cap=None):
    return MotivationLine(kpi, Decimal(threshold), Decimal(rate), None if cap is None else Decimal(cap))


def test_the_plan_becomes_exactly_what_is_given():
    programme = factories.programme(code="lost")
    first = {(None, "targeted"): Decimal(100), ("lost", "targeted"): Decimal(40)}
    assert save(first) == 2
    assert save(first) == 0
    assert save({(None, "targeted"): Decimal(120)}) == 2
    assert plans.month_plan(MARCH, None) == {(None, "targeted"): Decimal("120.00")}
    assert [change.fields for change in AuditRecord.objects.filter(subject="plan").order_by("pk")] == [
        {"/targeted": ["", "100"], "lost/targeted": ["", "40"]},
        {"/targeted": ["100", "120"], "lost/targeted": ["40", ""]},
    ]
    assert programme.code == "lost"


def test_branches_and_months_are_apart():
    kazan = factories.branch()
    save({(None, "booked"): Decimal(5)})
    save({(None, "booked"): Decimal(3)}, branch_id=kazan.pk)
    assert list(Plan.objects.order_by("value").values_list("branch", "value")) == [(kazan.pk, 3), (None, 5)]


def test_a_growing_plan_is_refused_whole():
    with pytest.raises(GrowingPlan):
        save({(None, "targeted"): Decimal(10), (None, "booked"): Decimal(11)})
    assert Plan.objects.count() == 0


def test_nobody_plans_for_a_branch_that_he_does_not_see():
    kazan, samara = factories.branch(), factories.branch(name="Samara")
    manager = Actor(code="user:2", branch_ids=frozenset({kazan.pk}))
    assert save({(None, "booked"): Decimal(3)}, branch_id=kazan.pk, actor=manager) == 1
    for branch_id in (samara.pk, None):
        with pytest.raises(BeyondScope):
            save({(None, "booked"): Decimal(3)}, branch_id=branch_id, actor=manager)


def test_a_new_scheme_leaves_the_months_before_alone():
    scheme(line("booked", 100), line("attempts", 2), valid_from=date(2026, 1, 1))
    scheme(line("booked", 150, threshold=10, cap=5000))
    scheme(line("booked", 160, threshold=10, cap=5000))
    assert operators.scheme_on(Role.OPERATOR, date(2026, 2, 1)) == (
        date(2026, 1, 1),
        [line("attempts", 2), line("booked", 100)],
    )
    assert operators.scheme_on(Role.OPERATOR, MARCH) == (MARCH, [line("booked", 160, threshold=10, cap=5000)])
    assert operators.scheme_on(Role.OPERATOR, date(2025, 12, 1)) == (None, [])
    assert operators.scheme_on(Role.ADVISOR, MARCH) == (None, [])


def test_a_removed_scheme_gives_way_to_the_one_before():
    scheme(line("booked", 100), valid_from=date(2026, 1, 1))
    scheme(line("booked", 150))
    operations.drop_scheme(role=Role.OPERATOR, valid_from=MARCH, actor=GROUP, now=NOW)
    assert operators.scheme_on(Role.OPERATOR, MARCH) == (date(2026, 1, 1), [line("booked", 100)])
    with pytest.raises(operations.SchemeMissing):
        operations.drop_scheme(role=Role.OPERATOR, valid_from=MARCH, actor=GROUP, now=NOW)


def test_an_empty_scheme_and_a_part_of_the_group_are_refused():
    with pytest.raises(operations.SchemeEmpty):
        scheme()
    with pytest.raises(BeyondScope):
        scheme(line("booked", 1), actor=Actor(code="user:2", branch_ids=frozenset({1})))
    assert MotivationRule.objects.count() == 0


def test_a_plan_of_the_base_stands_beside_that_of_the_funnel():
    kazan, samara = factories.branch(), factories.branch()
    save({(None, "base_new"): Decimal(31), (None, "targeted"): Decimal(5)}, branch_id=kazan.pk)
    save({(None, "base_new"): Decimal(62), (None, "base_retention"): Decimal("61.5")}, branch_id=samara.pk)

    def plan(branch_id, end, actor=GROUP):
        return plans.base_plan_of(actor, branch_id, start=MARCH, end=end, retention_month=MARCH)

    # A group's retention is no sum; ten of the 31 days are ten of 31 parts.
    assert plan(None, date(2026, 3, 31)) == {"base_new": Decimal(93)}
    assert plan(None, date(2026, 3, 10)) == {"base_new": Decimal(30)}
    assert plan(samara.pk, date(2026, 3, 31)) == {"base_new": Decimal(62), "base_retention": Decimal("61.5")}
    manager = Actor(code="user:2", branch_ids=frozenset({kazan.pk}))
    assert plan(None, date(2026, 3, 31), manager) == {"base_new": Decimal(31)}
    assert plan(samara.pk, date(2026, 3, 31), manager) == {}
    # April has no figure.
    assert plan(kazan.pk, date(2026, 4, 1)) == {}
