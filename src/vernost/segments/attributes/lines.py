"""Works and parts of the customer's orders: what was bought and what was put off, by category."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from vernost.core.i18n import _
from vernost.segments.attributes import Attribute, Fast, Ground, Known, Option, Rows, attributes
from vernost.segments.attributes.visits import of_branches
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    from typing import Any

    from ibis.expr.types import Table, Value
    from numpy.typing import NDArray

OPTIONS = {
    "category": Option(_("of the category"), "categories"),
    "line_kind": Option(_("works or parts"), "line_kinds"),
    "branch": Option(_("at the branch"), "branches"),
}


def _lines(known: Known, condition: Condition, *, declined: bool) -> "Table":
    lines = known.table("lines")
    lines = lines.filter(
        lines.customer_id.notnull(),
        lines.declined == declined,
        lines.on.between(*condition.within.days(known.as_of)),
    )
    if categories := condition.option("category"):
        lines = lines.filter(lines.category_key.isin(categories))
    if kinds := condition.option("line_kind"):
        lines = lines.filter(lines.kind.isin(kinds))
    return of_branches(known, lines, condition)


def _sums(value: "Callable[[Table], Value]", *, declined: bool) -> Rows:
    def rows(known: Known, condition: Condition) -> "Table":
        lines = _lines(known, condition, declined=declined)
        return lines.group_by("customer_id").aggregate(value=value(lines))

    return rows


def _by_loop(measure: str, *, declined: bool) -> Fast:
    def values(ground: Ground, condition: Condition) -> "NDArray[Any]":
        from vernost.segments import kernels  # noqa: PLC0415 - a list of attributes must not wait for compiled loops

        return kernels.of_lines(ground, condition, measure, declined=declined)

    return values


def _any(lines: "Table") -> "Value":
    return lines.count() > 0


def _days(lines: "Table") -> "Value":
    return lines.on.nunique()


def _amount(lines: "Table") -> "Value":
    return lines.amount.sum().cast("int64")


def _last(lines: "Table") -> "Value":
    return lines.on.max()


_FLAG, _NUMBER, _MONEY, _DAY = Type.FLAG, Type.NUMBER, Type.MONEY, Type.DAY

for _code, _title, _type, _absent, _loop, _value, _declined in (
    ("bought", _("Bought"), _FLAG, False, "any", _any, False),
    ("bought_times", _("Bought, visits"), _NUMBER, 0, "days", _days, False),
    ("bought_amount", _("Bought for"), _MONEY, 0, "amount", _amount, False),
    ("last_bought_on", _("Bought last on"), _DAY, None, "last", _last, False),
    ("declined", _("Put works off"), _FLAG, False, "any", _any, True),
    ("declined_times", _("Put off, visits"), _NUMBER, 0, "days", _days, True),
    ("declined_amount", _("Put off for"), _MONEY, 0, "amount", _amount, True),
):
    attributes.add(
        Attribute(
            code=_code,
            title=_title,
            group="lines",
            type=_type,
            rows=_sums(_value, declined=_declined),
            absent=_absent,
            dated=True,
            options=OPTIONS,
            fast=_by_loop(_loop, declined=_declined),
        )
    )


def _categories(known: Known, condition: Condition) -> "Table":
    lines = _lines(known, condition, declined=False)
    return lines.filter(lines.category_key != "").select("customer_id", value="category_key").distinct()


attributes.add(
    Attribute(
        code="bought_category",
        title=_("Bought from the categories"),
        group="lines",
        type=Type.CHOICE,
        choices="categories",
        rows=_categories,
        many=True,
        dated=True,
        options={code: OPTIONS[code] for code in ("line_kind", "branch")},
    )
)
