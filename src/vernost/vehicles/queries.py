"""Reads of cars, as pages show them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.rights import Sensitive
from vernost.customers.models import CustomerSearchKey, SearchKind
from vernost.customers.queries import visible_to as customers_visible_to
from vernost.customers.queries import whose_customer_is_visible_to
from vernost.vehicles.models import CarRole, Ownership, Vehicle


@dataclass(frozen=True, slots=True)
class CarRow:
    """A car of a customer. `owned_until` empty: his today."""

    id: int
    title: str
    make: str
    model: str
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
    found = ownerships.order_by("owned_from", "pk")
    rows = [_row(ownership.vehicle, ownership.owned_from, ownership.owned_until) for ownership in found]
    return sorted(rows, key=lambda row: (row.owned_until is not None, row.scrapped))


def _row(car: Vehicle, owned_from: date | None, owned_until: date | None) -> CarRow:
    return CarRow(
        id=car.pk,
        title=str(car),
        make=car.make,
        model=car.model,
        plate=car.plate,
        vin=car.vin,
        year=car.year,
        engine=car.engine,
        owned_from=owned_from,
        owned_until=owned_until,
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


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """Who owns, drives or pays for a car, or did. `role` is owner or of `CarRoleKind`.

    `id` None: the actor does not see him. `role_id` is of a `CarRole`.
    """

    id: int | None
    name: str
    role: str
    since: date | None
    until: date | None
    role_id: int | None = None


@dataclass(frozen=True, slots=True)
class CarCard:
    row: CarRow
    gearbox: str
    ref: str
    people: Sequence[OwnerRow]


def car_card(vehicle_id: int, *, actor: Actor) -> CarCard:
    """Return one car with its people; `Vehicle.DoesNotExist` beyond the actor's scope."""
    car = visible_to(actor).select_related("branch").get(pk=vehicle_id)
    owners = Ownership.objects.filter(vehicle=car).select_related("customer").order_by("-owned_from", "-pk")
    roles = CarRole.objects.filter(vehicle=car).select_related("customer").order_by("-since", "-pk")
    people = [
        OwnerRow(row.customer_id, row.customer.full_name, "owner", row.owned_from, row.owned_until) for row in owners
    ]
    people += [
        OwnerRow(row.customer_id, row.customer.full_name, row.role, row.since, row.until, row.pk) for row in roles
    ]
    seen = None
    if actor.branch_ids is not None:
        asked = {row.id for row in people if row.id is not None}
        seen = set(customers_visible_to(actor).filter(pk__in=asked).values_list("pk", flat=True))
    shown = [row if seen is None or row.id in seen else replace(row, id=None, name="") for row in people]
    present = next((row for row in people if row.role == "owner" and row.until is None), None)
    row = _row(car, present.since if present else None, None)
    row = replace(row, vin=sensitive.shown(actor, Sensitive.VIN, row.vin))
    return CarCard(row, car.gearbox, car.external_id or "", sorted(shown, key=lambda each: each.until is not None))


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A car that the customer drives or pays for; `owner` is empty for one whom the actor does not see."""

    role_id: int
    role: str
    vehicle_id: int
    title: str
    plate: str
    since: date | None


def roles_of(customer_id: int) -> list[RoleRow]:
    rows = CarRole.objects.filter(customer_id=customer_id, until=None).select_related("vehicle").order_by("pk")
    return [RoleRow(row.pk, row.role, row.vehicle_id, str(row.vehicle), row.vehicle.plate, row.since) for row in rows]


def known_cars(*, vin: str, plate: str) -> list[Vehicle]:
    """Return the cars with exactly this VIN; without one, the car that stands with this plate on somebody's card."""
    if vin:
        return list(Vehicle.objects.filter(vin=vin).order_by("pk")[:2])
    if not plate:
        return []
    owners = CustomerSearchKey.objects.filter(kind=SearchKind.PLATE, key=plate).values_list("customer_id", flat=True)
    owned = Ownership.objects.filter(customer__in=list(owners[:20]), owned_until=None, vehicle__plate=plate)
    return [row.vehicle for row in owned.select_related("vehicle")[:2]]


def brought_by(customer_id: int) -> dict[int, tuple[str, str]]:
    """Return make with model, and the plate, of the cars that a customer owns or has brought."""
    orders: Any = Vehicle._meta.get_field("orders").related_model  # noqa: SLF001 - Django's public name for it
    owned = Ownership.objects.filter(customer_id=customer_id).order_by().values("vehicle_id")
    came = orders.objects.filter(customer_id=customer_id, vehicle__isnull=False).order_by().values("vehicle_id")
    cars = Vehicle.objects.filter(pk__in=owned.union(came))
    return {car.pk: (str(car), car.plate) for car in cars}
