"""A card's values as a merge keeps them: JSON, that knows no dates."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from vernost.customers.models import Customer
from vernost.customers.rules import merging

_DAYS = ("birth_date", "created_on", "blocked_on")


def card(customer: Customer) -> dict[str, Any]:
    return {column: getattr(customer, column) for column in merging.COLUMNS}


def stored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {column: value.isoformat() if isinstance(value, date) else value for column, value in values.items()}


def write(customer: Customer, values: Mapping[str, Any]) -> None:
    """Write stored values to a customer."""
    for column, value in values.items():
        setattr(customer, column, date.fromisoformat(value) if value and column in _DAYS else value)
    if values:
        customer.save(update_fields=list(values))
