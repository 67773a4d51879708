"""The page of cohorts: who began together, in time or by a cut, and came in each later year."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.office.analytics import cut_words, words
from vernost.office.analytics.cut_words import CUT_TITLES
from vernost.office.analytics.page import Asked, Insight, Page
from vernost.office.analytics.tables import Row, Table, count, share
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
    """Who began together; `keys` of its list, and of its years of life (came, size) those of months that are over."""

    title: str
    keys: dict[str, str | None]
    size: int
    years: dict[int, tuple[int, int]]


def cohorts(asked: Asked) -> Page:
    unit = asked.option("of", gettext("Of whom"), dict(UNITS))
    start = asked.option("start", gettext("Beginning"), dict(STARTS))
    rows = asked.option("rows", gettext("Rows"), {**GRAINS, **CUT_TITLES})
    table = cohort_table(asked, of=unit.chosen, start=start.chosen, rows=rows.chosen)
    return Page(
        title=gettext("Cohorts"),
        tables=[table],
        intro=gettext(
            "Who began in the same time, and the share of them that came in each later year (12 calendar months). "
            "Grey: fewer than %(few)s, a share of so few says little."
        )
        % {"few": FEW},
        insight=_second_year(table) if rows.chosen in GRAINS else None,
        selects=[unit, start, rows],
    )


def cohort_table(asked: Asked, *, of: str = "customer", start: str = "visit", rows: str = "year") -> Table:
    from vernost.reports.queries.analytics import figures  # noqa: PLC0415 - the office must not wait for Ibis
    from vernost.segments.rules import cuts  # noqa: PLC0415 - as above

    unit: cuts.Unit = "vehicle" if of == "vehicle" else "customer"
    began: cuts.Start = "sale" if start == "sale" else "visit"
    by = next((one for one in cuts.CUTS if one == rows), None)
    counted = figures.cohorts(asked.base, unit, began, by)
    found = _of_time(counted, rows) if by is None else _of_cut(asked, counted, by)
    keys = {"of": None if of == "customer" else of, "start": None if start == "visit" else start}
    heads = [Column(gettext("Year %(year)s") % {"year": year}, "share") for year in _years(found)]
    return Table(
        "cohorts",
        gettext("Cohorts") if by is None else f"{gettext('Cohorts')}: {gettext(CUT_TITLES[by]).lower()}",
        [
            Column(gettext("Began") if by is None else gettext(cut_words.HEADS[by])),
            Column(gettext("Began with us"), "count"),
            *heads,
        ],
        [_row(asked, one, _years(found), keys) for one in found],
        shape="heat",
        ramp=True,
        empty=gettext("A cohort is shown when its first year is over."),
    )


def _years(found: Sequence[Cohort]) -> range:
    return range(1, max((max(one.years, default=0) for one in found), default=0) + 1)


def _row(asked: Asked, one: Cohort, years: range, keys: dict[str, str | None]) -> Row:
    cells = [count(one.size, asked.chosen.people("cohort", **one.keys, **keys))]
    for year in years:
        came, size = one.years.get(year, (0, 0))
        url = asked.chosen.people("cohort", **one.keys, **keys, year=year, came=1) if came else ""
        value, weak = came / size if size else None, 0 < size < FEW
        numbers = {"came": formats.number(came), "size": formats.number(size)}
        # Of so few the share is no more than its two numbers.
        note = gettext("%(came)s of %(size)s") % numbers if weak else numbers["came"] if size else ""
        cells.append(share(value, url, note=note, heat=value, weak=weak))
    return Row(one.title, cells)


def _of_time(rows: Sequence[Figures], grain: str) -> list[Cohort]:
    """Put months together; the newest last."""
    spans: dict[str, list[Figures]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["month"]):
        spans[_span(_written(row["month"]), grain)].append(row)
    return [_cohort(title, {}, members) for title, members in spans.items()]


def _of_cut(asked: Asked, rows: Sequence[Figures], by: str) -> list[Cohort]:
    """Put the months of each value of the cut together."""
    members: dict[Any, list[Figures]] = defaultdict(list)
    for row in rows:
        members[row["cut"]].append(row)
    title = cut_words.titles(asked.base, by)
    order = cut_words.ordered(by, {key: _size(own) for key, own in members.items()})
    return [_cohort(title(key), cut_words.link(by, key), members[key]) for key in order]


def _cohort(title: str, keys: dict[str, str | None], rows: Sequence[Figures]) -> Cohort:
    """A year of life counts the months in which it is over."""
    years: dict[int, tuple[int, int]] = {}
    for row in rows:
        came, size = years.get(row["year"], (0, 0))
        years[row["year"]] = (came + row["came"], size + row["size"])
    months = [row["month"] for row in rows]
    ends = {"from_": _written(min(months)), "to": _written(max(months))}
    return Cohort(title, {**ends, **keys}, _size(rows), years)


def _size(rows: Sequence[Figures]) -> int:
    return sum({row["month"]: row["size"] for row in rows}.values())


def _written(month: int) -> str:
    return f"{month // YEAR}-{month % YEAR + 1:02}"


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


def latest(table: Table, *, rows: int, years: int) -> Table:
    """Keep the newest cohorts and the first years: what fits beside other figures."""
    kept = years + 1
    shown = [replace(row, cells=row.cells[:kept]) for row in table.rows[-rows:]]
    return replace(table, head=table.head[: kept + 1], rows=shown)
