"""Long lists by pages: the cursor is the place of the last row, so rows that come and go shift nothing."""

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from django.db.models import QuerySet
from ninja import Schema

from vernost.accounts.source_ids import References
from vernost.core.actor import Actor
from vernost.customers import queries as customers
from vernost.vehicles import queries as vehicles

Out = TypeVar("Out")
USUAL: Final = 50


class Page(Schema, Generic[Out]):
    """`next` is the `cursor` of the page that follows, null on the last one."""

    items: list[Out]
    next: str | None


def page_of(
    rows: "QuerySet[Any]", out: Callable[[Any, References], Out], refs: References, *, cursor: str | None, limit: int
) -> Page[Out]:
    """Take a page in the order of our numbers, which only grow."""
    if cursor is not None:
        rows = rows.filter(pk__gt=int(cursor))
    found = list(rows.order_by("pk")[: limit + 1])
    shown = found[:limit]
    more = str(shown[-1].pk) if len(found) > limit else None
    return Page[Out].model_construct(items=[out(row, refs) for row in shown], next=more)


def narrowed(
    rows: "QuerySet[Any]",
    actor: Actor,
    refs: References,
    *,
    customer_id: str | None = None,
    vehicle_id: str | None = None,
    **asked: Any,  # noqa: ANN401 - of the column's type
) -> "QuerySet[Any]":
    """Return the rows of a customer and of a car that the actor sees, and of other lookups; None asks for nothing."""
    if customer_id is not None:
        rows = rows.filter(customer=refs.find(customers.visible_to(actor), customer_id))
    if vehicle_id is not None:
        rows = rows.filter(vehicle=refs.find(vehicles.visible_to(actor), vehicle_id))
    return rows.filter(**{name: value for name, value in asked.items() if value is not None})
