"""A night: what it writes, once, and what the next one makes of it."""

from datetime import date

import pytest
from tests import factories as make
from tests import nights
from tests.intake import imported
from tests.nights import PROGRAMMES, TODAY, YEAR_AGO, at, counts, days_later, decisions, only, person, run, written

from vernost.accounts import source_ids
from vernost.accounts.models import Source
from vernost.automation.models import NightRun
from vernost.automation.operations.nights import NightBeforeNewest, count_night
from vernost.calls.queries import gate
from vernost.contacts.rules import consent_at
from vernost.core.actor import system
from vernost.customers.models import Customer
from vernost.invitations import operations
from vernost.invitations.models import Cycle, Invitation, InvitationEvent, Programme
from vernost.invitations.rules.control import bucket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def standing():
    operations.ensure_standing_programmes()


def test_a_night_puts_the_due_into_the_queue_with_the_reason_and_its_facts():
    only("next_service")
    branch = nights.branch(timezone="Asia/Yekaterinburg")
    customer, car = person(1, branch=branch, margin=1200)
    night = run()
    assert (night.as_of, counts(night)) == (TODAY, {"next_service": (1, 1, {})})
    invitation = Invitation.objects.select_related("programme", "cycle").get()
    found = {name: getattr(invitation, name) for name in ("customer", "vehicle", "branch", "anchor", "state", "zone")}
    assert found == {
        "customer": customer,
        "vehicle": car,
        "branch": branch,
        "anchor": "order:O-1",
        "state": "queued",
        "zone": "Asia/Yekaterinburg",
    }
    assert (invitation.programme.code, invitation.created_for, invitation.due_on, invitation.expires_on) == (
        "next_service",
        TODAY,
        date(2026, 11, 15),
        date(2027, 2, 13),
    )
    # 1 000 roubles without the tax, drawn to a branch that had no visit in the year.
    assert invitation.value == 25_000
    assert (invitation.reason, invitation.reason_facts) == (
        "service_by_date",
        {
            "service_number": 2,
            "last_service_on": "2025-11-15",
            "interval_months": 12,
            "interval_km": 15000,
            "rate_m_per_day": 41000,
            "by_date": "2026-11-15",
            "binds": "date",
        },
    )
    cycle = invitation.cycle
    assert (cycle.bucket, cycle.held_out, cycle.started_on, cycle.due_on, cycle.branch, cycle.anchor) == (
        bucket("next_service", "C-1", "order:O-1"),
        False,
        TODAY,
        date(2026, 11, 15),
        branch,
        "order:O-1",
    )
    event = InvitationEvent.objects.get()
    assert (event.invitation, event.at, event.actor, event.from_state, event.to_state) == (
        invitation,
        at(TODAY),
        "system:night",
        "",
        "queued",
    )
    assert decisions() == [("next_service", "V-1", "", TODAY, None)]


def test_candidates_are_the_invited_and_all_the_suppressed_and_everything_is_recorded():
    only("next_service", "lost")
    person(1, consent=True)
    person(2)
    person(3)[0].addresses.all().delete()
    assert counts(run()) == {
        "next_service": (3, 2, {"no_contact": 1}),
        "lost": (3, 0, {"no_consent": 2, "outranked": 1}),
    }
    assert decisions() == [
        ("next_service", "V-1", "", TODAY, None),
        ("next_service", "V-2", "", TODAY, None),
        ("next_service", "V-3", "no_contact", TODAY, None),
        ("lost", "V-1", "outranked", TODAY, None),
        ("lost", "V-2", "no_consent", TODAY, None),
        ("lost", "V-3", "no_consent", TODAY, None),
    ]


