"""The report pages over a March that goes on: what has come since the mirror was built, and what is missing."""

from datetime import date

import pytest
from django.urls import reverse
from tests import factories, march, people
from tests.march import AS_OF, counts, funnel

from vernost.core.actor import Role
from vernost.invitations.models import Invitation, Programme
from vernost.reports.models import Plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dealership():
    with march.shown() as made:
        yield made


def test_the_weakest_stage_is_named_and_opens_those_who_stopped_before_it(client, dealership):
    people.signed_in(client, Role.MANAGER)
    service = Programme.objects.get(code="next_service")
    for _number in range(12):
        factories.invitation(programme=service, branch=dealership.kazan, created_for=march.MARCH)
    for metric in ("targeted", "attempted"):
        Plan.objects.create(month=date(2026, 3, 1), metric=metric, value=100)
    march.build()
    answer = funnel(client)
    insight = answer.context["insight"]
    assert (insight["stage"], insight["points"], insight["missing"], insight["stopped"]) == ("Попытка", "68,4", 13, 13)
    assert client.get(insight["url"]).context["found"].count == 13
    words = "Слабое место: «Попытка» на 68,4 п. п. ниже плана, недобор примерно <b>13</b> приглашений"
    assert words in answer.content.decode()


def test_what_came_after_the_period_counts_only_when_asked_for(client, dealership):
    people.signed_in(client, Role.MANAGER)
    first = Invitation.objects.filter(state="queued", created_for=march.MARCH).get()
    march.attempt(first, 1, dealership.anna, outcome="declined", on=date(2026, 4, 2))
    march.build()
    assert counts(funnel(client).context["page"].total) == [7, 6, 5, 4, 3, 2]
    later = funnel(client, known="now")
    assert counts(later.context["page"].total) == [7, 7, 6, 4, 3, 2]
    reached = later.context["total"].cells[2]
    assert client.get(reached.url).context["found"].count == reached.value


def test_before_the_first_import_the_pages_say_so(client):
    march.forget()
    people.signed_in(client, Role.MANAGER)
    for name in ("office:funnel", "office:effect", "office:operators"):
        answer = client.get(reverse(name))
        assert (answer.status_code, next(each.name for each in answer.templates)) == (200, "office/reports/none.html")


def test_effect_is_told_with_its_interval_where_there_is_enough(client, dealership):
    people.signed_in(client, Role.MANAGER)
    march.crowd(dealership.kazan)
    march.build()
    answer = client.get(reverse("office:effect"), AS_OF)
    (lost,) = [each for each in answer.context["effects"] if each.effect.code == "lost"]
    effect = lost.effect
    assert (effect.invited.pairs, effect.invited.visits, effect.held_out.pairs, effect.held_out.visits) == (
        153,
        62,
        123,
        20,
    )
    assert (effect.verdict, round(effect.uplift.value, 4)) == ("works", round(62 / 153 - 20 / 123, 4))
    assert effect.margin_total.value == pytest.approx(effect.margin.value * 153)
    assert (lost.drawn.low + lost.drawn.width, lost.drawn.value) == (
        pytest.approx(1.0),
        pytest.approx((effect.uplift.value / effect.uplift.high + 1) / 2),
    )
    held_out = lost.arms[1]
    first = client.get(held_out.url)
    rest = client.get(held_out.url + f"&after={first.context['page'].cursor}").context["page"]
    assert (first.context["found"].count, len(first.context["page"].rows), len(rest.rows)) == (123, 50, 50)
    assert {row.id for row in first.context["page"].rows}.isdisjoint(row.id for row in rest.rows)
