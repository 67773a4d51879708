"""Blocks of the customer's card: which there are, and which of them people of a role see, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

from vernost.core.i18n import _
from vernost.core.registry import Registry
from vernost.customers.queries.fields import layout
from vernost.customers.rules import layouts

TARGET = "customer"


@dataclass(frozen=True, slots=True)
class CardBlock:
    """`template` is included with what the card's view gives; `side` is the column, aside or main."""

    code: str
    title: str
    template: str
    side: str


blocks: Registry[CardBlock] = Registry("blocks of the card")

for _block in (
    CardBlock("identity", _("Who it is, contacts"), "office/customers/_identity.html", "aside"),
    CardBlock("fields", _("Fields of your own"), "office/customers/_fields.html", "aside"),
    CardBlock("consents", _("Consent to advertising"), "office/customers/_consents.html", "aside"),
    CardBlock("cars", _("Cars"), "office/customers/_cars.html", "main"),
    CardBlock("why", _("Why today, why not"), "office/customers/_why.html", "main"),
    CardBlock("history", _("History"), "office/customers/_history.html", "main"),
):
    blocks.add(_block)


def shown_blocks(role: str | None) -> dict[str, Sequence[CardBlock]]:
    """Return the blocks that people of a role see, by the column that they stand in."""
    saved = layout(TARGET, role) if role else None
    codes = layouts.shown([one.code for one in blocks], saved.blocks if saved else ())
    return {side: [blocks[code] for code in codes if blocks[code].side == side] for side in ("aside", "main")}
