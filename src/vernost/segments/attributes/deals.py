"""Cars that the customer bought of us, is buying, or traded in."""

from typing import TYPE_CHECKING

from vernost.core.i18n import _
from vernost.segments.attributes import Attribute, Known, Option, attributes
from vernost.segments.attributes.visits import of_branches
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    from ibis.expr.types import Table

OPTIONS = {
    "branch": Option(_("at the branch"), "branches"),
    "deal_kind": Option(_("new or used"), "deal_kinds"),
}


def _deals(known: Known, condition: Condition) -> "Table":
    deals = known.table("deals")
    deals = deals.filter(deals.customer_id.notnull())
    if kinds := condition.option("deal_kind"):
        deals = deals.filter(deals.kind.isin(kinds))
    return of_branches(known, deals, condition)


def _won(known: Known, condition: Condition, *, traded: bool = False) -> "Table":
    deals = _deals(known, condition)
    return deals.filter(
        deals.status == "won",
        (deals.kind == "trade_in") == traded,
        deals.closed_on.between(*condition.within.days(known.as_of)),
    )


def _bought(known: Known, condition: Condition) -> "Table":
    deals = _won(known, condition)
    return deals.group_by("customer_id").aggregate(value=deals.count())


def _bought_on(known: Known, condition: Condition) -> "Table":
    deals = _won(known, condition)
    return deals.group_by("customer_id").aggregate(value=deals.closed_on.max())


def _paid(known: Known, condition: Condition) -> "Table":
    deals = _won(known, condition)
    return deals.group_by("customer_id").aggregate(value=deals.amount.sum().cast("int64"))


def _traded_in(known: Known, condition: Condition) -> "Table":
    deals = _won(known, condition, traded=True)
    return deals.group_by("customer_id").aggregate(value=deals.count())


def _open(known: Known, condition: Condition) -> "Table":
    """Deals open on the day: still open, or closed later."""
    deals = _deals(known, condition)
    begun = deals.opened_on.isnull() | (deals.opened_on <= known.as_of)
    stands = (begun & (deals.status == "open")) | ((deals.opened_on <= known.as_of) & (deals.closed_on > known.as_of))
    deals = deals.filter(stands)
    return deals.group_by("customer_id").aggregate(value=deals.count())


for _code, _title, _type, _absent, _dated, _rows in (
    ("cars_bought", _("Cars bought of us"), Type.NUMBER, 0, True, _bought),
    ("car_bought_on", _("Bought a car last on"), Type.DAY, None, True, _bought_on),
    ("paid_for_cars", _("Paid for cars"), Type.MONEY, 0, True, _paid),
    ("cars_traded_in", _("Cars traded in"), Type.NUMBER, 0, True, _traded_in),
    ("open_deals", _("Deals open now"), Type.NUMBER, 0, False, _open),
):
    attributes.add(
        Attribute(
            code=_code,
            title=_title,
            group="deals",
            type=_type,
            rows=_rows,
            absent=_absent,
            dated=_dated,
            options={"branch": OPTIONS["branch"]} if _code == "cars_traded_in" else OPTIONS,
        )
    )
