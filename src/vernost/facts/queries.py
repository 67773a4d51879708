"""What the odometer concluded of cars, as pages show it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from vernost.facts.models import VehicleState

METRES = 1000


@dataclass(frozen=True, slots=True)
class Forecast:
    """A car's mileage and next maintenance. `predicted_km` is of the day asked, rounded down; None: unknown."""

    predicted_km: int | None
    rate_m_per_day: int
    last_reading_on: date | None
    last_reading_km: int | None
    last_visit_on: date | None
    service_due_on: date | None
    service_due_from: date | None
    service_due_to: date | None


def forecasts(vehicle_ids: Collection[int], *, on: date) -> dict[int, Forecast]:
    """Return the forecast of each car that has one."""
    return {state.vehicle_id: forecast(state, on) for state in VehicleState.objects.filter(pk__in=vehicle_ids)}


def forecast(state: VehicleState, on: date) -> Forecast:
    predicted = None
    if state.last_reading_km is not None and state.last_reading_on is not None:
        days = max(0, (on - state.last_reading_on).days)
        predicted = state.last_reading_km + state.rate_m_per_day * days // METRES
    return Forecast(
        predicted_km=predicted,
        rate_m_per_day=state.rate_m_per_day,
        last_reading_on=state.last_reading_on,
        last_reading_km=state.last_reading_km,
        last_visit_on=state.last_visit_on,
        service_due_on=state.service_due_on,
        service_due_from=state.service_due_from,
        service_due_to=state.service_due_to,
    )
