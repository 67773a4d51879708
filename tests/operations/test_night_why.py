"""Why today, why not: one answer for every programme and car, equal to the night's record."""

from datetime import date, time

import pytest
from django.utils import translation
from tests import nights
from tests.nights import TODAY, at, days_later, only, person, run

from vernost import facts
from vernost.accounts.models import Branch
from vernost.automation.queries import work as queries
from vernost.contacts.models import Interaction
from vernost.core.actor import system
from vernost.customers.models import ChannelStop, Customer
from vernost.customers.queries.duplicates import UnknownCustomer
from vernost.facts import operations as mirror
from vernost.invitations import operations, wording
from vernost.invitations.models import Decision, Programme
from vernost.invitations.queries import decisions, rules
from vernost.invitations.queries.narrow import narrowed
from vernost.invitations.queries.why import exact_answers
from vernost.segments import operations as segments
from vernost.vehicles.models import Ownership, RecallEntry, Vehicle
from vernost.workshop.models import Appointment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def standing():
    operations.ensure_standing_programmes()


def answers(number, as_of=TODAY):
    mirror.refresh(now=at(TODAY))
    return queries.why_of_reference(f"C-{number}", as_of=as_of)


def said(number, as_of=TODAY):
    """Programme, car, state, code and the words, in English as the source has them."""
    return [
        (answer.programme, answer.vehicle, answer.state, answer.code, wording.translated(answer.words))
        for answer in answers(number, as_of)
    ]


@pytest.fixture
def english():
    with translation.override("en"):
        yield


@pytest.mark.usefixtures("english")
def test_every_programme_answers_with_the_condition_that_failed():
    person(1)
    Programme.objects.filter(code="courtesy").update(active=False)
    Programme.objects.filter(code="repurchase").update(starts_on=days_later(1))
    assert said(1) == [
        ("recall", "V-1", "not_candidate", "absent", "The car is in no recall"),
        ("warranty_end", "V-1", "not_candidate", "warranty_unknown", "The warranty of the car is not known"),
        ("next_service", "V-1", "invited", "", "The customer is invited"),
        ("first_service", "V-1", "not_candidate", "not_sold_by_us", "The car was not sold by us"),
        ("deferred_work", "V-1", "not_candidate", "absent", "No work of this car has been put off"),
        ("repurchase", None, "not_candidate", "not_running", "The programme does not run on this day"),
        ("lost", "V-1", "suppressed", "no_consent", "No consent to advertising"),
        ("courtesy", None, "not_candidate", "programme_off", "The programme is switched off"),
        ("seasonal", "V-1", "not_candidate", "owner_not_active", "The owner is not in the active base"),
        ("seasonal", "V-1", "not_candidate", "owner_not_active", "The owner is not in the active base"),
        ("seasonal", "V-1", "not_candidate", "owner_not_active", "The owner is not in the active base"),
    ]


@pytest.mark.usefixtures("english")
def test_who_has_agreed_to_another_company_is_told_so():
    only("lost")
    customer, _car = person(1, branch=nights.branch(legal_entity=nights.company("Volga")))
    nights.told_company(customer, nights.company("Kama"), given=True, on=days_later(-30))
    [words] = [told[4] for told in said(1) if told[0] == "lost"]
    assert words == "No consent to advertising by the company of the branch “Казань”"
    Customer.objects.get().consents.update(legal_entity=Branch.objects.get().legal_entity)
    assert [told[2:4] for told in said(1) if told[0] == "lost"] == [("invited", "")]


@pytest.mark.usefixtures("english")
def test_the_reason_and_the_facts_of_a_candidate():
    only("next_service")
    person(1)
    answer = next(row for row in answers(1) if row.programme == "next_service")
    assert wording.translated(answer.reason) == "Service 2: 12 months since the last one were over on 15.11.2026"
    assert (answer.due_on, answer.anchor, answer.facts) == (
        date(2026, 11, 15),
        "order:O-1",
        {
            "service_number": 2,
            "last_service_on": date(2025, 11, 15),
            "interval_months": 12,
            "interval_km": 15_000,
            "by_date": date(2026, 11, 15),
            "binds": "date",
            "rate_km_per_day": "41.000",
        },
    )


@pytest.mark.usefixtures("english")
def test_a_due_date_outside_the_window_says_when_it_opens_or_closed():
    only("next_service")
    person(1)
    found = [
        next(row for row in said(1, day) if row[0] == "next_service") for day in (date(2026, 10, 1), date(2027, 3, 1))
    ]
    assert found == [
        ("next_service", "V-1", "not_candidate", "too_early", "Due on 15.11.2026: invited from 01.11.2026 on"),
        ("next_service", "V-1", "not_candidate", "over", "Due on 15.11.2026: the time for it ended on 13.02.2027"),
    ]


