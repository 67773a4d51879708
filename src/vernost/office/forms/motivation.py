"""A role's scheme: a line a KPI with its threshold, rate and cap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vernost.office.forms.plans import AmountField
from vernost.reports.rules import KPI_TITLES, KPI_UNITS, MOTIVATION_KPIS, Kpi, MotivationLine


class MonthInput(forms.DateInput):
    input_type = "month"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m")


@dataclass(frozen=True, slots=True)
class SchemeRow:
    title: str
    unit: str
    threshold: forms.BoundField
    rate: forms.BoundField
    cap: forms.BoundField


class SchemeForm(forms.Form):
    valid_from = forms.DateField(
        label=_("Holds from the month"),
        input_formats=["%Y-%m"],
        widget=MonthInput,
        help_text=_("Earlier months keep the scheme that they had."),
    )

    def __init__(self, data: QueryDict | None, *, valid_from: date, lines: Sequence[MotivationLine]) -> None:
        initial: dict[str, object] = {"valid_from": valid_from}
        for line in lines:
            initial |= {f"{line.kpi}-threshold": line.threshold, f"{line.kpi}-rate": line.rate}
            initial[f"{line.kpi}-cap"] = line.cap
        super().__init__(data, initial=initial)
        for kpi in MOTIVATION_KPIS:
            title = gettext(KPI_TITLES[kpi])
            self.fields[f"{kpi}-threshold"] = AmountField(label=f"{title}: {gettext('threshold')}")
            self.fields[f"{kpi}-rate"] = AmountField(label=f"{title}: {gettext('rate')}")
            self.fields[f"{kpi}-cap"] = AmountField(label=f"{title}: {gettext('cap')}")

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        for kpi in MOTIVATION_KPIS:
            given = [cleaned.get(f"{kpi}-{part}") for part in ("threshold", "cap")]
            if any(value is not None for value in given) and cleaned.get(f"{kpi}-rate") is None:
                self.add_error(f"{kpi}-rate", gettext("Give a rate, or clear the line"))
        return cleaned

    def rows(self) -> Iterator[SchemeRow]:
        for kpi in MOTIVATION_KPIS:
            fields = {part: self[f"{kpi}-{part}"] for part in ("threshold", "rate", "cap")}
            yield SchemeRow(gettext(KPI_TITLES[kpi]), unit_of(kpi), **fields)

    def lines(self) -> list[MotivationLine]:
        data = self.cleaned_data
        return [
            MotivationLine(kpi.value, data[f"{kpi}-threshold"] or Decimal(0), data[f"{kpi}-rate"], data[f"{kpi}-cap"])
            for kpi in MOTIVATION_KPIS
            if data[f"{kpi}-rate"] is not None
        ]


def unit_of(kpi: Kpi) -> str:
    return gettext(KPI_UNITS[kpi]) if KPI_UNITS[kpi] else ""
