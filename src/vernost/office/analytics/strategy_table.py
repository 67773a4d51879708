"""What the strategies of the cells brought, each figure with its people."""

from decimal import Decimal

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.office.analytics.page import Asked
from vernost.office.analytics.tables import Cell, Row, Table, count, money, share
from vernost.reports.exports import Column
from vernost.reports.queries.analytics.look import Row as Figures

VERDICTS = {
    "works": _("brings more"),
    "no_proof": _("no proof"),
    "harms": _("brings less"),
    "not_enough_data": _("not enough data"),
}


def brought(asked: Asked) -> Table:
    rows = asked.base.report("strategies", as_of=asked.chosen.look.as_of)
    head = [
        Column(gettext("Cell")),
        Column(gettext("Since"), "day"),
        Column(gettext("Were in the cell"), "count"),
        Column(gettext("Contacted"), "count"),
        Column(gettext("Came"), "count"),
        Column(gettext("Margin"), "money"),
        Column(gettext("Share that came"), "share"),
        Column(gettext("Same cell a year before"), "share"),
        Column(gettext("Against the cells without a strategy"), "share"),
        Column(gettext("Conclusion")),
    ]
    return Table(
        "strategies",
        gettext("What they brought"),
        head,
        [_row(asked, row) for row in rows],
        note=gettext(
            "Those who were in the cell on the day of its strategy, and what they did in the next %(days)s days. The "
            "change against the same cell a year before is compared with that change of the cells without a strategy; "
            "each of the four needs %(customers)s customers, and the days must be over."
        )
        % {"days": 90, "customers": 100},
        empty=gettext("No strategy has been written yet: the ready ones are not counted."),
    )


def _row(asked: Asked, row: Figures) -> Row:
    cell = {"r": row["r"], "m": row["m"], "assigned": row["assigned_on"], "until": row["until"]}
    whole, contacted, came = (asked.chosen.people("yield", **cell, of=of) for of in (None, "contacted", "came"))
    effect = row["effect"]
    ends = "" if effect is None else f"{formats.points(row['effect_from'])} … {formats.points(row['effect_to'])}"
    good = {"works": True, "harms": False}.get(row["verdict"])
    return Row(
        f"R{row['r']} × M{row['m']}",
        [
            Cell(row["assigned_on"], "day"),
            count(row["customers"], whole),
            count(row["contacted"], contacted),
            count(row["came"], came),
            money(Decimal(row["margin"]), came),
            share(row["share"], came if row["came"] else ""),
            share(row["share_before"]),
            Cell(effect, "share", note=ends, signed=True, good=good),
            Cell(gettext(VERDICTS[row["verdict"]]), "text", good=good),
        ],
        note=row["strategy"],
    )
