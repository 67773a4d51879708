"""The weeks that the demo plays: what its manager sets, and that its customers answer by the generator's truth."""

from datetime import date

import pytest
from tests import factories, nights, people

from vernost.accounts.models import AuditRecord
from vernost.cli.season import manager
from vernost.cli.season.answers import Answers
from vernost.cli.season.play import NIGHTS
from vernost.core.actor import Role
from vernost.invitations.models import Programme
from vernost.invitations.operations import ensure_standing_programmes
from vernost.reports.queries.operators import scheme_on

pytestmark = pytest.mark.django_db
TODAY = nights.TODAY


@pytest.fixture
def boss():
    ensure_standing_programmes()
    return people.user(Role.MANAGER, last_name="Соколова").as_actor()


def state():
    rows = Programme.objects.filter(code__in=["next_service", "lost", "repurchase", "recall", "seasonal"])
    return {row.code: (row.active, row.control_share, row.daily_limit) for row in rows}


def test_programmes_start_one_after_the_other_and_end_as_a_dealer_would_have_them(boss):
    usual = state()
    steps = []
    for before in (*NIGHTS, 0):
        manager.take_step(before, actor=boss, now=nights.at(TODAY))
        steps.append(state())
    assert (steps[0]["next_service"], steps[0]["lost"], steps[0]["recall"][0]) == (
        (True, 5_000, None),
        (False, 500, None),
        False,
    )
    assert steps[1]["lost"] == (True, 3_000, None)
    assert steps[-1] == usual | {"seasonal": (True, 500, 150)}
    assert set(AuditRecord.objects.filter(subject="programme").values_list("actor", flat=True)) == {boss.code}


def test_the_steps_are_nights_that_are_played():
    assert set(manager.STEPS) - {0} <= set(NIGHTS)
    # Both learning programmes have pairs whose sixty days are over, and none with the large share after that.
    assert [before for before in NIGHTS if before > 60] == [98, 63]


def test_operators_have_a_scheme_from_the_first_month(boss):
    manager.pay_operators(date(2026, 8, 16), actor=boss, now=nights.at(TODAY))
    since, lines = scheme_on(Role.OPERATOR, date(2026, 11, 1))
    assert (since, [line.kpi for line in lines]) == (date(2026, 8, 1), ["reached", "booked", "arrived", "revenue"])


def test_who_comes_anyway_is_not_won_by_a_call(tmp_path):
    (tmp_path / "responses.csv").write_text(
        "vehicle_id,programme,would_come,comes_if_called\nA-1,lost,0,1\nA-2,lost,1,1\nA-3,lost,0,0\n", encoding="utf-8"
    )
    programme = factories.programme(code="lost", kind="lost")
    won = []
    for number in (1, 2, 3):
        car = factories.vehicle(owner=factories.customer())
        car.external_id = f"A-{number}"
        invitation = factories.invitation(programme=programme, vehicle=car, branch=factories.branch(name=f"B{number}"))
        invitation.vehicle = car
        answers = Answers(tmp_path, seed=number)
        won.append(any(answers.of(invitation, TODAY).comes_only_if_called for _call in range(30)))
    assert won == [True, False, False]
