"""The orders behind a cell: every number of a pivot opens to names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from vernost.core.actor import Actor
from vernost.reports.queries.pivot import engine
from vernost.reports.queries.pivot.answer import Opened, counted, scope
from vernost.reports.queries.pivot.names import Names, names
from vernost.reports.queries.pivot.plan import Plan
from vernost.reports.queries.pivot.store import Part
from vernost.reports.rules.pivot import MEASURES, Request, Shown
from vernost.workshop.models import RepairOrder

MOST_EXPORTED = 50_000
_NAMED_AT_ONCE = 5_000
# An order's place in the list: its day, then its id.
_IDS = 1 << 40
_DAY_ZERO = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class OrderRow:
    """Money (roubles) and hours are what the cell counts of the order: some of its lines where it is cut into them."""

    place: int
    order: str
    on: date
    customer_id: int | None
    customer: str
    car: str
    plate: str
    branch: str
    advisor: str
    kind: str
    revenue: Decimal
    margin: Decimal
    labour_hours: Decimal


@dataclass(frozen=True, slots=True)
class OrdersOfCell:
    """A page of the list, the newest first, and the figures of all of it: those of the cell."""

    request: Request
    refreshed_at: datetime
    names: Names
    rows: Sequence[OrderRow]
    visits: int
    customers: int
    vehicles: int
    orders: int
    revenue: Decimal
    margin: Decimal
    labour_hours: Decimal


def orders_of_cell(actor: Actor, request: Request, *, after: int | None, limit: int | None) -> OrdersOfCell:
    """Return the orders that a request counts; a cell is the request with its keys as filters."""
    opened = Opened()
    called = names(opened.mirror, actor)
    whole = _whole(called, request)
    grid = counted(opened, whole, actor, None)
    picked = _all_picked(opened, whole, actor)
    figures = {shown.code: grid.number(shown.code, (), ()) for shown in whole.measures}
    return OrdersOfCell(
        request=request,
        refreshed_at=opened.mirror.refreshed_at,
        names=called,
        rows=_named(_page(picked, after, limit if limit is not None else MOST_EXPORTED)),
        visits=figures["visits"],
        customers=figures["customers"],
        vehicles=figures["vehicles"],
        orders=figures["orders"],
        revenue=Decimal(figures["revenue"]) / 100,
        margin=Decimal(figures["margin"]) / 100,
        labour_hours=Decimal(figures["labour_hours"]) / 100,
    )


def customers_of_cell(actor: Actor, request: Request) -> tuple[Names, list[int]]:
    """Return the customers whose orders a request counts, each once, and how its filters are called."""
    opened = Opened()
    called = names(opened.mirror, actor)
    found = np.unique(_all_picked(opened, _whole(called, request), actor)["customer"])
    return called, [int(id_) for id_ in found if id_ != _NOBODY]


def _whole(called: Names, request: Request) -> Request:
    measured = tuple(Shown(measure) for measure in MEASURES.values() if not measure.ratio)
    return replace(called.resolved(request), rows=(), columns=(), measures=measured, sort=None)


def _all_picked(opened: Opened, whole: Request, actor: Actor) -> NDArray[np.void]:
    plan = Plan(whole, scope(opened, whole, actor), whole.start, whole.end_known, None, (), ())
    return np.concatenate([_picked(plan, part) for part in opened.laid.parts])


_NUMBERS = ("place", "customer", "revenue", "margin", "labour")
_PICKED = np.dtype([(name, np.int64) for name in _NUMBERS])
_NOBODY = -1


def _picked(plan: Plan, part: Part) -> NDArray[np.void]:
    """Return the orders of a part of the star that the plan counts, with what it counts of each."""
    walk = engine.Walk(plan, part)
    layout = part.layout
    chosen = (part.customers & walk.of_segment)[layout.customer].astype(bool)
    for lut, column in zip(walk.luts.table, walk.luts.used, strict=True):
        chosen &= lut[layout.dims[column]] >= 0
    places = np.flatnonzero(chosen)
    values = layout.values[:, places] if not plan.request.of_lines else np.zeros((3, len(places)), np.int64)
    if plan.request.of_lines:
        counts = layout.starts[places + 1] - layout.starts[places]
        of_order = np.repeat(np.arange(len(places)), counts)
        works = np.arange(counts.sum()) + np.repeat(layout.starts[places] - np.cumsum(counts) + counts, counts)
        wanted = walk.works.lut[layout.work[works]] >= 0
        of_order, works = of_order[wanted], works[wanted]
        for number in range(len(values)):
            np.add.at(values[number], of_order, layout.work_values[number, works])
        there = np.bincount(of_order, minlength=len(places)) > 0
        places, values = places[there], values[:, there]
    days = np.array(
        [day.toordinal() - _DAY_ZERO for day in layout.dictionaries["on"] if isinstance(day, date)], np.int64
    )
    found = np.empty(len(places), _PICKED)
    found["customer"] = np.append(layout.customer_ids, _NOBODY)[layout.customer[places]]
    found["place"] = days[layout.dims[0][places]] * _IDS + layout.order_ids[places]
    for name, row in zip(("revenue", "margin", "labour"), values, strict=True):
        found[name] = row
    return found


def _page(picked: NDArray[np.void], after: int | None, limit: int) -> NDArray[np.void]:
    rows = picked if after is None else picked[picked["place"] < after]
    if len(rows) > limit:
        rows = rows[np.argpartition(rows["place"], len(rows) - limit)[len(rows) - limit :]]
    return rows[np.argsort(rows["place"])[::-1]]


def _named(rows: NDArray[np.void]) -> list[OrderRow]:
    found: list[OrderRow] = []
    for first in range(0, len(rows), _NAMED_AT_ONCE):
        piece = rows[first : first + _NAMED_AT_ONCE]
        ids = [int(place) % _IDS for place in piece["place"]]
        orders = RepairOrder.objects.select_related("customer", "vehicle", "branch", "advisor").in_bulk(ids)
        # What was removed since the mirror was made has no name any more.
        found += [_row(orders[id_], row) for id_, row in zip(ids, piece, strict=True) if id_ in orders]
    return found


def _row(order: RepairOrder, row: np.void) -> OrderRow:
    customer, vehicle = order.customer, order.vehicle
    revenue, margin, labour = (Decimal(int(row[name])) / 100 for name in ("revenue", "margin", "labour"))
    return OrderRow(
        place=int(row["place"]),
        order=order.external_id or f"vernost:{order.pk}",
        on=date.fromordinal(int(row["place"]) // _IDS + _DAY_ZERO),
        customer_id=order.customer_id,
        customer=customer.full_name if customer else "",
        car=" ".join(filter(None, [vehicle.make, vehicle.model])) if vehicle else "",
        plate=vehicle.plate or "" if vehicle else "",
        branch=order.branch.name if order.branch else "",
        advisor=order.advisor.name if order.advisor else "",
        kind=order.kind,
        revenue=revenue,
        margin=margin,
        labour_hours=labour,
    )
