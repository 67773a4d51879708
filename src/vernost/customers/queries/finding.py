"""Finding a customer by what he says of himself: telephone, plate, VIN, name, or a number of the source."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from vernost.core import keyboard, names, plate, sensitive, vin
from vernost.core.actor import Actor
from vernost.core.rights import Sensitive
from vernost.customers.models import AddressKind, ContactAddress, Customer, SearchKind
from vernost.customers.queries.visible import TIES

# How many keys of one beginning are looked through for customers whom the actor may see.
_KEYS_READ = 2000
# A name may begin with the text at several of its words.
_KEYS_EACH = 2
# How many keys of a word are compared with those of another: more than the commonest name has in a million.
_WORDS_COMPARED = 100_000
_SHORTEST_NAME, _SHORTEST_NUMBER, _SHORTEST_COMPARED = 2, 3, 3
_PUNCTUATION = str.maketrans(dict.fromkeys('-«»"()', " "))
_COUNTRY_CODES = ("7", "8")
_NATIONAL_DIGITS = 10

# Operators are leakproof ones: they keep their index under row-level security.
_KEYS = "SELECT customer_id FROM customers_customersearchkey WHERE kind = %s AND key ^@ %s ORDER BY key, customer_id"
_BY_ID = """SELECT c.id AS customer_id FROM accounts_source s
    JOIN customers_customer c ON c.source_id = s.id AND c.external_id ^@ %s"""
_BY_ORDER = """SELECT o.customer_id FROM accounts_source s
    JOIN {orders} o ON o.source_id = s.id AND o.external_id ^@ %s"""
_FIRST = "(SELECT customer_id FROM ({found} LIMIT {read}) found WHERE {visible} LIMIT %s)"
_HAS_WORD = """EXISTS (SELECT FROM customers_customersearchkey short
    WHERE short.customer_id = found.customer_id AND short.kind = 4 AND short.key ^@ %s)"""


_ADVISED = """SELECT FROM customers_customer c JOIN accounts_employee e ON e.id = c.advisor_id
    WHERE c.id = found.customer_id AND e.branch_id = ANY(%s)"""


_SHOWN_TO_SOME = {
    SearchKind.PHONE: Sensitive.PHONE,
    SearchKind.VIN: Sensitive.VIN,
    SearchKind.EMAIL: Sensitive.EMAIL,
}
_OWN = "SELECT FROM customers_customer c WHERE c.id = found.customer_id AND c.advisor_id = %s"


class FoundCar(NamedTuple):
    id: int
    title: str
    plate: str
    vin: str = ""


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A customer as a search shows him: his first usable telephone, and his cars of today."""

    id: int
    ref: str
    name: str
    phone: str
    cars: tuple[FoundCar, ...]


def search(text: str, *, actor: Actor, limit: int) -> list[FoundCustomer]:
    """Find customers by any beginning or end of a telephone or VIN, by plate, words of the name, or numbers.

    Numbers are the source's ids of customers and orders. What finds nobody is tried as words in another
    order. Only customers whom the actor may see are found, and what they are shown by.
    """
    ids = _by_beginnings(text, actor, limit) or _by_words(text, actor, limit)
    if not ids:
        return []
    found = Customer.objects.filter(pk__in=ids).order_by("sort_key", "pk")[:limit]
    rows = list(found.values_list("pk", "external_id", "full_name"))
    shown = [row[0] for row in rows]
    phones, cars = _first_phones(shown), _present_cars(shown)
    phones = {pk: sensitive.shown(actor, Sensitive.PHONE, phone) for pk, phone in phones.items()}
    return [FoundCustomer(pk, ref or "", name, phones.get(pk, ""), cars.get(pk, ())) for pk, ref, name in rows]


def search_keys(text: str) -> list[tuple[int, str]]:
    """Return the keys, by kind, that the text may be the beginning of, in either layout of the keyboard."""
    keys = [*_keys(text), *_keys(keyboard.switched(text))]
    return list(dict.fromkeys((kind, key) for kind, key in keys if key.strip("~")))


def _keys(text: str) -> Iterable[tuple[int, str]]:
    digits = "".join(letter for letter in text if letter in "0123456789")
    if len(digits) >= _SHORTEST_NUMBER and not text.strip("0123456789 ()+-.\u00a0"):
        # «8916…» may begin with the country's 8, or be the end of a number.
        national = digits[1:] if digits[0] in _COUNTRY_CODES and len(digits) <= _NATIONAL_DIGITS + 1 else ""
        yield from ((SearchKind.PHONE, number) for number in (digits, national) if number)
        ending = national if len(digits) > _NATIONAL_DIGITS and national else digits
        yield SearchKind.PHONE, f"~{ending[::-1]}"
    if digits and len(text.strip()) >= _SHORTEST_NUMBER:
        number = vin.fold(text)
        yield SearchKind.PLATE, plate.fold(text)
        yield SearchKind.VIN, number
        yield SearchKind.VIN, f"~{number[::-1]}"
    if "@" in text:
        yield SearchKind.EMAIL, text.strip().lower()
        return
    words = " ".join(_name_words(text))
    if len(words) >= _SHORTEST_NAME and not digits:
        yield SearchKind.NAME, words


