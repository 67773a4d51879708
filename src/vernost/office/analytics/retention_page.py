"""The page of retention: its definitions side by side, a cut of them, by month."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, ngettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.office.analytics import cut_words, words
from vernost.office.analytics.cohort_page import FEW
from vernost.office.analytics.cut_words import CUT_TITLES
from vernost.office.analytics.page import Asked, Chart, Insight, Page
from vernost.office.analytics.tables import Cell, Row, Table, count, money, share
from vernost.reports.catalogue import retention as retention_report
from vernost.reports.exports import Column
from vernost.reports.queries.analytics.look import Row as Figures

if TYPE_CHECKING:
    from vernost.reports.queries.analytics.figures import Share

# A change that would be written as 0,0.
TELLING = 0.0005
WHY = {
    "customers_12": _("Of the customers with a visit in the 12 months before, those with a visit in the last 12."),
    "vehicles_12": _(
        "The same by car: one customer with two cars may have left with one of them, and a car sold to another owner "
        "who comes is kept."
    ),
    "customers_13": _("A month of grace: who comes yearly and is two weeks late is not lost. Always higher."),
    "customers_paid_12": _(
        "Only visits that were paid for: warranty and goodwill do not keep a customer. Usually lower; a brand that "
        "quotes it counts the dealer's own work."
    ),
}
_OF_THE_YEAR = _("As of the base's year: its last visit, and the age of the car then.")
CUT_NOTES = dict.fromkeys(CUT_TITLES, _OF_THE_YEAR) | {
    "source": _("A customer who bought a car from us before the first visit, or on its day, is of the sales."),
}
WHY["cars_year_2"] = _(
    "Of the cars sold by us, those that came in this year of their life: what brands quote for after-sales."
)


def retention(asked: Asked) -> Page:
    from vernost.reports.queries.analytics import figures  # noqa: PLC0415 - the office must not wait for Ibis

    rows = asked.base.report("retention", as_of=asked.chosen.look.as_of)
    series = figures.retained(asked.base)
    named = [(words.month_title(retention_report.written(one.month)), one.value) for one in series]
    label = ", ".join(f"{name} {formats.percent(value)}" for name, value in named)
    cut = asked.option("cut", gettext("Cut"), dict(CUT_TITLES))
    return Page(
        title=gettext("Retention of a year"),
        tables=[_definitions(asked, rows), _cut_table(asked, cut.chosen), _months(asked, series)],
        selects=[cut],
        intro=gettext(
            "There is no one retention: brands, owners and consultants count it differently. Here are the usual "
            "definitions side by side, each with what makes it differ from the first."
        ),
        insight=_not_kept(asked, rows),
        chart=Chart(
            gettext("Customers, 12 months, by month"),
            "series",
            {
                "names": [name for name, _value in named],
                "series": [
                    {
                        "name": gettext("Retention"),
                        "values": [None if value is None else round(value * 100, 1) for _name, value in named],
                    }
                ],
                "unit": "%",
            },
            label,
            axis=gettext("the axis does not begin at zero"),
        ),
    )


def _definitions(asked: Asked, rows: Sequence[Figures]) -> Table:
    def row(each: Figures) -> Row:
        code = each["definition"]
        urls = [
            asked.chosen.people("retention", definition=code, kept=kept) if each["base"] else ""
            for kept in (None, 1, 0)
        ]
        lost = each["base"] - each["kept"]
        cells = [
            Cell(words.month_title(each["month"]), "text"),
            count(each["base"], urls[0]),
            count(each["kept"], urls[1]),
            count(lost, urls[2]),
            share(each["share"], urls[1]),
            money(each["revenue_kept"], urls[1]),
            money(each["revenue_lost"], urls[2]),
        ]
        return Row(words.definition_title(code), cells, note=gettext(WHY[code]) if code in WHY else "")

    head = [
        Column(gettext("Definition")),
        Column(gettext("At the end of")),
        Column(gettext("Base"), "count"),
        Column(gettext("Came again"), "count"),
        Column(gettext("Not seen again"), "count"),
        Column(gettext("Retention"), "share"),
        Column(gettext("Money kept"), "money"),
        Column(gettext("Money lost"), "money"),
    ]
    return Table(
        "definitions",
        gettext("Definitions side by side"),
        head,
        [row(each) for each in rows],
        note=gettext("Money is the revenue of the base's year: what those who stayed, or left, had brought in it."),
    )


def _cut_table(asked: Asked, by: str) -> Table:
    """Show cars by their age, make and model, customers by who received them last in the base's year and by source."""
    from vernost.reports.queries.analytics import figures  # noqa: PLC0415 - as above
    from vernost.segments.rules import cuts  # noqa: PLC0415 - as above

    definition = "vehicles_12" if by in cuts.OF_CARS else "customers_12"
    (known,) = (one for one in cuts.CUTS if one == by)
    rows = {row["cut"]: row for row in figures.retained_by(asked.base, definition, known)}
    title = cut_words.titles(asked.base, by)

    def row(key: Any, each: Figures) -> Row:  # noqa: ANN401 - an id or a text
        keys = {"definition": definition, **cut_words.link(by, key)}
        whole, kept, left = (asked.chosen.people("retention", **keys, kept=which) for which in (None, 1, 0))
        gone = each["base"] - each["kept"]
        few = gettext("few") if each["base"] < FEW else ""
        return Row(
            title(key),
            [
                count(each["base"], whole),
                count(each["kept"], kept),
                count(gone, left),
                share(each["kept"] / each["base"], kept, note=few, weak=bool(few)),
                money(Decimal(each["revenue_kept"]) / 100, kept),
                money(Decimal(each["revenue_lost"]) / 100, left if gone else ""),
            ],
        )

    head = [
        Column(gettext(cut_words.HEADS[by])),
        Column(gettext("Base"), "count"),
        Column(gettext("Came again"), "count"),
        Column(gettext("Not seen again"), "count"),
        Column(gettext("Retention"), "share"),
        Column(gettext("Money kept"), "money"),
        Column(gettext("Money lost"), "money"),
    ]
    whom = gettext("Cars, 12 months") if definition == "vehicles_12" else gettext("Customers, 12 months")
    named = f"{whom}: {gettext(CUT_TITLES[by]).lower()}"
    order = cut_words.ordered(by, {key: each["base"] for key, each in rows.items()})
    return Table("cut", named, head, [row(key, rows[key]) for key in order], note=gettext(CUT_NOTES[by]))


