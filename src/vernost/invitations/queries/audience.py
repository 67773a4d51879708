"""Whom a manager's list or filter means: pairs of a customer and a car for a one-off campaign."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from vernost.core import phone, plate, vin
from vernost.core.actor import Actor
from vernost.core.period import add_months
from vernost.customers.models import AddressKind, ContactAddress, Customer
from vernost.customers.queries import visible_to
from vernost.vehicles.models import Ownership, Vehicle

T = TypeVar("T")
Pair = tuple[int, int | None]

# As many keys are looked up in one statement.
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Audience:
    """`pairs` of customer and car (None: no car is meant), each once; `unknown`: entries that name nobody."""

    pairs: tuple[Pair, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AudienceFilter:
    """Cars of today's owners; empty parts ask for everything. Months since the last visit of the car."""

    branch_ids: frozenset[int] = frozenset()
    make: str = ""
    model: str = ""
    year_from: int | None = None
    year_to: int | None = None
    away_from: int | None = None
    away_to: int | None = None
    never_came: bool = False


def listed(rows: Iterable[Sequence[str]], *, actor: Actor) -> Audience:
    """Read telephones, ids of customers and cars, VINs and plates, mixed as they are.

    Each row means the first of its cells that names somebody. An id goes before a VIN, a VIN before a
    plate, a plate before a telephone; a telephone of several customers means the first of them.
    """
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    found = _look_up(list(dict.fromkeys(cell for row in cells for cell in row)))
    seen = _visible({customer_id for customer_id, _vehicle_id in found.values()}, actor)
    pairs: dict[Pair, None] = {}
    unknown: dict[str, None] = {}
    for row in filter(None, cells):
        pair = next((found[cell] for cell in row if cell in found and found[cell][0] in seen), None)
        if pair:
            pairs[pair] = None
        else:
            unknown["; ".join(row)] = None
    return Audience(pairs=tuple(pairs), unknown=tuple(unknown))


def _look_up(wanted: Sequence[str]) -> dict[str, Pair]:
    found: dict[str, Pair] = {}
    for look_up in (_by_customer_id, _by_vehicle_id, _by_vin, _by_plate, _by_phone):
        left = [entry for entry in wanted if entry not in found]
        for batch in _batches(left):
            found |= look_up(batch)
    return found


def _by_customer_id(entries: Sequence[str]) -> dict[str, Pair]:
    rows = Customer.objects.filter(external_id__in=entries).order_by("-pk")
    # Who was merged is called by the card that stands for him.
    found = rows.values_list("external_id", Coalesce("merged_into", "pk"))
    return {entry: (customer_id, None) for entry, customer_id in found if entry}


def _by_vehicle_id(entries: Sequence[str]) -> dict[str, Pair]:
    rows = Vehicle.objects.filter(external_id__in=entries).order_by("-pk").values_list("external_id", "pk")
    return _owned({entry: vehicle_id for entry, vehicle_id in rows if entry})


def _by_vin(entries: Sequence[str]) -> dict[str, Pair]:
    folded = {entry: vin.fold(entry) for entry in entries}
    rows = Vehicle.objects.filter(vin__in=[each for each in folded.values() if len(each) == vin.LENGTH])
    cars = dict(rows.order_by("-pk").values_list("vin", "pk"))
    return _owned({entry: cars[each] for entry, each in folded.items() if each in cars})


def _by_plate(entries: Sequence[str]) -> dict[str, Pair]:
    folded = {entry: plate.fold(entry) for entry in entries}
    rows = Vehicle.objects.filter(plate__in=[each for each in folded.values() if each])
    cars = dict(rows.order_by("-pk").values_list("plate", "pk"))
    return _owned({entry: cars[each] for entry, each in folded.items() if each in cars})


def _by_phone(entries: Sequence[str]) -> dict[str, Pair]:
    numbers = {entry: number for entry in entries if (number := phone.number_of(entry))}
    rows = ContactAddress.objects.filter(kind=AddressKind.PHONE, value__in=numbers.values(), invalid_on=None)
    owners = dict(rows.order_by("-customer_id").values_list("value", "customer_id"))
    return {entry: (owners[number], None) for entry, number in numbers.items() if number in owners}


def _owned(cars: dict[str, int]) -> dict[str, Pair]:
    rows = Ownership.objects.filter(vehicle_id__in=cars.values(), owned_until=None, vehicle__scrapped=False)
    owners = dict(rows.values_list("vehicle_id", "customer_id"))
    return {entry: (owners[vehicle_id], vehicle_id) for entry, vehicle_id in cars.items() if vehicle_id in owners}


def _visible(customer_ids: Collection[int], actor: Actor) -> set[int]:
    return {
        customer_id
        for batch in _batches(sorted(customer_ids))
        for customer_id in visible_to(actor).filter(pk__in=batch).values_list("pk", flat=True)
    }


def filtered(wanted: AudienceFilter, *, actor: Actor, on: date) -> Audience:
    rows = _cars(wanted, on)
    if actor.branch_ids is not None:
        rows = rows.filter(customer__in=visible_to(actor))
    return Audience(pairs=tuple(rows.order_by("vehicle_id").values_list("customer_id", "vehicle_id")))


def _cars(wanted: AudienceFilter, on: date) -> QuerySet[Ownership]:
    parts = Q(owned_until=None, vehicle__scrapped=False)
    if wanted.branch_ids:
        parts &= Q(vehicle__branch_id__in=wanted.branch_ids)
    if wanted.make:
        parts &= Q(vehicle__make__iexact=wanted.make)
    if wanted.model:
        parts &= Q(vehicle__model__iexact=wanted.model)
    if wanted.year_from is not None:
        parts &= Q(vehicle__year__gte=wanted.year_from)
    if wanted.year_to is not None:
        parts &= Q(vehicle__year__lte=wanted.year_to)
    return Ownership.objects.filter(parts & _away(wanted, on))


def _away(wanted: AudienceFilter, on: date) -> Q:
    if wanted.never_came:
        return Q(vehicle__state__last_visit_on=None)
    away = Q()
    if wanted.away_from is not None:
        away &= Q(vehicle__state__last_visit_on__lte=add_months(on, -wanted.away_from))
    if wanted.away_to is not None:
        away &= Q(vehicle__state__last_visit_on__gt=add_months(on, -wanted.away_to))
    return away


def makes() -> list[tuple[str, str]]:
    """Return the makes and models of the base, for suggestions."""
    rows = Vehicle.objects.order_by("make", "model").values_list("make", "model").distinct()
    return list(rows)


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
