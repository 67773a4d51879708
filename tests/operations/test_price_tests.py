"""A price test is drafted, started, ended; what is wrong with it is said; who does not see its branches sees none."""

from datetime import UTC, date, datetime

import pytest
from tests import people
from tests.price_base import entry

from vernost.accounts.models import AuditRecord
from vernost.accounts.operations import BeyondScope
from vernost.core.actor import Actor, Role
from vernost.reports import operations
from vernost.reports.models import PriceTest
from vernost.reports.queries import price_tests
from vernost.reports.rules.price_test import Draw

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 8, 20, 9, tzinfo=UTC)


@pytest.fixture
def branches():
    return people.branch("Казань"), people.branch("Самара")


@pytest.fixture
def manager():
    return people.user().as_actor()


def save(actor, wanted, test_id=None):
    return operations.save_price_test(test_id=test_id, entry=wanted, actor=actor, now=NOW)


def journal():
    lines = AuditRecord.objects.filter(subject="price-test").order_by("pk")
    return [(line.action, line.fields) for line in lines]


def test_a_draft_is_made_changed_started_and_ended(branches, manager):
    kazan, samara = branches
    made = save(manager, entry(test=[kazan], control=[samara]))
    assert (made.state, made.owner_id, made.created_at) == ("draft", manager.user_id, NOW)
    save(manager, entry(test=[kazan], control=[samara], age_from=7), made.pk)
    operations.start_price_test(test_id=made.pk, actor=manager, now=NOW)
    operations.end_price_test(test_id=made.pk, on=date(2025, 9, 20), actor=manager, now=NOW)
    saved = PriceTest.objects.get()
    assert (saved.state, saved.age_from, saved.ends_on) == ("ended", 7, date(2025, 9, 20))
    assert [branch.name for branch in saved.test_branches.all()] == ["Казань"]
    assert journal() == [
        ("added", {"title": [None, "Старше пяти лет"]}),
        ("changed", {"age_from": ["5", "7"]}),
        ("started", {}),
        ("stopped", {}),
    ]


def test_saving_the_same_again_is_no_change(branches, manager):
    kazan, samara = branches
    made = save(manager, entry(test=[kazan], control=[samara]))
    save(manager, entry(test=[kazan], control=[samara]), made.pk)
    assert [action for action, _fields in journal()] == ["added"]
    save(manager, entry(test=[samara], control=[kazan], share=2500), made.pk)
    assert journal()[-1] == (
        "changed",
        {
            "test_branches": [["Казань"], ["Самара"]],
            "control_branches": [["Самара"], ["Казань"]],
            "share": ["50", "25"],
        },
    )


def test_what_runs_stands(branches, manager):
    kazan, samara = branches
    wanted = entry(test=[kazan], control=[samara])
    made = save(manager, wanted)
    operations.start_price_test(test_id=made.pk, actor=manager, now=NOW)
    for refused in (
        lambda: save(manager, wanted, made.pk),
        lambda: operations.start_price_test(test_id=made.pk, actor=manager, now=NOW),
        lambda: operations.drop_price_test(test_id=made.pk, actor=manager, now=NOW),
    ):
        with pytest.raises(operations.NotOfThisState):
            refused()
    assert PriceTest.objects.get().state == "running"


def test_a_test_ended_before_its_first_day_has_that_day_only(branches, manager):
    kazan, samara = branches
    made = save(manager, entry(test=[kazan], control=[samara]))
    operations.start_price_test(test_id=made.pk, actor=manager, now=NOW)
    operations.end_price_test(test_id=made.pk, on=date(2025, 8, 1), actor=manager, now=NOW)
    assert PriceTest.objects.get().ends_on == date(2025, 9, 1)


def test_a_draft_is_removed(branches, manager):
    made = save(manager, entry(test=branches[:1], draw=Draw.CUSTOMERS))
    operations.drop_price_test(test_id=made.pk, actor=manager, now=NOW)
    assert not PriceTest.objects.exists()
    assert journal()[-1] == ("removed", {"title": ["Старше пяти лет", ""]})


@pytest.mark.parametrize(
    ("arms", "changes", "error"),
    [
        ((0, 1), {}, operations.ArmMissing),
        ((1, 0), {}, operations.ArmMissing),
        ((1, 1), {"price_trial": 3000}, operations.SamePrice),
        ((1, 1), {"ends_on": date(2025, 8, 31)}, operations.EndsBeforeStart),
    ],
)
def test_what_is_wrong_is_said(branches, manager, arms, changes, error):
    test, control = branches[:1][: arms[0]], branches[1:][: arms[1]]
    with pytest.raises(error):
        save(manager, entry(test=test, control=control, **changes))
    assert not PriceTest.objects.exists()


def test_a_branch_is_of_one_arm(branches, manager):
    with pytest.raises(operations.ArmsOverlap):
        save(manager, entry(test=branches, control=branches[1:]))


def test_who_does_not_see_a_branch_neither_makes_nor_sees_the_test(branches, manager):
    kazan, samara = branches
    both, drawn = (
        save(manager, entry(test=[kazan], control=[samara])),
        save(manager, entry(test=[kazan], draw=Draw.CUSTOMERS)),
    )
    of_kazan = Actor(code="user:0", branch_ids=frozenset({kazan.pk}), role=Role.MANAGER)
    assert list(price_tests.visible_to(manager)) == [drawn, both]
    assert list(price_tests.visible_to(of_kazan)) == [drawn]
    with pytest.raises(BeyondScope):
        save(of_kazan, entry(test=[kazan], control=[samara]))
    with pytest.raises(PriceTest.DoesNotExist):
        operations.start_price_test(test_id=both.pk, actor=of_kazan, now=NOW)
