"""Reads of cars, as pages show them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from vernost.core.actor import Actor
from vernost.customers.queries import whose_customer_is_visible_to
from vernost.vehicles.models import Ownership, Vehicle


@dataclass(frozen=True, slots=True)
class CarRow:
    """A car of a customer. `owned_until` empty: his today."""

    id: int
    title: str
    plate: str
    vin: str
    year: int | None
    engine: str
    owned_from: date | None
    owned_until: date | None
    sold_on: date | None
    sold_by_us: bool
    warranty_until: date | None
    warranty_km: int | None
    scrapped: bool
    branch: str


def cars_of(customer_id: int) -> list[CarRow]:
    """Return the customer's cars, those of today first, then those he parted with."""
    ownerships = Ownership.objects.filter(customer_id=customer_id).select_related("vehicle__branch")
    rows = [_car_row(ownership) for ownership in ownerships.order_by("owned_from", "pk")]
    return sorted(rows, key=lambda row: (row.owned_until is not None, row.scrapped))


def _car_row(ownership: Ownership) -> CarRow:
    car = ownership.vehicle
    return CarRow(
        id=car.pk,
        title=str(car),
        plate=car.plate,
        vin=car.vin,
        year=car.year,
        engine=car.engine,
        owned_from=ownership.owned_from,
        owned_until=ownership.owned_until,
        sold_on=car.sold_on,
        sold_by_us=car.sold_by_us,
        warranty_until=car.warranty_until,
        warranty_km=car.warranty_km,
        scrapped=car.scrapped,
        branch=car.branch.name if car.branch else "",
    )


def plates_of(vehicle_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return make with model, and the plate, of cars whose ids a report or a decision has given."""
    return {car.pk: (str(car), car.plate) for car in Vehicle.objects.filter(pk__in=vehicle_ids)}


# What ties a car to a branch: rows of subjects above this one, known here by their relation only.
TIES = ("orders", "appointments")


def visible_to(actor: Actor) -> QuerySet[Vehicle]:
    """Return the cars of the actor's branches: kept there, repaired or expected there, or of a customer seen there."""
    # Asked of each owner by himself: a page needs few, and all whom the actor sees may be a million.
    owned = Ownership.objects.filter(whose_customer_is_visible_to(actor), vehicle_id=OuterRef("pk"))
    if actor.own_only:
        return Vehicle.objects.filter(Exists(owned))
    if actor.branch_ids is None:
        return Vehicle.objects.all()
    seen = Q(branch_id__in=actor.branch_ids) | Q(Exists(owned))
    for relation in TIES:
        rows: Any = Vehicle._meta.get_field(relation).related_model  # noqa: SLF001 - Django's public name for it
        seen |= Q(Exists(rows.objects.filter(vehicle_id=OuterRef("pk"), branch_id__in=actor.branch_ids)))
    return Vehicle.objects.filter(seen)