def _months(asked: Asked, series: "Sequence[Share]") -> Table:
    rows = []
    for place, one in enumerate(series):
        month = retention_report.written(one.month)
        whole, kept, left = (
            asked.chosen.people("retention", definition="customers_12", month=month, kept=which)
            for which in (None, 1, 0)
        )
        before = series[place - 1].value if place else None
        change = None if one.value is None or before is None else one.value - before
        good = None if not change or abs(change) < TELLING else change > 0
        rows.append(
            Row(
                words.month_title(month),
                [
                    count(one.base, whole),
                    count(one.kept, kept),
                    count(one.base - one.kept, left),
                    share(one.value, kept if one.kept else ""),
                    Cell(change, "share", signed=True, good=good),
                ],
            )
        )
    head = [
        Column(gettext("Month")),
        Column(gettext("Base"), "count"),
        Column(gettext("Came again"), "count"),
        Column(gettext("Not seen again"), "count"),
        Column(gettext("Retention"), "share"),
        Column(gettext("Change, pp"), "share"),
    ]
    return Table("months", gettext("Customers, 12 months, by month"), head, rows)


def _not_kept(asked: Asked, rows: Sequence[Figures]) -> Insight | None:
    row = next(row for row in rows if row["definition"] == "customers_12")
    lost = row["base"] - row["kept"]
    if not lost:
        return None
    text = ngettext(
        "%(count)s customer of the year before did not come in this one; he had brought %(money)s.",
        "%(count)s customers of the year before did not come in this one; they had brought %(money)s.",
        lost,
    )
    named = {"count": formats.number(lost), "money": formats.roubles_short(Decimal(row["revenue_lost"]))}
    url = asked.chosen.people("retention", definition="customers_12", kept=0)
    return Insight(text % named, url, gettext("Open them"))
