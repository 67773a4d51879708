"""Reads of customers, within what the actor may see."""

from vernost.customers.queries.finding import FoundCar, FoundCustomer, search
from vernost.customers.queries.identities import (
    AddressRow,
    ConsentRow,
    Identity,
    StopRow,
    identity,
    names_of,
    statements_of,
    stops_of,
)
from vernost.customers.queries.visible import visible_to, whose_customer_is_visible_to

__all__ = [
    "AddressRow",
    "ConsentRow",
    "FoundCar",
    "FoundCustomer",
    "Identity",
    "StopRow",
    "identity",
    "names_of",
    "search",
    "statements_of",
    "stops_of",
    "visible_to",
    "whose_customer_is_visible_to",
]
