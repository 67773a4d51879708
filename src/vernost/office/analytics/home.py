"""The home page of analytics: figures with what they were, the funnel, the cascade, RFM, states, cohorts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext

from vernost.office import funnel_table
from vernost.office.analytics import base_pages, cohort_page, kpis
from vernost.office.analytics.kpis import Tile
from vernost.office.analytics.page import Asked, Chart, Insight
from vernost.office.analytics.tables import Table
from vernost.reports.facts import Slice
from vernost.reports.queries.analytics import figures
from vernost.reports.queries.funnel import FunnelFilter, FunnelPage, funnel_page
from vernost.reports.rules import KPI_TITLES

COHORTS = 7
COHORT_YEARS = 5


@dataclass(frozen=True, slots=True)
class Home:
    tiles: Sequence[Tile]
    figures: Table
    chart: Chart
    flows: Table
    soon: Insight | None
    matrix: Table
    states: Table
    cohorts: Table

    @property
    def tables(self) -> Sequence[Table]:
        return self.flows, self.figures, self.matrix, self.states, self.cohorts


def home(asked: Asked) -> Home:
    figures.warm(asked.base, asked.chosen.compared())
    flow = figures.flows(asked.base, asked.chosen.compared()).now
    total = {"opening": flow.opening, **flow.kinds, "closing": flow.closing}
    then = asked.base.on(asked.chosen.look.year_ago())
    whole = cohort_page.cohort_table(asked)
    found = kpis.kpis(asked)
    return Home(
        tiles=[kpis.tile(each) for each in found],
        figures=kpis.figures_table(found),
        chart=base_pages.waterfall(asked, total),
        flows=base_pages.flow_lines(asked, total),
        soon=base_pages.soon(asked),
        matrix=base_pages.matrix(asked),
        states=base_pages.state_table(asked, figures.states(asked.base), figures.states(then)),
        cohorts=cohort_page.latest(whole, rows=COHORTS, years=COHORT_YEARS),
    )


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
