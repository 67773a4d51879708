"""The pivot over the mirror: arrays of the star, the walk over them, its answer, the orders of a cell."""

from vernost.reports.queries.pivot.answer import Answer, Figure, answer, follow, forget, key_text, keys_of
from vernost.reports.queries.pivot.engine import Path
from vernost.reports.queries.pivot.orders import (
    MOST_EXPORTED,
    OrderRow,
    OrdersOfCell,
    customers_of_cell,
    orders_of_cell,
)

__all__ = [
    "MOST_EXPORTED",
    "Answer",
    "Figure",
    "OrderRow",
    "OrdersOfCell",
    "Path",
    "answer",
    "customers_of_cell",
    "follow",
    "forget",
    "key_text",
    "keys_of",
    "orders_of_cell",
]
