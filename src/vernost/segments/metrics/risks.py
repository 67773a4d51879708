from datetime import date
from typing import TYPE_CHECKING

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.segments.metrics import Metric, metrics

if TYPE_CHECKING:
    from ibis.expr.types import Table


@metrics.register
class Risks(Metric):
    """The sorted codes of `rules.risks.TITLES`; an empty list where there is none."""

    code = "risks"
    title = _("Points of risk")
    columns = {"risks": "array<string>"}

    def of(self, tables: Tables, as_of: date, settings: RuleSettings) -> "Table":
        from vernost.segments.rules import risks  # noqa: PLC0415 - a list of metrics must not wait for Ibis

        return risks.codes(tables, risks.events(tables, as_of, settings))
