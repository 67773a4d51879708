"""The home page of analytics: figures with what they were, the funnel, the cascade, RFM, states, cohorts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext

from vernost.core import formats
from vernost.office import funnel_table
from vernost.office.analytics import base_pages, cohort_page
from vernost.office.analytics.page import Asked, Chart, Insight
from vernost.office.analytics.tables import Table
from vernost.reports.facts import Slice
from vernost.reports.queries.analytics import figures
from vernost.reports.queries.analytics.look import Base
from vernost.reports.queries.funnel import FunnelFilter, FunnelPage, funnel_page
from vernost.reports.rules import KPI_TITLES

COHORTS = 7
COHORT_YEARS = 5
# Against fewer people a change in per cent only frightens.
FEW = 20


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure, how it has changed against what it is compared with, and its last months as a line."""

    title: str
    value: str
    url: str
    change: str
    good: bool | None
    note: str
    values: Sequence[float]
    series: int = 1


@dataclass(frozen=True, slots=True)
class Home:
    tiles: Sequence[Tile]
    chart: Chart
    flows: Table
    soon: Insight | None
    matrix: Table
    states: Table
    cohorts: Table


def home(asked: Asked) -> Home:
    flow = figures.flows(asked.base, asked.chosen.compared()).now
    total = {"opening": flow.opening, **flow.kinds, "closing": flow.closing}
    then = asked.base.on(asked.chosen.look.year_ago())
    whole = cohort_page.cohort_table(asked)
    return Home(
        tiles=tiles(asked),
        chart=base_pages.waterfall(asked, total),
        flows=base_pages.flow_lines(asked, total),
        soon=base_pages.soon(asked),
        matrix=base_pages.matrix(asked),
        states=base_pages.state_table(asked, figures.states(asked.base), figures.states(then)),
        cohorts=cohort_page.latest(whole, rows=COHORTS, years=COHORT_YEARS),
    )


def tiles(asked: Asked) -> list[Tile]:
    base, chosen = asked.base, asked.chosen
    other = base.on(chosen.compared())
    found = figures.flows(base, chosen.compared())
    months, flow, before = found.months, found.now, found.before
    # Against a year ago the base of that day, against the period before the base at the end of it: its closing.
    base_tile = _counted(
        gettext("Active base"),
        flow.closing,
        before.closing,
        url=chosen.people("cascade", kind="closing"),
        values=[row["base"] for row in months],
    )
    returned = _counted(
        gettext("Came back"),
        flow.kinds["returned"],
        before.kinds["returned"],
        url=chosen.people("cascade", kind="returned"),
        values=[row["returned"] for row in months],
        series=2,
    )
    slept = _counted(
        gettext("Fell asleep"),
        flow.kinds["slept"],
        before.kinds["slept"],
        url=chosen.people("cascade", kind="slept"),
        values=[row["slept"] for row in months],
        series=3,
        less_is_better=True,
    )
    return [base_tile, _of_retention(asked), returned, slept, _revenue(asked, other)]


def _of_retention(asked: Asked) -> Tile:
    """Compare the last finished month with that a year before, or with that before the period."""
    series, look = figures.retained(asked.base), asked.chosen.look
    last = series[-1]
    opened = look.opened_on.year * 12 + look.opened_on.month - 1
    then = next((one for one in series if one.month == opened), series[0])
    other = series[0] if asked.chosen.against == "year" else then
    change = None if last.value is None or other.value is None else last.value - other.value
    return Tile(
        title=gettext("Retention, 12 months"),
        value=formats.percent(last.value),
        url=asked.chosen.people("retention", definition="customers_12", kept=1) if last.kept else "",
        change="" if change is None else formats.points(change),
        good=None if not change else change > 0,
        note="" if change is None else _was(formats.percent(other.value)),
        values=[one.value for one in series if one.value is not None],
        series=2,
    )


def _was(value: str) -> str:
    return gettext("was %(value)s") % {"value": value}


def _counted(
    title: str,
    now: int,
    before: int,
    *,
    url: str,
    values: Sequence[int],
    series: int = 1,
    less_is_better: bool = False,
) -> Tile:
    change, good = _change(Decimal(now), Decimal(before), enough=before >= FEW)
    if good is not None and less_is_better:
        good = not good
    note = _was(formats.number(before))
    return Tile(title, formats.number(now), url if now else "", change, good, note, values, series)


def _revenue(asked: Asked, other: Base) -> Tile:
    now, before = (Decimal(figures.paid(base)) / 100 for base in (asked.base, other))
    change, good = _change(now, before, enough=before > 0)
    return Tile(
        gettext("Revenue of service"),
        formats.roubles_short(now),
        asked.chosen.people("paid") if now else "",
        change,
        good,
        _was(formats.roubles_short(before)),
        [row["revenue"] for row in figures.revenue(asked.base)],
    )


def _change(now: Decimal, before: Decimal, *, enough: bool) -> tuple[str, bool | None]:
    if not enough or not before:
        return "", None
    share = (now - before) / abs(before)
    # From 10 % on a decimal says nothing more.
    return formats.percent_change(share, 1 if abs(share) < Decimal("0.1") else 0), share > 0 if share else None


def funnel_of(asked: Asked) -> dict[str, object]:
    """Return the bars of the service funnel of the same period, and the address of its page."""
    look = asked.chosen.look
    wanted = FunnelFilter(look.start, look.as_of, look.as_of, Slice(branch_id=look.branch_id))
    page = funnel_page(asked.base.whole_actor, wanted, today=asked.chosen.today)
    query = QueryDict(mutable=True)
    query.update({"period": "custom", "from": f"{look.start}", "to": f"{look.as_of}"})
    if look.branch_id is not None:
        query["branch"] = str(look.branch_id)
    links = funnel_table.PeopleLinks(query, "programme")
    total = page.total
    return {
        "stages": funnel_table.bars(page, links) if total.counts["targeted"] else [],
        "through": total.counts["paid"] / total.counts["targeted"] if total.counts["targeted"] else None,
        "revenue": total.revenue,
        "funnel_url": f"?{query.urlencode()}",
        "weak": _weak(page, links),
    }


def _weak(page: FunnelPage, links: funnel_table.PeopleLinks) -> dict[str, object] | None:
    if page.weak is None:
        return None
    stages = list(page.total.counts)
    before = stages[stages.index(page.weak.stage) - 1]
    return {
        "stage": gettext(KPI_TITLES[page.weak.stage]),
        "missing": page.weak.missing,
        "stopped": page.total.counts[before] - page.total.counts[page.weak.stage],
        "url": links.to(before, stopped=True),
    }
