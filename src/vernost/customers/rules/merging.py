"""What a card takes from another card of the same customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from vernost.core.i18n import _


class Side(StrEnum):
    SURVIVOR = "survivor"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Part:
    """Columns that are chosen together. The first one says whether there is anything."""

    title: str
    columns: tuple[str, ...]


PARTS: Final[Mapping[str, Part]] = {
    "name": Part(
        _("Name of the person or company"), ("full_name", "last_name", "first_name", "middle_name", "sort_key")
    ),
    "kind": Part(_("Person or company"), ("kind",)),
    "inn": Part(_("INN"), ("inn",)),
    "birth_date": Part(_("Date of birth"), ("birth_date",)),
    "gender": Part(_("Gender"), ("gender",)),
    "city": Part(_("City"), ("city",)),
    "address": Part(_("Address"), ("address",)),
    "timezone": Part(_("Time zone"), ("timezone",)),
    "origin": Part(_("Source"), ("origin",)),
    "category": Part(_("Category"), ("category",)),
    "created_on": Part(_("Customer since"), ("created_on",)),
    "blocked": Part(_("Blocked"), ("blocked", "blocked_on", "blocked_reason")),
    "advisor": Part(_("Advisor"), ("advisor_id",)),
}
COLUMNS: Final = tuple(column for part in PARTS.values() for column in part.columns)

Card = Mapping[str, Any]
"""A customer's values by column."""
_FIELD: Final = "field:"


def field_code(field_id: int) -> str:
    """Return by what a field that an administrator has added is known among the parts of a card."""
    return f"{_FIELD}{field_id}"


def is_field(code: str) -> bool:
    return code.startswith(_FIELD)


def field_id(code: str) -> int:
    return int(code.removeprefix(_FIELD))


def suggested(survivor: Card, gone: Card) -> dict[str, Side]:
    """Return for every part whose value the merged card would best have.

    The survivor's own, the other's where it has none; the earlier day of the first acquaintance; and a block
    of either: what somebody was refused for is not undone by a second card.
    """
    return {code: _better(code, survivor, gone) for code in PARTS}


def differing(survivor: Card, gone: Card) -> list[str]:
    """Return the parts in which the cards say two different things."""
    return [
        code
        for code, part in PARTS.items()
        if any(survivor[column] != gone[column] for column in part.columns) and _says(code, gone)
    ]


def applied(survivor: Card, gone: Card, chosen: Mapping[str, Side]) -> dict[str, Any]:
    """Return the columns of the survivor that take the other's value, with it."""
    taken = {**suggested(survivor, gone), **chosen}
    return {
        column: gone[column]
        for code, part in PARTS.items()
        if taken[code] == Side.GONE
        for column in part.columns
        if survivor[column] != gone[column]
    }


def _better(code: str, survivor: Card, gone: Card) -> Side:
    if not _says(code, gone):
        return Side.SURVIVOR
    if not _says(code, survivor):
        return Side.GONE
    if code == "created_on" and gone["created_on"] < survivor["created_on"]:
        return Side.GONE
    return Side.SURVIVOR


def _says(code: str, card: Card) -> bool:
    if code == "blocked":
        # A plain no is as good as nothing.
        return bool(card["blocked"] or (card["blocked"] is None and card["blocked_on"]))
    return card[PARTS[code].columns[0]] not in {None, ""}
