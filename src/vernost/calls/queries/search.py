"""Finding a customer by what he says of himself: telephone, plate, VIN or name, from any beginning."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vernost.core import names, plate, vin
from vernost.core.actor import Actor
from vernost.customers import queries as customers
from vernost.customers.models import AddressKind, ContactAddress, CustomerSearchKey, SearchKind
from vernost.vehicles.models import Ownership

# Keys looked through for one beginning; a longer list is no answer to a person.
_KEYS_READ = 1000
_SHORTEST_DIGITS, _SHORTEST_LETTERS = 4, 2
_RUSSIAN_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Found:
    """A customer, his first telephone, and his cars by model and plate."""

    id: int
    name: str
    phone: str
    cars: Sequence[tuple[int, str, str]]


def find(text: str, *, actor: Actor, limit: int) -> list[Found]:
    """Return customers of the actor's branches by name; nothing for a text too short to mean anybody."""
    ids = _candidates(beginnings(text))
    if not ids:
        return []
    rows = customers.visible_to(actor).filter(pk__in=ids).order_by("sort_key", "pk")[:limit]
    chosen = list(rows.only("pk", "full_name"))
    phones, cars = _phones(row.pk for row in chosen), _cars(row.pk for row in chosen)
    return [Found(row.pk, row.full_name, phones.get(row.pk, ""), cars.get(row.pk, ())) for row in chosen]


def beginnings(text: str) -> list[tuple[int, str]]:
    """Return the keys that the text may be the beginning of, by kind."""
    words = names.sort_key(text)
    found: list[tuple[int, str]] = []
    digits = re.sub(r"\D", "", text)
    only_number = not re.sub(r"[\d\s()+.-]", "", text)
    if len(digits) >= _SHORTEST_DIGITS and only_number:
        national = digits[1:] if len(digits) == _RUSSIAN_DIGITS and digits[0] in "78" else digits
        found += [(SearchKind.PHONE, national), (SearchKind.PHONE, f"~{national[::-1]}")]
    if any(letter.isdigit() for letter in text) and len(words) >= _SHORTEST_DIGITS:
        number = vin.fold(text)
        found += [(SearchKind.PLATE, plate.fold(text)), (SearchKind.VIN, number), (SearchKind.VIN, f"~{number[::-1]}")]
    if len(words) >= _SHORTEST_LETTERS and not words.isdigit():
        found.append((SearchKind.NAME, words))
    return [(kind, key) for kind, key in found if key.strip("~")]


def _candidates(keys: Iterable[tuple[int, str]]) -> set[int]:
    """A range and not LIKE: under row-level security only leakproof operators keep their index."""
    ids: set[int] = set()
    for kind, key in keys:
        above = key[:-1] + chr(ord(key[-1]) + 1)
        rows = CustomerSearchKey.objects.filter(kind=kind, key__gte=key, key__lt=above).order_by("key")
        ids.update(rows.values_list("customer_id", flat=True)[:_KEYS_READ])
    return ids


def _phones(customer_ids: Iterable[int]) -> dict[int, str]:
    rows = ContactAddress.objects.filter(customer_id__in=list(customer_ids), kind=AddressKind.PHONE, invalid_on=None)
    return dict(rows.order_by("-position", "-pk").values_list("customer_id", "value"))


def _cars(customer_ids: Iterable[int]) -> dict[int, list[tuple[int, str, str]]]:
    rows = Ownership.objects.filter(customer_id__in=list(customer_ids), owned_until=None, vehicle__scrapped=False)
    cars: dict[int, list[tuple[int, str, str]]] = {}
    for row in rows.select_related("vehicle").order_by("pk"):
        cars.setdefault(row.customer_id, []).append((row.vehicle_id, str(row.vehicle), row.vehicle.plate))
    return cars
