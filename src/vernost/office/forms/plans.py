"""The grid of a month's plan: a row a programme, a column a figure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from vernost.core import numbers
from vernost.reports import rules
from vernost.reports.queries.plans import Cell, PlanRow
from vernost.reports.rules import KPI_TITLES, PLAN_KPIS, Kpi
from vernost.reports.rules.base_plan import BASE_KPI_TITLES, MONEY, BaseKpi

GREATEST = Decimal(10) ** 12
WHOLE = 100


class AmountField(forms.CharField):
    """A number as people write it, with two decimals at most, or a `whole` one; nothing is None."""

    def __init__(self, *, label: str, whole: bool = False) -> None:
        super().__init__(required=False, label=label, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
        self.whole = whole

    def prepare_value(self, value: object) -> object:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value

    def to_python(self, value: object) -> Decimal | None:  # type: ignore[override] # a number from the words
        text = str(value or "").strip()
        if not text:
            return None
        number = numbers.decimal_of(text)
        if number is None or not 0 <= number < GREATEST:
            raise forms.ValidationError(gettext("Write a number of 0 or more"))
        if self.whole and number != number.to_integral_value():
            raise forms.ValidationError(gettext("Write a whole number"))
        return number


@dataclass(frozen=True, slots=True)
class GridRow:
    title: str
    fields: Sequence[forms.BoundField]


class PlanForm(forms.Form):
    def __init__(self, data: QueryDict | None, *, rows: Sequence[PlanRow], present: Mapping[Cell, Decimal]) -> None:
        super().__init__(data, initial={_name(*cell): value for cell, value in present.items()})
        self.rows = rows
        for row in rows:
            for kpi in PLAN_KPIS:
                label = f"{_title(row)}, {gettext(KPI_TITLES[kpi])}"
                self.fields[_name(row.code, kpi)] = AmountField(label=label, whole=kpi is not Kpi.REVENUE)
        for base_kpi in BaseKpi:
            whole = base_kpi not in {*MONEY, BaseKpi.RETENTION}
            self.fields[_name(None, base_kpi)] = AmountField(label=base_title(base_kpi), whole=whole)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        for row in self.rows:
            values = {kpi.value: value for kpi in PLAN_KPIS if (value := cleaned.get(_name(row.code, kpi))) is not None}
            if grown := rules.growing_stage(values):
                self.add_error(_name(row.code, grown), gettext("More than the stage before"))
        if (cleaned.get(retention := _name(None, BaseKpi.RETENTION)) or 0) > WHOLE:
            self.add_error(retention, gettext("Not more than 100 %"))
        return cleaned

    def figures(self) -> dict[Cell, Decimal]:
        cells = [(row.code, kpi.value) for row in self.rows for kpi in PLAN_KPIS]
        cells += [(None, kpi.value) for kpi in BaseKpi]
        found = {cell: self.cleaned_data[_name(*cell)] for cell in cells}
        return {cell: value for cell, value in found.items() if value is not None}

    def grid(self) -> Iterator[GridRow]:
        for row in self.rows:
            yield GridRow(_title(row), [self[_name(row.code, kpi)] for kpi in PLAN_KPIS])

    def of_base(self) -> list[forms.BoundField]:
        return [self[_name(None, kpi)] for kpi in BaseKpi]


def base_title(kpi: BaseKpi) -> str:
    unit = "%" if kpi is BaseKpi.RETENTION else "₽" if kpi in MONEY else ""
    return ", ".join(filter(None, [gettext(BASE_KPI_TITLES[kpi]), unit]))


def _name(programme: str | None, metric: str) -> str:
    return f"{programme or ''}:{metric}"


def _title(row: PlanRow) -> str:
    return row.title or gettext("All programmes together")
