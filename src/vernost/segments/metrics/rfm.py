from datetime import date
from typing import TYPE_CHECKING

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.segments.metrics import Metric, metrics

if TYPE_CHECKING:
    from ibis.expr.types import Table


@metrics.register
class Rfm(Metric):
    """Null for customers without a visit in the window."""

    code = "rfm"
    title = _("RFM: how long ago, how often, for how much")
    columns = {
        "r": "int32",
        "f": "int32",
        "m": "int32",
        "recency_days": "int32",
        "frequency": "int32",
        "monetary": "int64",
    }

    def of(self, tables: Tables, as_of: date, settings: RuleSettings) -> "Table":
        from vernost.segments.rules import rfm  # noqa: PLC0415 - a list of metrics must not wait for Ibis

        scored = rfm.scores(tables, as_of, settings).rename(scored_id="customer_id")
        rows = tables.table("customers").select("customer_id").left_join(scored, [("customer_id", "scored_id")])
        return rows.select("customer_id", *self.columns)
