"""Visits of the customer and what they brought, over a window, by branch and kind of order."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from vernost.core.i18n import _
from vernost.segments.attributes import Attribute, Fast, Ground, Known, Option, Rows, attributes
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    from typing import Any

    from ibis.expr.types import Table, Value
    from numpy.typing import NDArray

OPTIONS = {
    "branch": Option(_("at the branch"), "branches"),
    "order_kind": Option(_("of the kind"), "order_kinds"),
}


def of_branches(known: Known, rows: "Table", condition: Condition) -> "Table":
    """Keep the rows of the branches that the condition names, if it names any."""
    if not (chosen := condition.option("branch")):
        return rows
    branches = known.table("branches")
    return rows.semi_join(branches.filter(branches.ref.isin(chosen)), "branch_id")


def visits_of(known: Known, condition: Condition) -> "Table":
    visits = known.table("visits")
    visits = visits.filter(visits.customer_id.notnull(), visits.on.between(*condition.within.days(known.as_of)))
    if kinds := condition.option("order_kind"):
        visits = visits.filter(visits.kind.isin(kinds))
    return of_branches(known, visits, condition)


def _sums(value: "Callable[[Table], Value]") -> Rows:
    def rows(known: Known, condition: Condition) -> "Table":
        visits = visits_of(known, condition)
        return visits.group_by("customer_id").aggregate(value=value(visits))

    return rows


def _by_loop(measure: str) -> Fast:
    def values(ground: Ground, condition: Condition) -> "NDArray[Any]":
        from vernost.segments import kernels  # noqa: PLC0415 - a list of attributes must not wait for compiled loops

        return kernels.of_visits(ground, condition, measure)

    return values


_NUMBER, _MONEY, _DAY = Type.NUMBER, Type.MONEY, Type.DAY

for _code, _title, _type, _absent, _loop, _value in (
    ("visits", _("Visits (days)"), _NUMBER, 0, "days", lambda visits: visits.on.nunique()),
    ("orders", _("Orders"), _NUMBER, 0, "orders", lambda visits: visits.count()),
    ("revenue", _("Revenue"), _MONEY, 0, "revenue", lambda visits: visits.revenue.sum().cast("int64")),
    ("margin", _("Margin"), _MONEY, 0, "margin", lambda visits: visits.margin.sum().cast("int64")),
    ("greatest_order", _("Greatest order"), _MONEY, None, "", lambda visits: visits.revenue.max().cast("int64")),
    (
        "average_order",
        _("Average order"),
        _MONEY,
        None,
        "",
        lambda visits: (visits.revenue.sum().cast("int64") // visits.count()).cast("int64"),
    ),
    ("last_visit_on", _("Last visit"), _DAY, None, "last", lambda visits: visits.on.max()),
    ("first_visit_on", _("First visit"), _DAY, None, "first", lambda visits: visits.on.min()),
):
    attributes.add(
        Attribute(
            code=_code,
            title=_title,
            group="visits",
            type=_type,
            rows=_sums(_value),
            absent=_absent,
            dated=True,
            options=OPTIONS,
            fast=_by_loop(_loop) if _loop else None,
        )
    )


def _branches(known: Known, condition: Condition) -> "Table":
    visits = visits_of(known, condition).select("customer_id", "branch_id").distinct()
    return visits.join(known.table("branches"), "branch_id").select("customer_id", value="ref")


def _kinds(known: Known, condition: Condition) -> "Table":
    return visits_of(known, condition).select("customer_id", value="kind").distinct()


def _last_branch(known: Known, condition: Condition) -> "Table":
    from vernost.facts.visits import last_visits  # noqa: PLC0415 - a list of attributes must not wait for Ibis

    latest = last_visits(visits_of(known, condition), "customer_id")
    branches = known.table("branches")
    return latest.join(branches, latest.last_branch_id == branches.branch_id).select("customer_id", value="ref")


def _open_orders(known: Known, condition: Condition) -> "Table":
    """Orders opened up to the day and neither closed by then nor cancelled."""
    orders = known.table("orders")
    orders = orders.filter(
        orders.customer_id.notnull(),
        orders.opened_on <= known.as_of,
        orders.status != "cancelled",
        orders.closed_on.isnull() | (orders.closed_on > known.as_of),
    )
    orders = of_branches(known, orders, condition)
    return orders.group_by("customer_id").aggregate(value=orders.count())


def _appointments(known: Known, condition: Condition) -> "Table":
    booked = known.table("appointments")
    booked = booked.filter(booked.customer_id.notnull(), booked.booked_on.isnull() | (booked.booked_on <= known.as_of))
    return of_branches(known, booked, condition)


def _next_appointment(known: Known, condition: Condition) -> "Table":
    booked = _appointments(known, condition)
    booked = booked.filter(booked.status.isin(["booked", "confirmed"]), booked.starts_on >= known.as_of)
    return booked.group_by("customer_id").aggregate(value=booked.starts_on.min())


def _no_shows(known: Known, condition: Condition) -> "Table":
    booked = _appointments(known, condition)
    missed = booked.filter(booked.status == "no_show", booked.starts_on.between(*condition.within.days(known.as_of)))
    return missed.group_by("customer_id").aggregate(value=missed.count())


_BRANCH = {"branch": OPTIONS["branch"]}

for _one in (
    Attribute(
        code="visited_branch",
        title=_("Came to the branch"),
        group="visits",
        type=Type.CHOICE,
        choices="branches",
        rows=_branches,
        many=True,
        dated=True,
        options={"order_kind": OPTIONS["order_kind"]},
    ),
    Attribute(
        code="last_branch",
        title=_("Branch of the last visit"),
        group="visits",
        type=Type.CHOICE,
        choices="branches",
        rows=_last_branch,
    ),
    Attribute(
        code="order_kind",
        title=_("Kinds of orders"),
        group="visits",
        type=Type.CHOICE,
        choices="order_kinds",
        rows=_kinds,
        many=True,
        dated=True,
        options=_BRANCH,
    ),
    Attribute(
        code="open_orders",
        title=_("Orders open now"),
        group="visits",
        type=Type.NUMBER,
        rows=_open_orders,
        absent=0,
        options=_BRANCH,
    ),
    Attribute(
        code="next_appointment_on",
        title=_("Next appointment"),
        group="visits",
        type=Type.DAY,
        rows=_next_appointment,
        options=_BRANCH,
    ),
    Attribute(
        code="no_shows",
        title=_("Appointments missed"),
        group="visits",
        type=Type.NUMBER,
        rows=_no_shows,
        absent=0,
        dated=True,
        options=_BRANCH,
    ),
):
    attributes.add(_one)
