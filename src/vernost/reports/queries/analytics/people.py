"""A list of people by name, a page at a time or whole, with the sums that its figure shows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from vernost.core.actor import Actor
from vernost.customers.queries import names_of
from vernost.reports.queries.analytics.look import Base, Look
from vernost.reports.queries.source import branch_names
from vernost.vehicles.models import Ownership
from vernost.vehicles.queries import plates_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

T = TypeVar("T")
# As many keys are looked up in one statement.
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Person:
    """A row of a list: a customer, the car that is meant or his present one, and what is known of him on the day.

    `on` and `amount` are of what the list is about. `customer_id` is None for a car without an owner.
    """

    customer_id: int | None
    vehicle_id: int | None
    customer: str
    car: str
    plate: str
    state: str
    last_visit_on: date | None
    branch: str
    visits: int
    revenue: Decimal
    on: date | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class People:
    """A page of a list, and of the whole of it the rows, the customers and the sum of amounts."""

    refreshed_at: datetime
    rows: Sequence[Person]
    count: int
    customers: int
    amount: Decimal | None
    dated: bool


def people(
    actor: Actor, look: Look, code: str, keys: Mapping[str, str], *, skip: int = 0, limit: int | None = None
) -> People:
    """Return a page of a list, the greatest amount first, then the latest day, of what is due the earliest.

    Raises `UnknownList` for another code.
    """
    from vernost.reports.queries.analytics import lists  # noqa: PLC0415 - a process must not wait for Ibis to wake

    base = Base(actor, look)
    found = base.once(lists.rows_of(base, code, keys))
    (total,) = base.asked.rows(
        found.aggregate(
            count=found.count(),
            customers=found.customer_id.nunique(),
            amount=found.amount.sum().cast("int64"),
            dated=found.on.count(),
        )
    )
    rows = base.asked.rows(_ordered(base, found, code, skip, limit))
    return People(
        refreshed_at=base.refreshed_at,
        rows=_named(actor, rows),
        count=total["count"],
        customers=total["customers"],
        amount=None if total["amount"] is None else Decimal(total["amount"]) / 100,
        dated=total["dated"] > 0,
    )


def pairs(actor: Actor, look: Look, code: str, keys: Mapping[str, str], *, most: int) -> list[tuple[int, int | None]]:
    """Return the customers and cars of a list, each pair once, `most` + 1 of them at most."""
    from vernost.reports.queries.analytics import lists  # noqa: PLC0415 - as above

    base = Base(actor, look)
    found = lists.rows_of(base, code, keys)
    found = found.filter(found.customer_id.notnull()).select("customer_id", "vehicle_id").distinct()
    rows = base.asked.rows(found.order_by("customer_id", "vehicle_id").limit(most + 1))
    return [(row["customer_id"], row["vehicle_id"]) for row in rows]


def customers(actor: Actor, look: Look, code: str, keys: Mapping[str, str]) -> list[int]:
    """Return the customers of a list, each once; `UnknownList` for another code."""
    from vernost.reports.queries.analytics import lists  # noqa: PLC0415 - as above

    base = Base(actor, look)
    found = lists.rows_of(base, code, keys)
    rows = found.filter(found.customer_id.notnull()).select("customer_id").distinct()
    return [row["customer_id"] for row in base.asked.rows(rows)]


def _ordered(base: Base, found: "Table", code: str, skip: int, limit: int | None) -> "Table":
    import ibis  # noqa: PLC0415 - as above

    from vernost.segments.rules import lifecycle, money  # noqa: PLC0415 - as above

    made = money.money(base.asked, base.look.as_of).rename(made_id="customer_id")
    states = lifecycle.states(base.asked, base.look.as_of, base.settings).rename(state_id="customer_id")
    rows = found.left_join(made, [("customer_id", "made_id")]).left_join(states, [("customer_id", "state_id")])
    rows = rows.select(
        *found.columns, "state", "last_visit_on", "last_branch_id", "visits", "revenue", "cumulative_margin"
    )
    # Every column of the row, or pages would not agree about equal ones.
    day = ibis.asc("on") if code == "upcoming" else ibis.desc("on")
    order = [ibis.desc("amount"), day, ibis.desc("revenue"), "customer_id", "vehicle_id"]
    return rows.order_by(order).limit(limit, offset=skip)


def _named(actor: Actor, rows: Sequence[Mapping[str, Any]]) -> list[Person]:
    names: dict[int, str] = {}
    present: dict[int, int] = {}
    for batch in _batches(sorted({row["customer_id"] for row in rows if row["customer_id"]})):
        names |= names_of(batch)
    for batch in _batches([row["customer_id"] for row in rows if row["customer_id"] and not row["vehicle_id"]]):
        present |= _present_cars(batch)
    cars: dict[int, tuple[str, str]] = {}
    for batch in _batches([car for row in rows if (car := row["vehicle_id"])] + list(present.values())):
        cars |= plates_of(batch)
    branches = branch_names(actor)
    # What was removed since the mirror was made has no name any more.
    known = (row for row in rows if row["customer_id"] is None or row["customer_id"] in names)
    return [_person(row, names, present, cars, branches) for row in known]


def _person(
    row: Mapping[str, Any],
    names: Mapping[int, str],
    present: Mapping[int, int],
    cars: Mapping[int, tuple[str, str]],
    branches: Mapping[int, str],
) -> Person:
    car_id = row["vehicle_id"] or present.get(row["customer_id"] or 0)
    car, plate = cars.get(car_id or 0, ("", ""))
    return Person(
        customer_id=row["customer_id"],
        vehicle_id=row["vehicle_id"],
        customer=names.get(row["customer_id"] or 0, ""),
        car=car,
        plate=plate or "",
        state=row["state"] or "",
        last_visit_on=row["last_visit_on"],
        branch=branches.get(row["last_branch_id"] or 0, ""),
        visits=row["visits"] or 0,
        revenue=Decimal(row["revenue"] or 0) / 100,
        on=row["on"],
        amount=None if row["amount"] is None else Decimal(row["amount"]) / 100,
    )


def _present_cars(customer_ids: Collection[int]) -> dict[int, int]:
    """Return the car that each customer came to own last."""
    owned = Ownership.objects.filter(customer_id__in=customer_ids, owned_until=None, vehicle__scrapped=False)
    return dict(owned.order_by("owned_from", "pk").values_list("customer_id", "vehicle_id"))


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
