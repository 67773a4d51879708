from datetime import date
from typing import TYPE_CHECKING

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.segments.metrics import Metric, metrics

if TYPE_CHECKING:
    from ibis.expr.types import Table


@metrics.register
class Money(Metric):
    """Kopecks of all days up to the one asked; `visits` counts visit days, `cumulative_margin` has the cars sold."""

    code = "money"
    title = _("Visits, revenue and margin")
    columns = {
        "visits": "int32",
        "orders": "int32",
        "revenue": "int64",
        "margin": "int64",
        "cumulative_margin": "int64",
        "first_visit_on": "date",
        "last_visit_on": "date",
        "last_branch_id": "int64",
    }

    def of(self, tables: Tables, as_of: date, settings: RuleSettings) -> "Table":  # noqa: ARG002 - no setting matters
        from vernost.segments.rules import money  # noqa: PLC0415 - a list of metrics must not wait for Ibis

        return money.money(tables, as_of)
