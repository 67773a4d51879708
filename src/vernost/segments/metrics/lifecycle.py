from datetime import date
from typing import TYPE_CHECKING

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.segments.metrics import Metric, metrics

if TYPE_CHECKING:
    from ibis.expr.types import Table


@metrics.register
class Lifecycle(Metric):
    code = "lifecycle"
    title = _("Life cycle: the state and the DNA code")
    columns = {"state": "string", "dna_code": "string"}

    def of(self, tables: Tables, as_of: date, settings: RuleSettings) -> "Table":
        from vernost.segments.rules import lifecycle  # noqa: PLC0415 - a list of metrics must not wait for Ibis

        states = lifecycle.states(tables, as_of, settings)
        codes = lifecycle.dna_codes(tables, as_of, settings).rename(coded_id="customer_id")
        return states.left_join(codes, [("customer_id", "coded_id")]).drop("coded_id")
