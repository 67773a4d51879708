"""The funnel's table and bars: every figure with the address of its people, and the same as a sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.reports.exports import Column, Kind, Sheet, Value
from vernost.reports.facts import STAGES, FunnelBy
from vernost.reports.queries.funnel import FunnelPage, FunnelRow
from vernost.reports.queries.people import HELD_OUT
from vernost.reports.rules import KPI_TITLES, PLAN_KPIS, STAGE_KPIS, Kpi

KEPT = ("period", "from", "to", "programme", "branch", "operator", "month", "known")
NO_KEYS: dict[FunnelBy, str] = {
    "programme": "",
    "branch": _("Without a branch"),
    "operator": _("Nobody has tried"),
    "month": "",
}
CUT_TITLES: dict[FunnelBy, str] = {
    "programme": _("Programme"),
    "branch": _("Branch"),
    "operator": _("Operator"),
    "month": _("Month"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure, how it is written, whom it opens; `conversion` is from the stage before."""

    value: Decimal | int
    kind: Kind
    url: str
    conversion: float | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    title: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage of ui/funnel.html."""

    title: str
    count: int
    share: float
    conversion: float | None
    note: str
    weak: bool
    url: str


@dataclass(frozen=True, slots=True)
class PlanLine:
    title: str
    kind: Kind
    fact: Decimal
    plan: Decimal

    @property
    def deviation(self) -> Decimal:
        return self.fact - self.plan

    @property
    def share(self) -> Decimal | None:
        return self.fact / self.plan if self.plan else None


class PeopleLinks:
    """Addresses of the people behind figures, with the filters of the page."""

    def __init__(self, query: QueryDict, by: FunnelBy) -> None:
        self.kept = {name: str(query[name]) for name in KEPT if query.get(name)}
        self.by = by

    def to(self, stage: str, row: FunnelRow | None = None, *, stopped: bool = False) -> str:
        chosen = {**self.kept, **(self._key(row.key) if row else {}), "stage": stage}
        return f"{reverse('office:funnel-people')}?{urlencode({**chosen, 'stopped': '1'} if stopped else chosen)}"

    def _key(self, key: str | int | date | None) -> dict[str, str]:
        return {self.by: f"{key:%Y-%m}" if isinstance(key, date) else str(key or 0)}


def titled(row: FunnelRow, by: FunnelBy) -> str:
    if row.title is None:
        return gettext(NO_KEYS[by]) if NO_KEYS[by] else formats.DASH
    return formats.month(row.title) if isinstance(row.title, date) else row.title


def table_row(row: FunnelRow, title: str, links: PeopleLinks, *, total: bool = False) -> TableRow:
    of = None if total else row
    conversions = row.conversions
    stages = [Cell(row.counts[stage], "count", links.to(stage, of), conversions.get(stage)) for stage in STAGES]
    money = [Cell(value, "money", links.to("paid", of)) for value in (row.revenue, row.margin)]
    cost = Cell(row.cost, "money", links.to("attempted", of))
    return TableRow(title, [*stages, *money, cost, Cell(row.held_out, "count", links.to(HELD_OUT, of))])


def bars(page: FunnelPage, links: PeopleLinks) -> list[Bar]:
    conversions, top = page.total.conversions, STAGES[0]
    return [
        Bar(
            title=gettext(KPI_TITLES[stage]),
            count=page.total.counts[stage],
            share=page.total.share(stage),
            conversion=conversions.get(stage) if stage != top else 1.0,
            note=gettext("%(share)s of all") % {"share": formats.percent(page.total.share(stage))}
            if stage != top
            else "",
            weak=page.weak is not None and page.weak.stage == stage,
            url=links.to(stage),
        )
        for stage in STAGE_KPIS
    ]


def plan_lines(counts: Mapping[str, int], revenue: Decimal, plan: Mapping[str, Decimal]) -> list[PlanLine]:
    facts = {**{stage: Decimal(count) for stage, count in counts.items()}, Kpi.REVENUE: revenue}
    return [
        PlanLine(gettext(KPI_TITLES[kpi]), "money" if kpi is Kpi.REVENUE else "count", facts[kpi], plan[kpi])
        for kpi in PLAN_KPIS
        if kpi in plan
    ]


def heads() -> list[str]:
    stages = [gettext(KPI_TITLES[stage]) for stage in STAGE_KPIS]
    more = (KPI_TITLES[Kpi.REVENUE], KPI_TITLES[Kpi.MARGIN], _("Cost of contact"), _("Control group"))
    return [*stages, *(gettext(title) for title in more)]


def sheet(page: FunnelPage, by: FunnelBy, about: Sequence[str]) -> Sheet:
    columns = [Column(gettext(CUT_TITLES[by])), Column(heads()[0], "count")]
    for title in heads()[1 : len(STAGES)]:
        columns += [Column(title, "count"), Column(gettext("%(stage)s, conversion") % {"stage": title}, "share")]
    columns += [Column(title, "money") for title in heads()[len(STAGES) : -1]]
    columns.append(Column(heads()[-1], "count"))
    rows = [_sheet_row(row, titled(row, by)) for row in page.rows]
    return Sheet(gettext("Service funnel"), columns, [*rows, _sheet_row(page.total, gettext("Total"))], about)


def _sheet_row(row: FunnelRow, title: str) -> list[Value]:
    values: list[Value] = [title, row.counts[STAGES[0]]]
    for stage in STAGES[1:]:
        values += [row.counts[stage], row.conversions.get(stage)]
    return [*values, row.revenue, row.margin, row.cost, row.held_out]
