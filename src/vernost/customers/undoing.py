"""How changes of a customer's card are taken back: who he is, his telephones and e-mails."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q

from vernost.core import names, sensitive
from vernost.core.actor import Actor
from vernost.core.undo import Fields, Line, Undo, undos
from vernost.customers.models import AddressKind, ContactAddress, Customer
from vernost.customers.operations import editing
from vernost.customers.operations.editing import CardEntry
from vernost.customers.rules.card_titles import OF_THE_SOURCE, RIGHT, VERIFIED, WRONG

_COLUMNS: Final = frozenset(CardEntry.__slots__) | {"full_name", "blocked_on"}
_DAYS: Final = ("birth_date", "blocked_on")
_ADDRESSES: Final = {f"{kind}s": kind for kind in (AddressKind.PHONE.value, AddressKind.EMAIL.value)}

_Address = tuple[int, str, str]


def _standing(lines: Sequence[Line]) -> Mapping[int, Mapping[str, Any]]:
    """Cards that were merged into others or emptied by an erasure say nothing any more."""
    known = [line for line in lines if all(_is_known(name, both) for name, both in line.fields.items())]
    cards = Customer.objects.filter(merged_into=None, erased_at=None).in_bulk({int(line.subject_id) for line in known})
    standing = [line for line in known if int(line.subject_id) in cards]
    addresses = _addresses(standing)
    return {
        line.id: {
            name: _address_now(addresses, _address(line.subject_id, name, both), both)
            if name in _ADDRESSES
            else editing.plain(getattr(cards[int(line.subject_id)], name))
            for name, both in line.fields.items()
        }
        for line in standing
    }


def _is_known(name: str, both: Sequence[Any]) -> bool:
    return name in _COLUMNS or (name in _ADDRESSES and sensitive.HIDDEN not in both)


def _addresses(lines: Sequence[Line]) -> dict[_Address, ContactAddress]:
    asked = {
        _address(line.subject_id, name, both)
        for line in lines
        for name, both in line.fields.items()
        if name in _ADDRESSES
    }
    if not asked:
        return {}
    where = Q()
    for customer_id, kind, value in asked:
        where |= Q(customer=customer_id, kind=kind, value=value)
    found = ContactAddress.objects.filter(where).prefetch_related("checks")
    return {(one.customer_id, one.kind, one.value): one for one in found}


def _address(subject_id: str, name: str, both: Sequence[Any]) -> _Address:
    """An address came or went (`[None, value]`, `[value, None]`), or was marked (`[value, WRONG]`)."""
    before, after = both
    return int(subject_id), _ADDRESSES[name], before if before is not None else after


def _address_now(addresses: Mapping[_Address, ContactAddress], asked: _Address, both: Sequence[Any]) -> Any:  # noqa: ANN401 - as the journal holds it
    one = addresses.get(asked)
    if one is None:
        return None
    if both[0] is not None and both[1] is not None:
        return RIGHT if one.invalid_on is None else WRONG
    if one.invalid_on is not None:
        return WRONG
    if one.merge_id is not None or one.imported:
        return OF_THE_SOURCE
    return VERIFIED if one.checks.all() else one.value


def _back(subject_id: str, fields: Fields, actor: Actor, now: datetime) -> None:
    customer = editing.locked(int(subject_id), actor)
    columns = {name: before for name, (before, _after) in fields.items() if name in _COLUMNS}
    columns |= {name: date.fromisoformat(columns[name]) for name in _DAYS if columns.get(name)}
    if "full_name" in columns:
        columns["sort_key"] = names.sort_key(columns["full_name"])
    editing.write_columns(customer, columns, actor, now)
    for name, both in fields.items():
        if name in _ADDRESSES:
            _address_back(_address(subject_id, name, both), both[1], actor, now)


def _address_back(address: _Address, after: Any, actor: Actor, now: datetime) -> None:  # noqa: ANN401 - as above
    customer_id, kind, value = address
    who: dict[str, Any] = {"customer_id": customer_id, "actor": actor, "now": now}
    if after is None:
        editing.add_address(**who, kind=kind, value=value)
    elif after in (RIGHT, WRONG):
        marked = ContactAddress.objects.get(customer=customer_id, kind=kind, value=value)
        editing.mark_address(**who, address_id=marked.pk, wrong=after == RIGHT)
    else:
        editing.remove_address(**who, kind=kind, value=value)


def _key(name: str, both: Sequence[Any]) -> str:
    return f"{name} {_address('0', name, both)[2]}" if name in _ADDRESSES else name


undos.add(
    Undo(
        "customer",
        _back,
        right="customers.change",
        action="change",
        lock=lambda subject_id, actor: editing.locked(int(subject_id), actor),
        standing=_standing,
        key=_key,
    )
)
