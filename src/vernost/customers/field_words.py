"""Values of administrators' fields in words."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.actor import Actor
from vernost.customers.rules import field_masks
from vernost.customers.rules.fields import LISTED, Definition, Kind


def words_of(definition: Definition, values: Sequence[str], actor: Actor) -> str:
    """Return values as a person reads them: numbers and addresses as he is shown them."""
    if not values:
        return ""
    if field_masks.is_hidden(definition.kind, values[0], actor):
        return field_masks.shown(definition.kind, values[0], actor)
    if definition.kind in LISTED:
        return ", ".join(definition.titles_of(values))
    words = _WORDS[definition.kind](values[0]) if definition.kind in _WORDS else values[0]
    return f"{words}{formats.NBSP}{definition.unit}" if definition.unit else words


_WORDS: dict[Kind, Callable[[str], str]] = {
    Kind.FLAG: lambda value: gettext("yes") if value == "1" else gettext("no"),
    Kind.DAY: lambda value: formats.day(date.fromisoformat(value)),
    Kind.PHONE: formats.phone,
    Kind.MONEY: lambda value: formats.roubles_trimmed(Decimal(value)),
    Kind.WHOLE: lambda value: formats.trimmed(Decimal(value)),
    Kind.DECIMAL: lambda value: formats.trimmed(Decimal(value)),
}
