"""The funnel of a month for the home page, and the reports over a mirror that is kept fresh."""

from datetime import date
from decimal import Decimal

import pytest
from tests import march

from vernost import facts
from vernost.accounts.models import User
from vernost.core.actor import Actor, system
from vernost.facts import operations as mirror
from vernost.facts.mirror import MirrorMissing
from vernost.reports import catalogue, queries
from vernost.reports.models import Plan

pytestmark = pytest.mark.django_db(transaction=True)
STAGES = ("targeted", "attempted", "reached", "booked", "arrived", "paid")


@pytest.fixture
def dealership():
    made = march.march()
    Plan.objects.create(month=date(2026, 3, 1), metric="booked", value=10)
    march.build()
    return made


def test_the_month_is_counted_beside_its_plan(dealership):
    found = queries.month_funnel(system("test"), date(2026, 3, 20))
    assert (found.start, found.end, found.refreshed_at) == (date(2026, 3, 1), date(2026, 3, 31), march.NOW)
    assert found.counts == dict(zip(STAGES, [7, 6, 5, 4, 3, 2], strict=True))
    assert (found.revenue, found.plan) == (Decimal(20_000), {"booked": Decimal(10)})
    of_samara = queries.month_funnel(
        Actor(code="user:1", branch_ids=frozenset({dealership.samara.pk})), date(2026, 3, 20)
    )
    assert (list(of_samara.counts.values()), of_samara.revenue, of_samara.plan) == ([2, 2, 2, 2, 2, 1], 8_000, {})


def test_an_operator_of_today_is_in_the_report_after_a_refresh(dealership):
    User.objects.filter(pk=dealership.anna.pk).update(username="akimova")
    mirror.refresh(now=march.NOW)
    report = catalogue.discover()["operators"]
    params = report.Params(from_=date(2026, 3, 1), to=date(2026, 3, 31))
    rows = list(report.rows(facts.connect(), params, actor=system("test")))
    assert [(row["operator"], row["attempts"], row["booked"], row["revenue"]) for row in rows] == [
        ("akimova", 4, 2, "8000.00"),
        ("boris", 2, 1, "12000.00"),
    ]


def test_before_the_first_import_there_is_nothing_to_count():
    march.forget()
    with pytest.raises(MirrorMissing):
        queries.month_funnel(system("test"), date(2026, 3, 20))
