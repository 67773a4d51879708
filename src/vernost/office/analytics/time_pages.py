"""Pages of time: cohorts, who was lost, what is due."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.office.analytics import words
from vernost.office.analytics.page import Asked, Chart, Insight, Page
from vernost.office.analytics.tables import Cell, Row, Table, count, money, share
from vernost.reports.exports import Column
from vernost.reports.queries.analytics.look import Row as Figures

# Of fewer customers a share says little.
FEW = 30
YEAR = 12
UNITS = {"customer": _("Customers"), "vehicle": _("Cars")}
STARTS = {"visit": _("By the first visit"), "sale": _("By the sale")}
GRAINS = {"year": _("By year"), "quarter": _("By quarter"), "month": _("By month")}


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who began in the months `first` to `last`; years of life (came, size, revenue) of months that are over."""

    title: str
    first: str
    last: str
    size: int
    years: dict[int, tuple[int, int, Decimal]]


def cohorts(asked: Asked) -> Page:
    unit = asked.option("by", gettext("Of whom"), dict(UNITS))
    start = asked.option("start", gettext("Beginning"), dict(STARTS))
    grain = asked.option("grain", gettext("Rows"), dict(GRAINS))
    table = cohort_table(asked, by=unit.chosen, start=start.chosen, grain=grain.chosen)
    return Page(
        title=gettext("Cohorts"),
        tables=[table],
        intro=gettext(
            "Who began in the same time, and the share of them that came in each later year (12 calendar months). "
            "Grey: fewer than %(few)s, a share of so few says little."
        )
        % {"few": FEW},
        insight=_second_year(table),
        selects=[unit, start, grain],
    )


def cohort_table(asked: Asked, *, by: str = "customer", start: str = "visit", grain: str = "year") -> Table:
    rows = asked.base.report("cohorts", as_of=asked.chosen.look.as_of, by=by, start=start)
    found = _cohorts(rows, grain)
    years = range(1, max((max(one.years, default=0) for one in found), default=0) + 1)
    keys = {"by": None if by == "customer" else by, "start": None if start == "visit" else start}

    def row(one: Cohort) -> Row:
        months = {"from_": one.first, "to": one.last, **keys}
        cells = [count(one.size, asked.chosen.people("cohort", **months))]
        for year in years:
            came, size, _revenue = one.years.get(year, (0, 0, Decimal(0)))
            url = asked.chosen.people("cohort", **months, year=year, came=1) if came else ""
            value = came / size if size else None
            note = formats.number(came) if size else ""
            cells.append(share(value, url, note=note, heat=value, weak=0 < size < FEW))
        return Row(one.title, cells)

    heads = [Column(gettext("Year %(year)s") % {"year": year}, "share") for year in years]
    return Table(
        "cohorts",
        gettext("Cohorts"),
        [Column(gettext("Began")), Column(gettext("Began with us"), "count"), *heads],
        [row(one) for one in found],
        shape="heat",
        ramp=True,
        empty=gettext("A cohort is shown when its first year is over."),
    )


def _cohorts(rows: Sequence[Figures], grain: str) -> list[Cohort]:
    """Put months together; the newest last. A year of life counts the months in which it is over."""
    months: dict[str, list[Figures]] = defaultdict(list)
    for row in rows:
        months[row["month"]].append(row)
    spans: dict[str, list[str]] = defaultdict(list)
    for month in sorted(months):
        spans[_span(month, grain)].append(month)
    found = []
    for title, members in spans.items():
        years: dict[int, tuple[int, int, Decimal]] = {}
        for row in (row for month in members for row in months[month]):
            came, size, revenue = years.get(row["year"], (0, 0, Decimal(0)))
            years[row["year"]] = (came + row["came"], size + row["size"], revenue + Decimal(row["revenue"]))
        size = sum(months[month][0]["size"] for month in members)
        found.append(Cohort(title, members[0], members[-1], size, years))
    return found


