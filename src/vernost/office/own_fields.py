"""Administrators' fields as people read them: on a card, in a list, in a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from vernost.core import formats
from vernost.core.actor import Actor
from vernost.core.custom_fields import FieldTarget, targets
from vernost.customers.field_words import words_of
from vernost.customers.models import CustomField
from vernost.customers.queries import fields as queries
from vernost.customers.rules import field_masks, layouts
from vernost.customers.rules.fields import LISTED, Definition, Kind
from vernost.files.models import StoredFile
from vernost.files.rules import PHOTOS
from vernost.reports.exports import Kind as CellKind
from vernost.reports.exports import Value

CELLS: dict[Kind, CellKind] = {Kind.WHOLE: "count", Kind.DECIMAL: "money", Kind.MONEY: "money", Kind.DAY: "day"}


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of one record. `words` is empty where nothing is known; `url` opens a link, a number or a file."""

    definition: Definition
    words: str
    values: Sequence[str] = ()
    url: str = ""
    file: StoredFile | None = None

    @property
    def is_photo(self) -> bool:
        return self.file is not None and self.file.kind in PHOTOS


def target_of(code: str) -> FieldTarget:
    """Return the target; DoesNotExist for a code that is none."""
    if code not in targets:
        raise CustomField.DoesNotExist(code)
    return targets[code]


def target_with_files(code: str) -> FieldTarget:
    """Return a target whose cards have photos and documents; DoesNotExist for any other code."""
    target = target_of(code)
    if not target.files:
        raise CustomField.DoesNotExist(code)
    return target


def title_of(record: Any) -> str:  # noqa: ANN401 - of any target
    """Name a record by what people know it by: a name, a car with its plate, the number of a document."""
    if hasattr(record, "plate"):
        return " ".join(filter(None, [str(record), formats.plate(record.plate) if record.plate else ""]))
    if hasattr(record, "full_name"):
        return str(record)
    return str(record.external_id or record.pk)


def seen_fields(target: str, actor: Actor) -> list[Definition]:
    """Return the fields that the actor sees on a card, in the order of his role's card."""
    known = {one.code: one for one in queries.definitions(target, role=actor.role)}
    saved = queries.layout(target, actor.role) if actor.role else None
    return [known[code] for code in layouts.shown(list(known), saved.fields if saved else ())]


def shown_fields(target: FieldTarget, record_id: int, actor: Actor) -> list[ShownField]:
    return shown_fields_of(target, [record_id], actor)[0]


def shown_fields_of(target: FieldTarget, record_ids: Sequence[int], actor: Actor) -> list[list[ShownField]]:
    """Return all fields that the actor sees, of each record in turn."""
    known = seen_fields(target.code, actor)
    found = queries.values_of(target, record_ids, known)
    held = [found.get(record_id, {}) for record_id in record_ids]
    in_files = [one.code for one in known if one.kind is Kind.FILE]
    files = queries.stored_files([values[code][0] for values in held for code in in_files if code in values])
    return [[_shown(one, values.get(one.code, ()), files, actor) for one in known] for values in held]


def _shown(definition: Definition, values: Sequence[str], files: dict[str, StoredFile], actor: Actor) -> ShownField:
    if not values:
        return ShownField(definition, "")
    if definition.kind is Kind.FILE:
        file = files.get(values[0])
        return ShownField(definition, file.name if file else "", values, file=file)
    is_hidden = field_masks.is_hidden(definition.kind, values[0], actor)
    url = "" if is_hidden else _url(definition, values[0])
    return ShownField(definition, words_of(definition, values, actor), values, url)


def _url(definition: Definition, value: str) -> str:
    if definition.kind is Kind.PHONE:
        return f"tel:{value}"
    if definition.kind is Kind.LINK:
        return value if field_masks.is_page(value) else f"mailto:{value}"
    return ""


_READ: dict[Kind, Callable[[str], Value]] = {
    Kind.WHOLE: int,
    Kind.DECIMAL: Decimal,
    Kind.MONEY: Decimal,
    Kind.DAY: date.fromisoformat,
}


def cell_of(definition: Definition, values: Sequence[str], actor: Actor) -> Value:
    """Return values as a spreadsheet has them: what can be imported again."""
    if not values:
        return None
    if definition.kind in _READ:
        return _READ[definition.kind](values[0])
    if definition.kind in LISTED:
        return "; ".join(definition.titles_of(values))
    if definition.kind is Kind.FLAG or field_masks.is_hidden(definition.kind, values[0], actor):
        return words_of(definition, values, actor)
    return values[0]
