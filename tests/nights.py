"""A small base in the database for tests of the night: people whose cars are due, with the ids of a source."""

from datetime import UTC, date, datetime, time, timedelta

from vernost.accounts.models import Branch, LegalEntity, Source
from vernost.automation.models import NightRun
from vernost.automation.operations import nights as automation
from vernost.core.actor import system
from vernost.customers.models import ConsentStatement, ContactAddress, Customer
from vernost.invitations.models import Cycle, Decision, Invitation, InvitationEvent, Programme
from vernost.vehicles.models import Ownership, Vehicle
from vernost.workshop.models import RepairOrder

TODAY = date(2026, 11, 30)
YEAR_AGO = date(2025, 11, 15)
NIGHT = system("night")
# The standing ones, the highest first.
PROGRAMMES = [
    "recall",
    "warranty_end",
    "next_service",
    "first_service",
    "deferred_work",
    "repurchase",
    "lost",
    "courtesy",
    "seasonal",
]


def at(day, hour=3):
    return datetime.combine(day, time(hour), UTC)


def source():
    return Source.objects.get_or_create(code="dms")[0]


def branch(**more):
    return Branch.objects.create(name=more.pop("name", "Казань"), **more)


def person(number, *, branch=None, consent=False, serviced_on=YEAR_AGO, margin=None):
    """A customer with a telephone and one car, serviced a year ago; everybody has the same number."""
    imported = {"source": source()}
    customer = Customer.objects.create(full_name=f"Customer {number}", external_id=f"C-{number}", **imported)
    ContactAddress.objects.create(customer=customer, kind="phone", value=f"+7917{number:07}")
    if consent:
        ConsentStatement.objects.create(customer=customer, calls=True)
    car = Vehicle.objects.create(make="Lada", model="Vesta", external_id=f"V-{number}", branch=branch, **imported)
    Ownership.objects.create(vehicle=car, customer=customer)
    if serviced_on:
        order(car, serviced_on, external_id=f"O-{number}", kind="maintenance", amount=margin)
    return customer, car


def told_company(customer, company, *, given, on):
    """Let the customer say yes or no to calls by a company of the group."""
    ConsentStatement.objects.create(
        customer=customer, calls=given, on=on, legal_entity=company, origin=f"paper@{company.pk}"
    )


def company(name):
    return LegalEntity.objects.create(name=name)


def order(car, on, *, external_id, **more):
    plain = {"kind": "repair", "status": "closed", "closed_on": on, "customer": car.ownerships.get().customer}
    return RepairOrder.objects.create(
        vehicle=car, source=source(), external_id=external_id, opened_on=on, branch=car.branch, **plain | more
    )


def run(day=TODAY, **more):
    return automation.run_night(as_of=day, actor=NIGHT, now=more.pop("now", at(day)), **more)


def counts(night):
    """Programmes that found somebody: {code: (candidates, invited, suppressed)}."""
    return {
        each.programme: (each.candidates, each.invited, dict(each.suppressed))
        for each in night.programmes
        if each.candidates
    }


def only(*codes):
    """Leave these of the standing programmes switched on, without a control group."""
    Programme.objects.exclude(code__in=codes).update(active=False)
    Programme.objects.update(control_share=0)


def written():
    """Everything that a night writes, to compare before and after."""
    return [list(model.objects.order_by("pk").values()) for model in (Cycle, Invitation, InvitationEvent, Decision)]


def forget():
    """Take a night back, as if it had not been."""
    for model in (InvitationEvent, Invitation, Cycle, Decision, NightRun):
        model.objects.all().delete()


def decisions():
    rows = Decision.objects.order_by("programme__rank", "vehicle_id", "since").select_related("programme", "vehicle")
    return [(row.programme.code, row.vehicle.external_id, row.reason, row.since, row.until) for row in rows]


def days_later(number):
    return TODAY + timedelta(days=number)
