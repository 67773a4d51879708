"""The metrics of customers as attributes: each column that somebody would ask about."""

from typing import TYPE_CHECKING

from vernost.core.i18n import _
from vernost.segments import metrics
from vernost.segments.attributes import Attribute, Known, Rows, attributes
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    from ibis.expr.types import Table

HUNDREDTHS = 100
PERCENT = 100


def of_metric(code: str, column: str, times: int = 1) -> Rows:
    """`times`: a share or a number with decimals as its hundredths."""

    def rows(known: Known, _condition: Condition) -> "Table":
        found = metrics.metrics[code].of(known.tables, known.as_of, known.settings)
        value = found[column]
        if times > 1:
            value = (value * times).round().cast("int64")
        elif metrics.metrics[code].columns[column] == "int32":
            value = value.cast("int64")
        return found.select("customer_id", value=value)

    return rows


metrics.discover()

_CHOICE, _DECIMAL, _MONEY, _NUMBER, _TEXT = Type.CHOICE, Type.DECIMAL, Type.MONEY, Type.NUMBER, Type.TEXT

for _metric, _column, _title, _type, _choices, _unit, _times in (
    ("lifecycle", "state", _("State"), _CHOICE, "states", "", 1),
    ("lifecycle", "dna_code", _("DNA code"), _TEXT, "", "", 1),
    ("rfm", "r", _("RFM: recency (1 is best)"), _NUMBER, "", "", 1),
    ("rfm", "f", _("RFM: frequency (1 is best)"), _NUMBER, "", "", 1),
    ("rfm", "m", _("RFM: money (1 is best)"), _NUMBER, "", "", 1),
    ("rfm", "recency_days", _("Days since the last visit"), _NUMBER, "", _("days"), 1),
    ("rfm", "frequency", _("Visits in the window of RFM"), _NUMBER, "", "", 1),
    ("rfm", "monetary", _("Revenue in the window of RFM"), _MONEY, "", "", 1),
    ("abc", "abc", _("ABC class"), _CHOICE, "abc", "", 1),
    ("abc", "abc_revenue", _("Revenue in the window of ABC"), _MONEY, "", "", 1),
    ("money", "cumulative_margin", _("Cumulative margin"), _MONEY, "", "", 1),
    ("value", "p_alive", _("Chance that the customer still comes"), _DECIMAL, "", "%", HUNDREDTHS * PERCENT),
    ("value", "expected_visits", _("Visits expected in a year"), _DECIMAL, "", "", HUNDREDTHS),
    ("value", "expected_margin", _("Margin expected in a year"), _MONEY, "", "", 1),
):
    if _metric in metrics.metrics and _column in metrics.metrics[_metric].columns:
        attributes.add(
            Attribute(
                code=_column,
                title=_title,
                group="value",
                type=_type,
                choices=_choices,
                unit=_unit,
                rows=of_metric(_metric, _column, _times),
            )
        )


def _rfm_code(known: Known, _condition: Condition) -> "Table":
    found = metrics.metrics["rfm"].of(known.tables, known.as_of, known.settings)
    scores = [found[score].cast("string") for score in ("r", "f", "m")]
    return found.select("customer_id", value=scores[0] + "-" + scores[1] + "-" + scores[2])


attributes.add(
    Attribute(code="rfm", title=_("RFM code"), group="value", type=Type.CHOICE, choices="rfm_codes", rows=_rfm_code)
)


def _risks(known: Known, _condition: Condition) -> "Table":
    found = metrics.metrics["risks"].of(known.tables, known.as_of, known.settings)
    return found.select("customer_id", value=found.risks.unnest())


if "risks" in metrics.metrics:
    attributes.add(
        Attribute(
            code="risk",
            title=_("Risk point"),
            group="value",
            type=Type.CHOICE,
            choices="risks",
            rows=_risks,
            many=True,
        )
    )
