from datetime import date
from typing import TYPE_CHECKING

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.segments.metrics import Metric, metrics

if TYPE_CHECKING:
    from ibis.expr.types import Table


@metrics.register
class Value(Metric):
    """For the next 365 days, in kopecks. Null for who never came; `p_alive` also where no model can be estimated."""

    code = "value"
    title = _("Expected visits and margin of a year, and whether the customer is still ours")
    columns = {"p_alive": "float64", "expected_visits": "float64", "expected_margin": "int64"}

    def of(self, tables: Tables, as_of: date, settings: RuleSettings) -> "Table":  # noqa: ARG002 - no setting matters
        from vernost.segments.rules.value import base, expression  # noqa: PLC0415 - a list of metrics must not wait

        visits, money = base.speaking(tables, as_of)
        told = expression.expected(base.histories(tables, as_of), visits, money, base.HORIZON_DAYS)
        told = told.rename(told_id="customer_id")
        rows = tables.table("customers").select("customer_id").left_join(told, [("customer_id", "told_id")])
        return rows.select("customer_id", *self.columns)
