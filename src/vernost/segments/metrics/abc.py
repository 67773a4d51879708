from datetime import date
from typing import TYPE_CHECKING

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.segments.metrics import Metric, metrics

if TYPE_CHECKING:
    from ibis.expr.types import Table


@metrics.register
class Abc(Metric):
    """By revenue; `abc_revenue` is that of the window in kopecks."""

    code = "abc"
    title = _("ABC by revenue")
    columns = {"abc": "string", "abc_revenue": "int64"}

    def of(self, tables: Tables, as_of: date, settings: RuleSettings) -> "Table":
        from vernost.segments.rules import abc  # noqa: PLC0415 - a list of metrics must not wait for Ibis

        rows = abc.classes(abc.values(tables, as_of, settings, by="customer"), settings)
        return rows.select(customer_id="id", abc="abc", abc_revenue="value")
