"""Writes to cars: what they are, who owns, drives and pays for them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate

from vernost.accounts.operations import record_change
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.rights import Sensitive
from vernost.customers.operations import refresh_search_keys
from vernost.customers.queries import visible_to as customers_visible_to
from vernost.vehicles.models import CarRole, Ownership, Vehicle
from vernost.vehicles.queries import visible_to


class OwnsAlready(DomainError):
    code = "owns_already"
    text = _("The customer owns this car already")


class OwnedLater(DomainError):
    code = "owned_later"
    text = _("The car has had another owner since %(since)s: name a later day")


class OwnsSince(DomainError):
    code = "owns_since"
    text = _("The customer owns the car only since %(since)s: name a later day")


class NotTheOwner(DomainError):
    code = "not_the_owner"
    text = _("The customer does not own this car today")


class HasRole(DomainError):
    code = "has_role"
    text = _("The customer has this role already")


@dataclass(frozen=True, slots=True)
class CarEntry:
    """What a car is; VIN and plate folded."""

    make: str
    model: str
    vin: str = ""
    plate: str = ""
    year: int | None = None
    engine: str = ""
    gearbox: str = ""


@transaction.atomic
def add_car(*, customer_id: int, entry: CarEntry, since: date | None, actor: Actor, now: datetime) -> int:
    """Make a car that the customer owns; return its id."""
    customer = customers_visible_to(actor).get(pk=customer_id)
    car = Vehicle.objects.create(**asdict(entry))
    Ownership.objects.create(vehicle=car, customer=customer, owned_from=since)
    refresh_search_keys(customer_ids=[customer_id])
    _record(car.pk, customer_id, "own", actor, now)
    return car.pk


@transaction.atomic
def change_car(*, vehicle_id: int, entry: CarEntry, actor: Actor, now: datetime) -> list[str]:
    """Write what differs; return the names of the changed columns. `Vehicle.DoesNotExist` beyond the actor's scope."""
    car = locked(vehicle_id, actor)
    if entry.vin == sensitive.shown(actor, Sensitive.VIN, car.vin):
        # It comes back as he was told it.
        entry = replace(entry, vin=car.vin)
    changed = {name: value for name, value in asdict(entry).items() if getattr(car, name) != value}
    write_columns(car, changed, actor, now)
    return sorted(changed)


def write_columns(car: Vehicle, changed: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Write columns of a locked car, in the caller's transaction."""
    if not changed:
        return
    fields = {name: [getattr(car, name), value] for name, value in changed.items()}
    for name, value in changed.items():
        setattr(car, name, value)
    car.save(update_fields=list(changed))
    owners = Ownership.objects.filter(vehicle=car, owned_until=None).values_list("customer_id", flat=True)
    refresh_search_keys(customer_ids=list(owners))
    record_change(subject="vehicle", subject_id=car.pk, action="change", fields=fields, actor=actor, now=now)


@transaction.atomic
def begin_ownership(*, customer_id: int, vehicle_id: int, since: date, actor: Actor, now: datetime) -> None:
    """Give a car a new owner from a day on. A resale ends the ownership before it: history stays whose it was."""
    customer = customers_visible_to(actor).get(pk=customer_id)
    car = lock_car(vehicle_id)
    present = Ownership.objects.filter(vehicle=car, owned_until=None).first()
    touched = [customer_id]
    if present is not None and present.customer_id == customer_id:
        raise OwnsAlready
    _check_later(car, since)
    if present is not None:
        present.owned_until = since
        present.save(update_fields=["owned_until"])
        touched.append(present.customer_id)
        _record(vehicle_id, present.customer_id, "part", actor, now)
    Ownership.objects.create(vehicle=car, customer=customer, owned_from=since)
    refresh_search_keys(customer_ids=touched)
    _record(vehicle_id, customer_id, "own", actor, now)


@transaction.atomic
def end_ownership(*, customer_id: int, vehicle_id: int, until: date, actor: Actor, now: datetime) -> None:
    """Say that a customer has parted with a car, to somebody unknown."""
    customers_visible_to(actor).get(pk=customer_id)
    lock_car(vehicle_id)
    own = Ownership.objects.filter(vehicle_id=vehicle_id, customer_id=customer_id, owned_until=None).first()
    if own is None:
        raise NotTheOwner
    if own.owned_from is not None and own.owned_from > until:
        raise OwnsSince(since=own.owned_from)
    own.owned_until = until
    own.save(update_fields=["owned_until"])
    refresh_search_keys(customer_ids=[customer_id])
    _record(vehicle_id, customer_id, "part", actor, now)


@transaction.atomic
def add_role(*, customer_id: int, vehicle_id: int, role: str, since: date, actor: Actor, now: datetime) -> None:
    """Let a customer drive the car of another, or pay for it, from a day on."""
    customer = customers_visible_to(actor).get(pk=customer_id)
    car = lock_car(vehicle_id)
    if CarRole.objects.filter(vehicle=car, customer=customer, role=role, until=None).exists():
        raise HasRole
    CarRole.objects.create(vehicle=car, customer=customer, role=role, since=since, actor=actor.code)
    _record(vehicle_id, customer_id, role, actor, now)


@transaction.atomic
def end_role(*, customer_id: int, role_id: int, actor: Actor, now: datetime) -> None:
    customers_visible_to(actor).get(pk=customer_id)
    role = CarRole.objects.select_for_update().get(pk=role_id, customer_id=customer_id, until=None)
    role.until = max(localdate(now), role.since or localdate(now))
    role.save(update_fields=["until"])
    _record(role.vehicle_id, customer_id, "end_role", actor, now)


def locked(vehicle_id: int, actor: Actor) -> Vehicle:
    """Return a car that the actor sees under a lock."""
    visible_to(actor).values_list("pk").get(pk=vehicle_id)
    return lock_car(vehicle_id)


def lock_car(vehicle_id: int) -> Vehicle:
    """Return the car under a lock: of two who give it away at once the second sees what the first has done."""
    return Vehicle.objects.select_for_update().get(pk=vehicle_id)


def _check_later(car: Vehicle, since: date) -> None:
    """Whoever has had the car, had it before the day: history is not written over."""
    days = Ownership.objects.filter(vehicle=car).aggregate(begun=Max("owned_from"), ended=Max("owned_until"))
    if days["begun"] is not None and days["begun"] >= since:
        raise OwnedLater(since=days["begun"])
    if days["ended"] is not None and days["ended"] > since:
        raise OwnedLater(since=days["ended"])


def _record(vehicle_id: int, customer_id: int, action: str, actor: Actor, now: datetime) -> None:
    record_change(
        subject="vehicle",
        subject_id=vehicle_id,
        action=action,
        fields={"customer": [None, customer_id]},
        actor=actor,
        now=now,
    )
