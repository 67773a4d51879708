"""Who is meant by a card: all cards of his, his cars, the marks by which he is recognised."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection

from vernost.accounts import source_ids
from vernost.accounts.source_ids import Imported
from vernost.core.actor import Actor
from vernost.core.references import Reference, references
from vernost.core.wall import whole_group_rows
from vernost.customers.models import ContactAddress, Customer
from vernost.customers.queries import visible_to
from vernost.customers.queries.ledger import family_of
from vernost.privacy import rules
from vernost.privacy.models import ErasedKey, Salt
from vernost.privacy.rules import Marks
from vernost.vehicles.models import RecallEntry, Vehicle

# A car is his where he has owned it and nobody else has. One without an owner, where only he has come with it.
_OWNERS = "SELECT vehicle_id, customer_id FROM vehicles_ownership WHERE vehicle_id = ANY(%(cars)s)"


@dataclass(frozen=True, slots=True)
class Person:
    """`customers`: his card first, then those merged into it. `keys` are (kind of file, source, key, what it names).

    `told` are the API's ids of him, his cars and calls as messages have them, each with the one that it has after the
    erasure; `answered`, as answers to records that were brought in have them.
    """

    customers: list[int]
    vehicles: list[int]
    marks: Marks
    keys: list[tuple[str, int, str, int | None]]
    told: list[tuple[str, str]]
    answered: list[str]


# Who he is follows from the rows of every branch.
@whole_group_rows()
def person(actor: Actor, customer_id: int) -> Person:
    """Return the person; `Customer.DoesNotExist` beyond the actor's scope and where he is erased."""
    card = visible_to(actor).get(pk=customer_id)
    ids = family_of(card.pk)
    cars = list(Vehicle.objects.filter(pk__in=cars_of(ids)))
    cards = list(Customer.objects.filter(pk__in=ids))
    addresses = list(ContactAddress.objects.filter(customer_id__in=ids).values_list("kind", "value"))
    names = {name for card in cards for name in _names(card)}
    vins = {car.vin for car in cars if car.vin}
    recalls = RecallEntry.objects.filter(vin__in=vins)
    named = list(_named_by_sources(ids))
    marks = rules.marks(
        names=names,
        emails=[value for kind, value in addresses if kind in {"email", "messenger"}],
        phones=[value for kind, value in addresses if kind == "phone"],
        cars=[number for car in cars for number in (car.vin, car.plate)],
    )
    return Person(
        customers=ids,
        vehicles=sorted(car.pk for car in cars),
        marks=marks,
        keys=[
            *(
                ("customers", one.source_id, one.external_id, one.pk)
                for one in cards
                if one.source_id and one.external_id
            ),
            *(
                ("vehicles", one.source_id, one.external_id, one.pk)
                for one in cars
                if one.source_id and one.external_id
            ),
            *((file, row.source_id, row.external_id, None) for file, row in named),
            *(("recalls", one.source_id, f"{one.code}\x1f{one.vin}", None) for one in recalls),
        ],
        # Of most calls the id tells nothing of who it was.
        told=[
            *_told(cards, "customer_id", "merged_id"),
            *_told(cars, "vehicle_id"),
            *_told([row for _file, row in named if marks.are_in(row.external_id)], "id"),
        ],
        answered=[old for old, _new in _told([*cards, *cars], "id")],
    )


def _named_by_sources(customer_ids: list[int]) -> Iterator[tuple[str, Any]]:
    """Yield (kind of file, row) of his rows by whose ids of a source nothing else refers to them."""
    models = {model._meta.db_table: model for model in apps.get_models()}  # noqa: SLF001 - Django's public name for it
    for one in references:
        if one.file:
            rows = models[one.table]._default_manager.filter(**{f"{one.column}__in": customer_ids})  # noqa: SLF001 - as above
            for row in rows.exclude(external_id=None).only("source_id", "external_id"):
                yield one.file, row


def _told(rows: Sequence[Imported], *names: str) -> list[tuple[str, str]]:
    refs = source_ids.load()
    # While it was the only source in use, taken to be the oldest of them, its ids were told without its name.
    first = dataclasses.replace(refs, in_use=frozenset(sorted(refs.in_use)[:1]))
    return [
        pair
        for row in rows
        if row.source_id
        for ref in {refs.of(row), *([first.of(row)] if row.source_id in first.in_use else [])}
        for name in names
        for pair in rules.told_instead(name, ref, f"{source_ids.OWN}:{row.pk}")
    ]


def _names(card: Customer) -> set[str]:
    first, middle, last = card.first_name, card.middle_name, card.last_name
    orders = ((last, first, middle), (first, middle, last), (last, first), (first, last))
    return {card.full_name, *(" ".join(part for part in order if part) for order in orders if all(order[:2]))}


def cars_of(customer_ids: list[int]) -> list[int]:
    """Return the cars of a person that are nobody else's."""
    tables = [one for one in references if one.to == "customer" and one.vehicle]
    his = {"ids": customer_ids}
    seen = _cars("SELECT {vehicle} FROM {table} WHERE {column} = ANY(%(ids)s)", tables, his)
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, {"cars": sorted(seen)})
        owners = cursor.fetchall()
    owned = {car for car, _owner in owners}
    anothers = {car for car, owner in owners if owner not in customer_ids}
    came_with = {**his, "cars": sorted(seen - owned)}
    others = "SELECT {vehicle} FROM {table} WHERE {column} <> ALL(%(ids)s) AND {vehicle} = ANY(%(cars)s)"
    return sorted(seen - anothers - _cars(others, tables, came_with))


def _cars(sql: str, tables: list[Reference], values: dict[str, list[int]]) -> set[int]:
    every = " UNION ".join(sql.format(table=one.table, column=one.column, vehicle=one.vehicle) for one in tables)
    with connection.cursor() as cursor:
        cursor.execute(every, values)
        return {row[0] for row in cursor.fetchall() if row[0] is not None}


def salt() -> bytes | None:
    """Return the salt of the hashed keys, None while nobody was ever erased."""
    found = Salt.objects.first()
    return bytes(found.value) if found else None


def erased_hash_count() -> int:
    return ErasedKey.objects.count()
