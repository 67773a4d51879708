"""The figures at the head of the overview: what each is, what it was, what was planned, and its last months."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.office.analytics.page import Asked
from vernost.office.analytics.tables import Cell, Row, Table, count, money, share
from vernost.reports.exports import Column
from vernost.reports.queries import plans
from vernost.reports.queries.analytics import figures
from vernost.reports.queries.analytics.figures import Share
from vernost.reports.rules.base_plan import BASE_KPI_TITLES, BaseKpi
from vernost.segments.rules import retention

# Against fewer people a change in per cent only frightens.
FEW = 20
KOPECKS = 100

Kind = Literal["count", "money", "share"]
ACTIVE_BASE, FELL_ASLEEP = _("Active base"), _("Fell asleep")


@dataclass(frozen=True, slots=True)
class Kpi:
    """`now`, `before` and `plan` are people, roubles or a share; `series` is the colour of its line."""

    title: str
    kind: Kind
    now: Decimal | None
    before: Decimal | None
    url: str
    values: Sequence[float]
    series: int = 1
    plan: Decimal | None = None
    less_is_better: bool = False

    @property
    def change(self) -> Decimal | None:
        """The relative change, of a share the difference; None where it says nothing."""
        if self.now is None or self.before is None:
            return None
        if self.kind == "share":
            return self.now - self.before
        enough = self.before >= FEW if self.kind == "count" else self.before > 0
        return (self.now - self.before) / abs(self.before) if enough else None

    @property
    def deviation(self) -> Decimal | None:
        if self.now is None or not self.plan:
            return None
        return self.now - self.plan if self.kind == "share" else (self.now - self.plan) / self.plan

    def good(self, change: Decimal | None) -> bool | None:
        return (change < 0) == self.less_is_better if change else None


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure, how it has changed, its plan and how far it is from it, and its last months as a line."""

    title: str
    value: str
    url: str
    change: str
    good: bool | None
    note: str
    values: Sequence[float]
    series: int
    plan: str
    deviation: str
    met: bool | None


def kpis(asked: Asked) -> list[Kpi]:
    base, chosen = asked.base, asked.chosen
    found = figures.flows(base, chosen.compared())
    planned = _planned(asked)

    # Against a year ago the base of that day, against the period before the base at the end of it: its closing.
    def flow(title: str, kind: str, series: int = 1, *, plan: BaseKpi | None = None, less: bool = False) -> Kpi:
        column = "base" if kind == "closing" else kind
        now, before = (each.closing if kind == "closing" else each.kinds[kind] for each in (found.now, found.before))
        return Kpi(
            gettext(title),
            "count",
            Decimal(now),
            Decimal(before),
            chosen.people("cascade", kind=kind) if now else "",
            [row[column] for row in found.months],
            series,
            planned.get(plan) if plan else None,
            less_is_better=less,
        )

    return [
        flow(ACTIVE_BASE, "closing"),
        flow(BASE_KPI_TITLES[BaseKpi.NEW], "new", plan=BaseKpi.NEW),
        flow(BASE_KPI_TITLES[BaseKpi.RETURNED], "returned", 2, plan=BaseKpi.RETURNED),
        flow(FELL_ASLEEP, "slept", 3, less=True),
        _retention(asked, planned.get(BaseKpi.RETENTION)),
        *_made(asked, planned),
    ]


def _planned(asked: Asked) -> dict[BaseKpi, Decimal]:
    """Return the plan of the period; a segment has none."""
    look = asked.chosen.look
    if look.segment is not None:
        return {}
    month = retention.first_day(retention.last_finished(look.as_of))
    return plans.base_plan_of(
        asked.base.whole_actor, look.branch_id, start=look.start, end=look.as_of, retention_month=month
    )


