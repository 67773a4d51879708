"""The blocks that cards of customers, cars and orders consist of, and how people of a role see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.customers.queries import fields as queries
from vernost.customers.rules import layouts


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a card: its template is `<folder of the card>/blocks/<code>.html`. A `fixed` one is always shown."""

    code: str
    title: str
    column: str
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """`columns` are the parts of the page from left to right, with what they are called."""

    folder: str
    title: str
    columns: Mapping[str, str]
    blocks: tuple[Block, ...]

    @property
    def codes(self) -> list[str]:
        return [block.code for block in self.blocks]


_TWO: Final = {"who": _("On the left"), "past": _("On the right")}

CARDS: Final[Mapping[str, Card]] = {
    "customer": Card(
        "customers",
        _("Customer"),
        {"who": _("On the left"), "past": _("In the middle"), "now": _("On the right")},
        (
            Block("contacts", _("Name and contacts"), "who", fixed=True),
            Block("fields", _("Fields"), "who"),
            Block("people", _("Household, contact persons"), "who"),
            Block("consents", _("Consents"), "who"),
            Block("files", _("Photos and documents"), "who"),
            Block("notes", _("Writing a note"), "past"),
            Block("history", _("History"), "past"),
            Block("next", _("What to do next"), "now"),
            Block("cars", _("Cars"), "now"),
            Block("figures", _("Value and state"), "now"),
            Block("risks", _("Points of risk"), "now"),
            Block("why", _("Why invited today, why not"), "now"),
        ),
    ),
    "vehicle": Card(
        "vehicles",
        _("Car"),
        _TWO,
        (
            Block("car", _("The car itself"), "who", fixed=True),
            Block("mileage", _("Mileage and maintenance"), "who"),
            Block("fields", _("Fields"), "who"),
            Block("people", _("People"), "who"),
            Block("files", _("Photos and documents"), "who"),
            Block("history", _("History"), "past"),
        ),
    ),
    "order": Card(
        "orders",
        _("Order"),
        _TWO,
        (
            Block("order", _("The order itself"), "who", fixed=True),
            Block("fields", _("Fields"), "who"),
            Block("origin", _("Where it came from"), "who"),
            Block("files", _("Photos and documents"), "who"),
            Block("lines", _("Works and parts"), "past"),
            Block("declined", _("Put off by the customer"), "past"),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A column of a card as a role sees it: its blocks in order, each with whether it is shown."""

    title: str
    blocks: Sequence[tuple[Block, bool]]


def placed(target: str, said: Sequence[str]) -> list[Placed]:
    """Return the columns from left to right; what is new since somebody arranged them stands last."""
    card = CARDS[target]
    known = {block.code: block for block in card.blocks}
    order = [(known[code], is_shown or known[code].fixed) for code, is_shown in layouts.arranged(card.codes, said)]
    return [
        Placed(title, [(block, is_shown) for block, is_shown in order if block.column == column])
        for column, title in card.columns.items()
    ]


def layout_of(target: str, actor: Actor) -> dict[str, list[str]]:
    """Return the templates of the blocks that the actor is shown, by column."""
    card = CARDS[target]
    saved = queries.layout(target, actor.role) if actor.role else None
    columns = placed(target, saved.blocks if saved else ())
    return {
        code: [f"office/{card.folder}/blocks/{block.code}.html" for block, is_shown in column.blocks if is_shown]
        for code, column in zip(card.columns, columns, strict=True)
    }