def _span(month: str, grain: str) -> str:
    year, number = month.split("-")
    if grain == "year":
        return year
    if grain == "quarter":
        return gettext("Q%(quarter)s %(year)s") % {"quarter": (int(number) + 2) // 3, "year": year}
    return words.month_title(month)


def _second_year(table: Table) -> Insight | None:
    """Say what the first year keeps, by the two latest cohorts that are large enough."""
    known = [
        row for row in table.rows if len(row.cells) > 1 and row.cells[1].value is not None and not row.cells[1].weak
    ]
    if len(known) < 2:  # noqa: PLR2004 - nothing to compare
        return None
    last, before = known[-1], known[-2]
    now, then = (float(str(row.cells[1].value)) for row in (last, before))
    return Insight(
        gettext("Of those who began in %(last)s, %(now)s came again in their first year; of %(before)s, %(then)s.")
        % {
            "last": last.title,
            "now": formats.percent(now),
            "before": before.title,
            "then": formats.percent(then),
        },
        last.cells[1].url.replace("came=1", "came=0"),
        gettext("Open those who did not"),
    )


def lost(asked: Asked) -> Page:
    from vernost.reports.queries.analytics import worth  # noqa: PLC0415 - as above

    rows = worth.lost_counts(asked.base)
    months = sorted({row["month"] for row in rows})
    branches = sorted({row["branch_id"] for row in rows}, key=lambda key: asked.branches.get(key, "\uffff"))
    by_month = [
        (formats.month(month), {"month": f"{month:%Y-%m}"}, [row for row in rows if row["month"] == month])
        for month in months
    ]
    by_branch = [
        (
            asked.branches.get(branch) or gettext("Without a branch"),
            {"place": str(branch)},
            [row for row in rows if row["branch_id"] == branch],
        )
        for branch in branches
    ]
    return Page(
        title=gettext("Lost customers"),
        tables=[
            _lost_table(asked, "months", gettext("By month"), gettext("Fell asleep in"), by_month, rows),
            _lost_table(asked, "branches", gettext("By branch"), gettext("Branch of the last visit"), by_branch, rows),
        ],
        intro=gettext(
            "Who fell asleep in the period and has not come since. The cascade also counts those who have come back."
        ),
        insight=soon_of(asked),
        with_period=True,
    )


def soon_of(asked: Asked) -> Insight | None:
    from vernost.office.analytics.base_pages import soon  # noqa: PLC0415 - the pages are siblings

    return soon(asked)


def _lost_table(
    asked: Asked,
    code: str,
    title: str,
    first: str,
    groups: list[tuple[str, dict[str, str], list[Figures]]],
    whole: list[Figures],
) -> Table:
    def row(name: str, keys: dict[str, str], members: list[Figures]) -> Row:
        url = asked.chosen.people("lost", **keys)
        customers = sum(each["customers"] for each in members)
        sums = {part: sum(each[part] for each in members) for part in ("revenue", "margin", "visits")}
        average = sums["visits"] / customers if customers else 0
        return Row(
            name,
            [
                count(customers, url),
                money(Decimal(sums["revenue"]) / 100, url),
                money(Decimal(sums["margin"]) / 100, url),
                Cell(formats.number(average, 1), "text", end=True),
            ],
        )

    head = [
        Column(first),
        Column(gettext("Customers"), "count"),
        Column(gettext("Revenue, all years"), "money"),
        Column(gettext("Margin, all years"), "money"),
        Column(gettext("Visits of a customer"), "count"),
    ]
    rows = [row(*group) for group in groups]
    empty = gettext("Nobody fell asleep in this period.")
    return Table(code, title, head, rows, total=row(gettext("Total"), {}, whole) if rows else None, empty=empty)


def upcoming(asked: Asked) -> Page:
    rows = asked.base.report("upcoming", as_of=asked.chosen.look.as_of)

    def row(each: Figures) -> Row:
        week = each["week"]
        url = asked.chosen.people("upcoming", week=week)
        title = f"{formats.day_short(week)} – {formats.day_short(week + timedelta(days=6))}"
        by_km = asked.chosen.people("upcoming", week=week, binds="km")
        hours = Cell(formats.number(each["hours"], 1), "text", end=True)
        return Row(
            title, [count(each["vehicles"], url), count(each["customers"], url), count(each["by_km"], by_km), hours]
        )

    head = [
        Column(gettext("Week")),
        Column(gettext("Cars"), "count"),
        Column(gettext("Customers"), "count"),
        Column(gettext("Kilometres come first"), "count"),
        Column(gettext("Labour hours by the plan"), "count"),
    ]
    names = [formats.day_short(each["week"]) for each in rows]
    values = [each["vehicles"] for each in rows]
    label = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
    return Page(
        title=gettext("Maintenance due"),
        tables=[Table("weeks", gettext("By week"), head, [row(each) for each in rows])],
        intro=gettext(
            "By the maker's plan, months or kilometres, whichever comes first; kilometres are foretold from the "
            "readings of the car."
        ),
        chart=Chart(
            gettext("Cars by week"),
            "series",
            {"names": names, "series": [{"name": gettext("Cars"), "values": values, "kind": "bar"}]},
            label,
        ),
    )


def latest(table: Table, *, rows: int, years: int) -> Table:
    """Keep the newest cohorts and the first years: what fits beside other figures."""
    kept = years + 1
    shown = [replace(row, cells=row.cells[:kept]) for row in table.rows[-rows:]]
    return replace(table, head=table.head[: kept + 1], rows=shown)
