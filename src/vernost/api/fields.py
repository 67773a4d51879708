"""Administrators' fields in JSON: what a record has, and what another system puts in."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final

from django.db.models import Prefetch
from pydantic import Field, StringConstraints

from vernost.api.types import TEXT_PATTERN, Strict
from vernost.core.actor import Actor
from vernost.core.custom_fields import targets
from vernost.customers.queries.fields import values_model
from vernost.customers.rules import field_masks
from vernost.customers.rules.fields import LONGEST_LONG_TEXT, MOST_VALUES, Kind

FieldValueOut = str | bool | int | list[str]
Fields = dict[str, FieldValueOut]

_Code = Annotated[str, StringConstraints(pattern="^x_[a-z0-9_]{1,38}$")]
_Text = Annotated[str, StringConstraints(max_length=LONGEST_LONG_TEXT, pattern=TEXT_PATTERN)]
_Several = Annotated[list[_Text], Field(max_length=MOST_VALUES)]
_Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]
FieldValueIn = bool | int | _Number | _Text | _Several | None
_MOST_FIELDS: Final = 200


ABOUT: Final = "Values by the codes of fields; null takes one away, fields that are not named are left alone."
FieldsSaid = Annotated[
    dict[_Code, FieldValueIn],
    # The schema alone would allow any other name beside those of the pattern.
    Field(max_length=_MOST_FIELDS, description=ABOUT, json_schema_extra={"additionalProperties": False}),
]


class FieldsIn(Strict):
    fields: FieldsSaid


def shown_fields(target: str) -> "Prefetch[Any]":
    """Read the values of the fields in use along with the records, as `shown_fields`."""
    rows = values_model(targets[target]).objects.filter(field__archived_at=None).exclude(field__kind=Kind.FILE)
    return Prefetch("field_values", rows.select_related("field").order_by("field_id", "place"), to_attr="shown_fields")


def of_rows(rows: Iterable[Any], actor: Actor) -> Fields:
    """Return the values by code: numbers without decimals and yes or no as JSON has them, all others as texts."""
    found: Fields = {}
    for row in rows:
        if row.field.kind == Kind.CHOICES:
            several = found.setdefault(row.field.code, [])
            assert isinstance(several, list)  # noqa: S101 - of one field
            several.append(row.value)
        elif row.field.kind == Kind.WHOLE:
            found[row.field.code] = int(row.value)
        elif row.field.kind == Kind.FLAG:
            found[row.field.code] = row.value == "1"
        else:
            found[row.field.code] = field_masks.shown(Kind(row.field.kind), row.value, actor)
    return found


def said(values: Mapping[str, Any]) -> dict[str, str | Sequence[str]]:
    """Return what JSON says as a form would say it."""
    return {code: _text(value) for code, value in values.items()}


def _text(value: Any) -> str | list[str]:  # noqa: ANN401 - what JSON has
    if value is None:
        return ""
    if isinstance(value, bool):
        # A number reads no yes.
        return "yes" if value else "no"
    if isinstance(value, int | float):
        # Without an exponent, which no form has.
        return f"{Decimal(repr(value)):f}"
    texts: str | list[str] = value
    return texts
