"""What both the pages' and the browser's tests of the operator's desk stand on."""

from datetime import time

from django.utils import timezone
from tests import factories as make

from vernost.accounts.models import Source
from vernost.facts.models import VehicleState
from vernost.vehicles.models import MaintenancePlan

ALL_DAY = {"hours_from": time(0), "hours_to": time(23, 59, 59), "weekend_from": time(0), "weekend_to": time(23, 59, 59)}


def driven_car(owner, **more):
    """Return a car of 2022 whose odometer is known today."""
    car = make.vehicle(owner=owner, year=2022, **more)
    today = timezone.localdate()
    VehicleState.objects.create(
        vehicle=car, as_of=today, last_reading_on=today, last_reading_km=48_200, rate_m_per_day=41_000
    )
    return car


def due_by_km(**more):
    """Return an invitation to the fourth maintenance, due today."""
    today = timezone.localdate()
    facts = {"service_number": 4, "interval_km": 15_000, "by_km": today.isoformat(), "rate_m_per_day": 58_000}
    return make.invitation(due_on=today, reason="service_by_km", reason_facts=facts, **more)


def jolion_plan(*, labour_hours):
    MaintenancePlan.objects.create(
        source=Source.objects.create(code="dms"),
        make="HAVAL",
        model="jolion",
        interval_months=12,
        interval_km=15_000,
        labour_hours=labour_hours,
    )