def test_advertising_asks_for_the_company_of_the_cars_branch_as_the_gate_does():
    only("lost")
    volga, kama = nights.company("Volga"), nights.company("Kama")
    north, south = nights.branch(legal_entity=volga), nights.branch(name="Уфа", legal_entity=kama)
    # By number: the car's branch, whether he said yes to the whole group, and then what to the company Volga.
    said = {
        1: (north, False, True),
        2: (south, False, True),
        3: (north, True, False),
        4: (south, True, False),
        5: (None, False, True),
    }
    cars = {}
    for number, (branch, consent, given) in said.items():
        customer, cars[number] = person(number, branch=branch, consent=consent)
        nights.told_company(customer, volga, given=given, on=YEAR_AGO)
    assert counts(run()) == {"lost": (5, 2, {"no_consent": 3})}
    reasons = {car: reason for _programme, car, reason, _since, _until in decisions()}
    assert reasons == {"V-1": "", "V-2": "no_consent", "V-3": "no_consent", "V-4": "", "V-5": "no_consent"}
    for number, car in cars.items():
        if not Invitation.objects.filter(vehicle=car).exists():
            of = {"customer": car.ownerships.get().customer, "branch": car.branch}
            make.invitation(programme=Programme.objects.get(code="lost"), vehicle=car, **of)
        asked = gate.with_reachability(Invitation.objects.filter(vehicle=car), company="branch__legal_entity")
        allowed = consent_at(gate.reachability_in(asked.get()).statements, TODAY)
        assert allowed is (reasons[f"V-{number}"] == "")


def test_the_same_night_again_gives_the_same_counts_and_writes_nothing():
    Programme.objects.update(control_share=5000)
    for number in range(1, 9):
        person(number, consent=True)
    first = run()
    rows = written()
    assert Cycle.objects.filter(held_out=True).exists()
    assert Cycle.objects.filter(held_out=False).exists()
    run_row = NightRun.objects.values().get()
    again = run(now=at(TODAY, 5))
    assert (counts(again), written(), NightRun.objects.values().get()) == (counts(first), rows, run_row)


def test_the_night_again_adds_those_who_have_come_since():
    only("next_service")
    person(1)
    run()
    person(2)
    assert counts(run(now=at(TODAY, 5))) == {"next_service": (2, 2, {})}
    assert Invitation.objects.count() == 2


def test_the_night_again_mends_the_decisions_of_its_day():
    only("next_service")
    _customer, car = person(1)
    person(2)[0].addresses.all().delete()
    run()
    nights.order(car, TODAY, external_id="O-9", kind="maintenance")
    blocked = person(3)[0]
    blocked.blocked = True
    blocked.save()
    run(now=at(TODAY, 5))
    assert decisions() == [
        ("next_service", "V-1", "", TODAY, None),
        ("next_service", "V-2", "no_contact", TODAY, None),
        ("next_service", "V-3", "blocked", TODAY, None),
    ]


def test_a_decision_is_written_only_when_it_changes():
    only("next_service")
    person(1)
    _second, car = person(2)
    nights.order(car, days_later(-29), external_id="O-9")
    for day in (0, 1, 2, 3):
        run(days_later(day))
    assert decisions() == [
        ("next_service", "V-1", "", TODAY, TODAY),
        ("next_service", "V-1", "already_invited", days_later(1), None),
        ("next_service", "V-2", "visited_recently", TODAY, days_later(1)),
        ("next_service", "V-2", "", days_later(2), days_later(2)),
        ("next_service", "V-2", "already_invited", days_later(3), None),
    ]
    assert list(Invitation.objects.order_by("pk").values_list("created_for", flat=True)) == [TODAY, days_later(2)]


def test_who_is_a_candidate_no_more_has_no_decision_that_stands():
    only("next_service")
    person(1, serviced_on=date(2025, 9, 3))[0].addresses.all().delete()
    run(date(2026, 12, 1))
    run(date(2026, 12, 3))
    assert decisions() == [("next_service", "V-1", "no_contact", date(2026, 12, 1), date(2026, 12, 2))]


def test_a_held_out_pair_stays_held_out_and_is_never_called():
    only("next_service")
    Programme.objects.update(control_share=10_000)
    person(1)
    run()
    Programme.objects.update(control_share=0)
    assert counts(run(days_later(1))) == {"next_service": (1, 0, {"held_out": 1})}
    assert (Invitation.objects.count(), Cycle.objects.count()) == (0, 1)
    assert decisions() == [("next_service", "V-1", "held_out", TODAY, None)]


