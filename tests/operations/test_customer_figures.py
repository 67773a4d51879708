"""The figures on a card are those of the reports, though they are made of one customer's rows."""

from datetime import date

import pytest
from tests import bases

from vernost.core.actor import Actor, Role, system
from vernost.customers.models import Customer
from vernost.reports.asked import Asked
from vernost.reports.catalogue.customers import customer_figures
from vernost.segments import score_borders
from vernost.segments.one_customer import figures_of, risks_of
from vernost.segments.rules import risks
from vernost.vehicles.models import Vehicle
from vernost.vehicles.queries import brought_by

pytestmark = pytest.mark.django_db(transaction=True)

UNTIL = date(2026, 5, 20)
TESTER = system("tests")
SAME = ("state", "dna_code", "visits", "revenue", "margin", "cumulative_margin", "last_visit_on")


@pytest.mark.slow
def test_figures_and_risks_are_those_of_the_reports():
    from vernost import facts  # noqa: PLC0415 - the engine is of the mirror that the test makes

    with bases.shown(UNTIL):
        Vehicle.objects.update(warranty_km=100_000)
        asked = Asked(facts.connect(), TESTER, UNTIL)
        drawn = score_borders.draw(as_of=UNTIL)
        assert score_borders.newest(UNTIL) == drawn
        everybody = asked.rows(customer_figures(asked))
        events = asked.rows(risks.events(asked, UNTIL, asked.settings))
        for row in everybody:
            pk = row["customer_id"]
            own = figures_of(pk, on=UNTIL, ref=row["ref"], actor=TESTER)
            assert own is not None
            assert {name: getattr(own, name) for name in SAME} == {name: row[name] for name in SAME}, pk
            scores = (own.rfm.r, own.rfm.f, own.rfm.m) if own.rfm else (None, None, None)
            assert (*scores, own.abc) == (row["r"], row["f"], row["m"], row["abc"]), pk
            found = [(one.code, one.on, one.vehicle_id) for one in risks_of(pk, vehicle_ids=brought_by(pk), on=UNTIL)]
            told = [(one["code"], one["on"], one["vehicle_id"]) for one in events if one["customer_id"] == pk]
            assert sorted(found) == sorted(told), pk
        assert sum(row["r"] is not None for row in everybody) > 20
        assert {row["abc"] for row in everybody} == {"A", "B", "C"}
        assert events


def test_money_is_that_of_the_readers_branches():
    with bases.shown(UNTIL) as base:
        own = Actor(code="user:1", branch_ids=frozenset({base.kazan.pk}), role=Role.MANAGER, user_id=1)
        far = Actor(code="user:1", branch_ids=frozenset({base.samara.pk}), role=Role.MANAGER, user_id=1)
        for pk in Customer.objects.values_list("pk", flat=True)[:2]:
            whole, here, there = (figures_of(pk, on=UNTIL, ref="", actor=actor) for actor in (TESTER, own, far))
            assert here.revenue + there.revenue == whole.revenue
            assert (here.state, here.dna_code) == (whole.state, whole.dna_code)


def test_who_came_after_the_mirror_has_no_figures_yet():
    with bases.shown(UNTIL):
        assert figures_of(10**9, on=UNTIL, ref="", actor=TESTER) is None
