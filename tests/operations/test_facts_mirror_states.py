"""The narrow table of the cars' states follows the mirror."""

from datetime import date

import pytest
from tests import factories
from tests.refreshes import LATER, NOW, refresh

from vernost.accounts.models import Source
from vernost.facts import operations
from vernost.facts.models import VehicleState
from vernost.vehicles.models import MaintenancePlan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    return settings.MIRROR_DIR


def test_a_refresh_writes_the_vehicle_states_that_differ():
    car, idle = factories.vehicle(make="KIA"), factories.vehicle(plate="В777ОР16")
    factories.order(vehicle=car, opened_on=date(2025, 7, 3), mileage_km=41_600, kind="maintenance")
    factories.order(vehicle=car, opened_on=date(2025, 12, 30), mileage_km=48_800)
    assert [refresh().vehicle_states, refresh().vehicle_states] == [2, 0]
    of_car = {
        "vehicle_id": car.pk,
        "as_of": NOW.date(),
        "last_reading_on": date(2025, 12, 30),
        "last_reading_km": 48_800,
        # The only car with a rate is its own median: 7 200 km in 180 days.
        "rate_m_per_day": 40_000,
        "last_visit_on": date(2025, 12, 30),
        "last_maintenance_on": date(2025, 7, 3),
        # 15 000 km more at 40 km a day would come later than 12 months.
        "service_due_on": date(2026, 7, 3),
        "service_due_from": None,
        "service_due_to": None,
    }
    of_idle = {
        "vehicle_id": idle.pk,
        "as_of": NOW.date(),
        "last_reading_on": None,
        "last_reading_km": None,
        "rate_m_per_day": 40_000,
        "last_visit_on": None,
        "last_maintenance_on": None,
        "service_due_on": None,
        "service_due_from": None,
        "service_due_to": None,
    }
    assert states() == [of_car, of_idle]
    factories.order(vehicle=idle, opened_on=date(2026, 1, 15))
    # A row that nobody has touched is not looked at; the build from scratch brings it back.
    VehicleState.objects.filter(pk=car.pk).update(last_reading_km=1)
    done = operations.refresh(now=LATER)
    assert (done.kind, done.vehicle_states) == ("changes", 1)
    came = of_idle | {"as_of": LATER.date(), "last_visit_on": date(2026, 1, 15)}
    assert states() == [of_car | {"last_reading_km": 1}, came]
    assert operations.rebuild(now=LATER).vehicle_states == 1
    assert states() == [of_car | {"as_of": LATER.date()}, came]


def states():
    return list(VehicleState.objects.order_by("pk").values())


def test_a_plan_changes_the_states_of_the_cars_that_it_fits():
    car = factories.vehicle(make="KIA", model="Rio")
    factories.order(vehicle=car, opened_on=date(2026, 7, 3), kind="maintenance")
    refresh()
    plans = Source.objects.create(code="dms")
    MaintenancePlan.objects.create(source=plans, make="KIA", model="Rio", interval_months=6, interval_km=10_000)
    assert refresh().vehicle_states == 1
    assert [row["service_due_on"] for row in states()] == [date(2027, 1, 3)]


def test_states_that_a_kill_has_left_behind_are_written_by_the_next_refresh(folder):
    car = factories.vehicle()
    refresh()
    VehicleState.objects.all().delete()
    # As after a kill between the version and its states.
    (folder / "vehicle_states.mark").write_text("00000000", encoding="ascii")
    factories.order(vehicle=factories.vehicle(), opened_on=date(2026, 1, 15))
    assert refresh().vehicle_states == 2
    assert VehicleState.objects.filter(pk=car.pk).exists()
