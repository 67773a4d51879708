"""The import as it is usually written: each row is looked up and saved by Django's `update_or_create`."""

import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from benchmarks.import_ import SOURCE
from benchmarks.import_daily import Daily, Order
from vernost.accounts.models import Branch, Employee
from vernost.customers.models import Customer
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import RepairOrder

_FIELDS = (
    *("external_id", "branch_id", "customer_id", "vehicle_id", "advisor_id", "opened_on", "opened_time"),
    *("closed_on", "closed_time", "mileage_km", "kind", "status", "amount", "cost"),
)
_LINKS: dict[str, QuerySet[Any]] = {
    "branch_id": Branch.objects.all(),
    "customer_id": Customer.objects.all(),
    "vehicle_id": Vehicle.objects.all(),
    "advisor_id": Employee.objects.all(),
}

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ByRow:
    """The rows of the sample as `update_or_create` leaves them."""

    rows: list[Row]
    seconds_a_row: float


def known_orders(count: int, *, turn: int = 0) -> list[str]:
    """Return the ids of so many orders from anywhere in the years of the base, the same every time of a turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id FROM workshop_repairorder ORDER BY md5(external_id || %s::text) LIMIT %s",
            [turn, count],
        )
        return [one for (one,) in cursor.fetchall()]


def update_or_create(daily: Daily) -> ByRow:
    """Save the sample row by row in one transaction, which is taken back.

    Made easy for the baseline: the ids of what a row refers to are looked up before the clock starts, and
    one commit for all rows is cheaper than one for each.
    """
    links = _links(daily)
    source_id = Branch.objects.filter(source__code=SOURCE).values_list("source_id", flat=True)[0]
    with transaction.atomic():
        started = time.perf_counter()
        for order in daily.sample:
            RepairOrder.objects.update_or_create(
                source_id=source_id, external_id=order["id"], defaults=_values(order, links)
            )
        seconds = time.perf_counter() - started
        rows = stored(daily)
        transaction.set_rollback(True)
    return ByRow(rows, seconds / len(daily.sample))


def stored(daily: Daily) -> list[Row]:
    """Return the rows of the sample as they are in the base."""
    ids = [order["id"] for order in daily.sample]
    found = RepairOrder.objects.filter(source__code=SOURCE, external_id__in=ids)
    return list(found.order_by("external_id").values_list(*_FIELDS))


def _links(daily: Daily) -> dict[str, dict[str, int]]:
    return {
        column: dict(
            records.filter(source__code=SOURCE, external_id__in={order[column] for order in daily.sample}).values_list(
                "external_id", "pk"
            )
        )
        for column, records in _LINKS.items()
    }


def _values(order: Order, links: dict[str, dict[str, int]]) -> dict[str, Any]:
    opened = datetime.strptime(order["opened_at"], "%d.%m.%Y %H:%M:%S")  # noqa: DTZ007 - a wall clock
    status = order["status"] or ("closed" if order["closed_at"] else "open")
    closed = None
    if status == "closed":
        closed = datetime.strptime(order["closed_at"], "%d.%m.%Y %H:%M:%S")  # noqa: DTZ007 - as above
    return {
        **{column: known.get(order[column]) for column, known in links.items()},
        "opened_on": opened.date(),
        "opened_time": opened.time(),
        "closed_on": closed.date() if closed else None,
        "closed_time": closed.time() if closed else None,
        "mileage_km": int(order["mileage_km"]) if order["mileage_km"] else None,
        "kind": order["kind"],
        "status": status,
        "amount": _money(order["amount"]),
        "cost": _money(order["cost"]),
    }


def _money(text: str) -> Decimal | None:
    plain = text.replace("\u00a0", "").replace(" ", "").replace(",", ".")
    return Decimal(plain) if plain else None
