"""Orders of the visits that only a call brought: one more export of the dealership's system."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from vernost.workshop.models import Appointment

COLUMNS = (
    "id",
    "branch_id",
    "customer_id",
    "vehicle_id",
    "opened_at",
    "closed_at",
    "mileage_km",
    "kind",
    "status",
    "amount",
    "cost",
)
KINDS = {"next_service": "maintenance", "first_service": "maintenance", "seasonal": "tyres"}
COST_SHARE = 0.55


@dataclass(frozen=True, slots=True)
class BroughtVisit:
    """An appointment whose customer comes because he was called; `bill` in roubles."""

    appointment: Appointment
    programme_kind: str
    bill: int


def write_export(folder: Path, visits: Sequence[BroughtVisit]) -> None:
    """Write `orders.csv` into the folder, as `vernost import` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "orders.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(_row(visit) for visit in visits)


def _row(visit: BroughtVisit) -> dict[str, object]:
    appointment = visit.appointment
    branch, customer, vehicle = appointment.branch, appointment.customer, appointment.vehicle
    opened = appointment.starts_at.astimezone(ZoneInfo(branch.timezone if branch else "Europe/Moscow"))
    closed = opened + timedelta(hours=3)
    return {
        "id": f"ВЗ{opened:%y%m%d}-{appointment.pk}",
        "branch_id": branch.external_id if branch else "",
        "customer_id": customer.external_id if customer else "",
        "vehicle_id": vehicle.external_id if vehicle else "",
        "opened_at": f"{opened:%Y-%m-%d %H:%M:%S}",
        "closed_at": f"{closed:%Y-%m-%d %H:%M:%S}",
        # Without a reading: an invented one could contradict the car's next true visit.
        "mileage_km": "",
        "kind": KINDS.get(visit.programme_kind, "repair"),
        "status": "closed",
        "amount": visit.bill,
        "cost": round(visit.bill * COST_SHARE),
    }


def due_by(visits: Sequence[BroughtVisit], day: date) -> list[BroughtVisit]:
    return [visit for visit in visits if visit.appointment.starts_on <= day]
