"""A card's values as a merge keeps them: JSON, that knows no dates.

The fields that an administrator has added are values too: `field:<id>` holds a list of rows, empty where the card
has none. A row that somebody has written anew is another one, whatever it says.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from vernost.customers.models import Customer, CustomerFieldValue
from vernost.customers.rules import merging

_DAYS = ("birth_date", "created_on", "blocked_on")
_ROW: Final = ("place", "value", "key", "actor")

Values = defaultdict[str, Any]


def card(customer: Customer) -> dict[str, Any]:
    return {column: getattr(customer, column) for column in merging.COLUMNS}


def said_otherwise(rows: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rows of a field say another thing: when and by whom they were written does not count."""
    return [(row["place"], row["value"]) for row in rows] != [(row["place"], row["value"]) for row in others]


def stored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {column: value.isoformat() if isinstance(value, date) else value for column, value in values.items()}


def fields(customer: Customer) -> Values:
    found: Values = defaultdict(list)
    for row in CustomerFieldValue.objects.filter(customer=customer).order_by("field_id", "place"):
        kept = {name: getattr(row, name) for name in _ROW}
        found[merging.field_code(row.field_id)].append({**kept, "at": row.at.isoformat()})
    return found


def shown(customer: Customer) -> Values:
    """Return all that a card says, stored."""
    found = fields(customer)
    found.update(stored(card(customer)))
    return found


def write(customer: Customer, values: Mapping[str, Any]) -> None:
    """Write stored values to a customer."""
    columns = [column for column in values if not merging.is_field(column)]
    for column in columns:
        value = values[column]
        setattr(customer, column, date.fromisoformat(value) if value and column in _DAYS else value)
    if columns:
        customer.save(update_fields=columns)
    by_field = {merging.field_id(column): values[column] for column in values if merging.is_field(column)}
    if by_field:
        CustomerFieldValue.objects.filter(customer=customer, field_id__in=by_field).delete()
        CustomerFieldValue.objects.bulk_create(
            CustomerFieldValue(customer=customer, field_id=field_id, **{**row, "at": datetime.fromisoformat(row["at"])})
            for field_id, rows in by_field.items()
            for row in rows
        )