def _name_words(text: str) -> list[str]:
    return names.sort_key(text).translate(_PUNCTUATION).split()


def _by_beginnings(text: str, actor: Actor, limit: int) -> list[int]:
    # What one is not shown is not found by either: a search would tell it digit by digit.
    known = [(kind, key) for kind, key in search_keys(text) if is_searched(kind, actor)]
    found: list[tuple[str, list[str | int]]] = [(_KEYS, [int(kind), key]) for kind, key in known]
    number = text.strip()
    if len(number) >= _SHORTEST_NUMBER:
        found += [(_BY_ID, [number]), (_BY_ORDER.format(orders=_table("orders")), [number])]
    return _visible(found, actor, limit)


def _by_words(text: str, actor: Actor, limit: int) -> list[int]:
    """Find those who have all the words, in whatever order."""
    for typed in dict.fromkeys([text, keyboard.switched(text)]):
        words = _name_words(typed)
        if len(words) > 1 and all(word.isalpha() for word in words):
            longest = sorted(words, key=len, reverse=True)
            compared = [word for word in longest if len(word) >= _SHORTEST_COMPARED] or longest[:1]
            keys = f"(SELECT customer_id FROM ({_KEYS} LIMIT {_WORDS_COMPARED}) word)"  # noqa: S608 - ours
            values: list[str | int] = [value for word in compared for value in (int(SearchKind.NAME), word)]
            if ids := _visible([(" INTERSECT ".join([keys] * len(compared)), values)], actor, limit, longest):
                return ids
    return []


def _visible(
    found: Sequence[tuple[str, Sequence[str | int]]], actor: Actor, limit: int, words: Sequence[str] = ()
) -> list[int]:
    """Return the first visible customers of each way of finding, in one statement.

    More keys than customers are read: one of them may have several.
    """
    if not found:
        return []
    short = [word for word in words[1:] if len(word) < _SHORTEST_COMPARED]
    visible, branches = _condition(actor)
    condition = " AND ".join([*[_HAS_WORD] * len(short), visible])
    parts = [_FIRST.format(found=part, read=_KEYS_READ, visible=condition) for part, _values in found]
    values: list[Any] = [value for _part, own in found for value in (*own, *short, *branches, limit * _KEYS_EACH)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return [row[0] for row in cursor.fetchall() if row[0] is not None]


def _condition(actor: Actor) -> tuple[str, list[Any]]:
    """Return `visible_to` as a condition on `found.customer_id`: here each key is asked until enough are found."""
    if actor.own_only:
        return f"EXISTS ({_OWN})", [actor.employee_id]
    if actor.branch_ids is None:
        return "true", []
    # One after the other, and none of them hashed whole: most keys are answered by the first.
    ties = [
        f"SELECT FROM {_table(relation)} tie WHERE tie.customer_id = found.customer_id"
        f" AND tie.branch_id = ANY(%s){' AND tie.ended_at IS NULL' if condition else ''}"
        for relation, condition in TIES
    ]
    return f"EXISTS ({' UNION ALL '.join([*ties, _ADVISED])})", [sorted(actor.branch_ids)] * (len(ties) + 1)


def is_searched(kind: int, actor: Actor) -> bool:
    """Whether the actor may look for customers by keys of a kind."""
    field = _SHOWN_TO_SOME.get(SearchKind(kind))
    return field is None or actor.shows(field)


def _table(relation: str) -> str:
    rows: Any = Customer._meta.get_field(relation).related_model  # noqa: SLF001 - Django's public name for it
    return str(rows._meta.db_table)  # noqa: SLF001 - as above


def _first_phones(customer_ids: Collection[int]) -> dict[int, str]:
    rows = ContactAddress.objects.filter(customer_id__in=customer_ids, kind=AddressKind.PHONE, invalid_on=None)
    return dict(rows.order_by("-position", "-pk").values_list("customer_id", "value"))


def _present_cars(customer_ids: Collection[int]) -> dict[int, tuple[FoundCar, ...]]:
    of_today = {"ownerships__owned_until": None, "ownerships__vehicle__scrapped": False}
    rows = Customer.objects.filter(pk__in=customer_ids, **of_today).order_by("ownerships__pk")
    columns = ("make", "model", "plate", "vin")
    cars: dict[int, tuple[FoundCar, ...]] = {}
    for pk, vehicle_id, make, model, number, code in rows.values_list(
        "pk", "ownerships__vehicle_id", *(f"ownerships__vehicle__{column}" for column in columns)
    ):
        cars[pk] = (*cars.get(pk, ()), FoundCar(vehicle_id, " ".join(filter(None, [make, model])), number, code))
    return cars