@pytest.mark.usefixtures("english")
def test_a_suppressed_pair_names_what_holds_it_back():
    only("next_service", "recall")
    cases = {
        "blocked": lambda customer, _car: setattr(customer, "blocked_on", date(2026, 10, 1)),
        "do_not_disturb": lambda customer, _car: ChannelStop.objects.create(
            customer=customer, channel="call", since=date(2026, 10, 2)
        ),
        "open_appointment": lambda customer, car: Appointment.objects.create(
            customer=customer, vehicle=car, starts_at=at(days_later(3)), starts_on=days_later(3), status="booked"
        ),
        "visited_recently": lambda _customer, car: nights.order(car, days_later(-9), external_id="O-99"),
        "contacted_recently": lambda customer, _car: Interaction.objects.create(
            customer=customer, at=at(days_later(-2)), on=days_later(-2), channel="call", direction="out"
        ),
        "outranked": lambda _customer, car: _recall(car),
    }
    for number, change in enumerate(cases.values(), start=1):
        customer, car = person(number)
        change(customer, car)
        customer.save()
    found = [next(row for row in said(number) if row[0] == "next_service")[3:] for number in range(1, 7)]
    assert found == [
        ("blocked", "The customer is blocked since 01.10.2026"),
        ("do_not_disturb", "Asked not to be disturbed on 02.10.2026"),
        ("open_appointment", "Booked for 03.12.2026"),
        ("visited_recently", "The car was with us on 21.11.2026"),
        ("contacted_recently", "Contacted on 28.11.2026; 1 contacts in 90 days"),
        ("outranked", "The car goes to the programme “Отзывная кампания” today"),
    ]


def _recall(car):
    Vehicle.objects.filter(pk=car.pk).update(vin=f"VIN{car.pk}")
    RecallEntry.objects.create(source=nights.source(), code="R-1", vin=f"VIN{car.pk}", starts_on=date(2026, 5, 1))


@pytest.mark.usefixtures("english")
def test_a_customer_without_a_car_and_one_whose_car_is_scrapped():
    only("lost")
    _customer, car = person(1)
    Ownership.objects.all().delete()
    assert said(1)[6] == ("lost", None, "not_candidate", "no_car", "The customer owns no car on this day")
    Ownership.objects.create(vehicle=car, customer=_customer)
    Vehicle.objects.update(scrapped=True)
    assert said(1)[6] == ("lost", "V-1", "not_candidate", "scrapped", "The car is scrapped")


def test_an_unknown_customer_is_said():
    with pytest.raises(UnknownCustomer, match="C-404"):
        answers(404)


def test_who_had_no_room_is_known_by_the_record_and_without_one_by_asking_everybody():
    only("next_service")
    branch = nights.branch(daily_limit=1, bays=1, open_at=time(9), close_at=time(18))
    for number in (1, 2):
        person(number, branch=branch, margin=number * 1200)

    def codes(day=TODAY):
        return [next(row for row in said(number, day) if row[0] == "next_service")[2:4] for number in (1, 2)]

    asked = [("suppressed", "over_capacity"), ("invited", "")]
    assert codes() == asked
    run()
    assert codes() == asked
    assert codes(days_later(1)) == [("invited", ""), ("suppressed", "already_invited")]


def test_the_answer_for_one_is_the_nights_record_of_all():
    Programme.objects.update(control_share=3000)
    companies = nights.company("Volga"), nights.company("Kama")
    branch = nights.branch(daily_limit=4, legal_entity=companies[0])
    for number in range(1, 25):
        customer, car = person(
            number, branch=branch if number % 3 else None, consent=number % 2 == 0, margin=number * 120
        )
        if number % 4 < 2:
            nights.told_company(customer, companies[number % 5 == 0], given=number % 4 == 1, on=days_later(-30))
        if number % 5 == 0:
            nights.order(car, days_later(-number), external_id=f"V-{number}")
        if number % 7 == 0:
            _recall(car)
        if number % 11 == 0:
            customer.addresses.all().delete()
    run()
    compare([range(1, 9), range(9, 24), [24]])


def compare(groups):
    """Hold the narrow decision of each group of customers against the record of the night."""
    question, con = rules.question(TODAY), facts.connect()
    record = {
        (row.programme.code, row.vehicle.external_id, row.anchor): row.reason
        for row in Decision.objects.filter(until=None).select_related("programme", "vehicle")
    }
    found = {}
    cars = dict(Vehicle.objects.values_list("pk", "external_id"))
    for numbers in groups:
        asked = list(
            Customer.objects.filter(external_id__in=[f"C-{number}" for number in numbers]).values_list("pk", flat=True)
        )
        few, keep = narrowed(con, question, asked)
        decision = decisions.by_definition(few, question, keep=keep, explains=True)
        rows = exact_answers(con, few, decision, question, asked, recorded=False)
        found |= {(row["programme"], cars[row["vehicle_id"]], row["anchor"]): row["reason"] for row in rows}
    assert found == record


@pytest.mark.usefixtures("english")
def test_a_programme_of_a_segment_invites_its_customers_only_and_says_so_to_the_others():
    for number in (1, 2):
        person(number)
    chosen = Customer.objects.get(external_id="C-1")
    segment = segments.save_segment(
        segment_id=None,
        title="The company",
        rule={"attribute": "customer_kind", "operator": "in", "value": ["company"]},
        actor=system("test"),
        now=at(TODAY),
    )
    Customer.objects.filter(pk=chosen.pk).update(kind="company")
    only("next_service")
    Programme.objects.filter(code="next_service").update(segment=segment)
    assert [
        (answer[1], answer[2], answer[3]) for number in (1, 2) for answer in said(number) if answer[0] == "next_service"
    ] == [
        ("V-1", "invited", ""),
        ("V-2", "not_candidate", "other_segment"),
    ]
    night = run()
    assert nights.counts(night) == {"next_service": (1, 1, {})}
    assert nights.decisions() == [("next_service", "V-1", "", TODAY, None)]
    with pytest.raises(segments.SegmentInUse):
        segments.remove_segment(segment_id=segment.pk, actor=system("test"), now=at(TODAY))
