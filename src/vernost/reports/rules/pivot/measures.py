"""What a pivot measures: an entry here is all that a new one takes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vernost.core.i18n import _
from vernost.core.rights import Sensitive

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

Kind = Literal["count", "money", "hours", "share"]
"""`money` is in kopecks, `hours` in hundredths of an hour, `share` is 0…1."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A sum of a column of the star, a number of its distinct values, or one measure divided by another.

    `field`: only for those who are shown such fields.
    """

    code: str
    title: str
    kind: Kind
    sum_of: str = ""
    distinct: str = ""
    ratio: tuple[str, str] | None = None
    field: Sensitive | None = None

    def of(self, star: "Table") -> "Value":
        """Return the measure of the rows of a star as an aggregate; a ratio is a fraction."""
        if self.sum_of:
            return star[self.sum_of].sum().fill_null(0).cast("int64")
        if self.distinct:
            return star[self.distinct].nunique().cast("int64")
        assert self.ratio is not None  # noqa: S101 - every entry has one of the three
        above, below = (MEASURES[code].of(star) for code in self.ratio)
        return above / below.nullif(0)


_ALL = (
    Measure("visits", _("Visits"), "count", distinct="visit_id"),
    Measure("customers", _("Customers"), "count", distinct="customer_id"),
    Measure("vehicles", _("Cars"), "count", distinct="vehicle_id"),
    Measure("orders", _("Orders"), "count", distinct="order_id"),
    Measure("revenue", _("Revenue"), "money", sum_of="revenue"),
    Measure("margin", _("Margin"), "money", sum_of="margin", field=Sensitive.MARGIN),
    Measure("labour_hours", _("Labour hours"), "hours", sum_of="labour_hundredths"),
    Measure("average_order", _("Average order"), "money", ratio=("revenue", "orders")),
    Measure("margin_share", _("Margin in revenue"), "share", ratio=("margin", "revenue"), field=Sensitive.MARGIN),
)
MEASURES: Mapping[str, Measure] = {measure.code: measure for measure in _ALL}

Show = Literal["value", "share_total", "share_row", "share_column", "change_before", "change_year"]
SHOWS: Mapping[Show, str] = {
    "value": _("as it is"),
    "share_total": _("share of the total"),
    "share_row": _("share of the row"),
    "share_column": _("share of the column"),
    "change_before": _("change to the period before"),
    "change_year": _("change to a year before"),
}
COMPARED: frozenset[Show] = frozenset({"change_before", "change_year"})
SHARES: frozenset[Show] = frozenset({"share_total", "share_row", "share_column"})


def measures_for(fields: Collection[Sensitive]) -> Mapping[str, Measure]:
    """Return the measures for who is shown these fields."""
    return {code: measure for code, measure in MEASURES.items() if measure.field is None or measure.field in fields}


def parts(measure: Measure) -> tuple[Measure, ...]:
    """Return the sums and counts that a measure is made of."""
    return tuple(MEASURES[code] for code in measure.ratio) if measure.ratio else (measure,)