def _retention(asked: Asked, plan: Decimal | None) -> Kpi:
    """Compare the last finished month with that a year before, or with that before the period."""
    series, look = figures.retained(asked.base), asked.chosen.look
    last = series[-1]
    opened = retention.number_of_month(look.opened_on)
    then = next((one for one in series if one.month == opened), series[0])
    other = series[0] if asked.chosen.against == "year" else then
    return Kpi(
        gettext(BASE_KPI_TITLES[BaseKpi.RETENTION]),
        "share",
        _exact(last),
        _exact(other),
        asked.chosen.people("retention", definition="customers_12", kept=1) if last.kept else "",
        [one.value for one in series if one.value is not None],
        2,
        None if plan is None else plan / 100,
    )


def _exact(found: Share) -> Decimal | None:
    return None if found.value is None else Decimal(str(found.value))


def _made(asked: Asked, planned: dict[BaseKpi, Decimal]) -> list[Kpi]:
    made, chosen = figures.made(asked.base, asked.chosen.compared()), asked.chosen
    lists = {
        "visits": chosen.people("came"),
        "revenue": chosen.people("paid"),
        "margin": chosen.people("paid", measure="margin"),
    }
    known: tuple[tuple[BaseKpi, str, Kind], ...] = (
        (BaseKpi.VISITS, "visits", "count"),
        (BaseKpi.REVENUE, "revenue", "money"),
        (BaseKpi.MARGIN, "margin", "money"),
    )

    def figure(kpi: BaseKpi, name: str, kind: Kind) -> Kpi:
        now, before = (Decimal(each[name]) / (KOPECKS if kind == "money" else 1) for each in (made.now, made.before))
        url = lists[name] if made.now[name] else ""
        values = [row[name] for row in made.months]
        return Kpi(gettext(BASE_KPI_TITLES[kpi]), kind, now, before, url, values, plan=planned.get(kpi))

    return [figure(*each) for each in known]


def tile(kpi: Kpi) -> Tile:
    change, deviation = kpi.change, kpi.deviation
    planned = "" if deviation is None else gettext("plan %(value)s") % {"value": _written(kpi, kpi.plan)}
    return Tile(
        title=kpi.title,
        value=_written(kpi, kpi.now),
        url=kpi.url,
        change=_difference(kpi, change),
        good=kpi.good(change),
        note="" if kpi.before is None else gettext("was %(value)s") % {"value": _written(kpi, kpi.before)},
        values=kpi.values,
        series=kpi.series,
        plan=planned,
        deviation=_difference(kpi, deviation),
        met=None if deviation is None else deviation >= 0,
    )


def _written(kpi: Kpi, value: Decimal | None) -> str:
    if kpi.kind == "share":
        return formats.percent(value)
    return formats.roubles_short(value) if kpi.kind == "money" else formats.number(value)


def _difference(kpi: Kpi, change: Decimal | None) -> str:
    if change is None:
        return ""
    if kpi.kind == "share":
        return formats.points(change)
    # From 10 % on a decimal says nothing more.
    return formats.percent_change(change, 1 if abs(change) < Decimal("0.1") else 0)


def figures_table(found: Sequence[Kpi]) -> Table:
    """Return the figures as a file has them: shares and changes are numbers."""

    def cell(kpi: Kpi, value: Decimal | None) -> Cell:
        if kpi.kind == "money":
            return money(value)
        if kpi.kind == "share":
            return share(None if value is None else float(value))
        return count(round(value)) if value is not None else Cell(None)

    def difference(value: Decimal | None) -> Cell:
        return share(None if value is None else float(value))

    head = [
        Column(gettext("Figure")),
        Column(gettext("In the period")),
        Column(gettext("Compared with")),
        Column(gettext("Change, %"), "share"),
        Column(gettext("Plan")),
        Column(gettext("Deviation, %"), "share"),
    ]
    rows = [
        Row(
            kpi.title,
            [
                cell(kpi, kpi.now),
                cell(kpi, kpi.before),
                difference(kpi.change),
                cell(kpi, kpi.plan),
                difference(kpi.deviation),
            ],
        )
        for kpi in found
    ]
    return Table("figures", gettext("Figures of the period"), head, rows)