def test_a_night_before_the_newest_is_refused_and_can_be_counted():
    only("next_service")
    person(1)
    run()
    rows = written()
    with pytest.raises(NightBeforeNewest, match="2026-11-30"):
        run(days_later(-1))
    assert counts(count_night(as_of=days_later(-1), now=at(TODAY))) == {"next_service": (1, 1, {})}
    assert counts(count_night(as_of=days_later(1), now=at(TODAY))) == {"next_service": (1, 0, {"already_invited": 1})}
    assert written() == rows


def test_a_campaign_pair_without_a_car_gets_its_invitation():
    only()
    customer, _car = person(1)
    spring = Programme.objects.get(code="lost")
    spring.pk, spring.code, spring.kind, spring.active = None, "spring", "campaign", True
    spring.message_class = "service"
    spring.params = {"audience": "spring", "title": "Весна", "starts_on": TODAY.isoformat()}
    spring.grace_days = 30
    spring.save()
    spring.members.create(customer=customer)
    run()
    run()
    assert counts(run(days_later(1))) == {"spring": (1, 0, {"already_invited": 1})}
    invitation = Invitation.objects.get()
    assert (invitation.customer, invitation.vehicle, invitation.anchor, invitation.reason_facts) == (
        customer,
        None,
        "campaign:spring",
        {"title": "Весна"},
    )


def test_without_programmes_or_customers_a_night_is_an_empty_one():
    assert counts(run(date(1999, 1, 1))) == {}
    assert [each.programme for each in run().programmes] == PROGRAMMES
    person(1)
    Programme.objects.update(active=False)
    night = run(days_later(1))
    assert (night.programmes, written()) == ((), [[], [], [], []])


def test_the_result_is_remembered_as_it_was_printed():
    only("next_service")
    person(1)
    run()
    night = NightRun.objects.get()
    assert (night.as_of, night.actor, night.started_at) == (TODAY, system("night").code, at(TODAY))
    assert night.result == {
        "programmes": [{"programme": "next_service", "candidates": 1, "invited": 1, "suppressed": {}}]
    }


def test_a_second_source_makes_no_other_cycles(tmp_path):
    only("next_service")
    Programme.objects.update(control_share=500)
    held_out = next(n for n in range(1, 200) if bucket("next_service", f"C-{n}", f"order:O-{n}") < 500)
    invited = next(n for n in range(1, 200) if bucket("next_service", f"C-{n}", f"order:O-{n}") >= 500)
    for number in (held_out, invited):
        person(number)
    first = run()
    assert counts(first) == {"next_service": (2, 1, {"held_out": 1})}
    imported(tmp_path / "crm", {"customers.csv": "id,full_name\nC-900,Иванов Иван\n"}, source="crm", now=at(TODAY))
    again = run(days_later(1))
    assert counts(again) == {"next_service": (2, 0, {"already_invited": 1, "held_out": 1})}
    assert sorted(Cycle.objects.values_list("anchor", "held_out")) == sorted(
        [(f"order:dms:O-{held_out}", True), (f"order:dms:O-{invited}", False)]
    )
    assert list(Invitation.objects.values_list("anchor", "state")) == [(f"order:dms:O-{invited}", "queued")]


def test_a_source_of_which_files_were_only_checked_changes_no_id(tmp_path):
    only("next_service")
    person(1)
    run()
    imported(tmp_path / "crm", {"customers.csv": "id,full_name\nC-9,Иванов Иван\n"}, source="cmr", dry_run=True)
    assert list(Source.objects.order_by("code").values_list("code", "in_use")) == [("cmr", False), ("dms", True)]
    assert (source_ids.load().of(Customer.objects.get()), Invitation.objects.get().anchor) == ("C-1", "order:O-1")
    assert counts(run(days_later(1))) == {"next_service": (1, 0, {"already_invited": 1})}
