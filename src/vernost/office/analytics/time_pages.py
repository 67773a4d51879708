"""Pages of time: who was lost, what is due."""

from decimal import Decimal

from django.utils.translation import gettext

from vernost.core import formats
from vernost.office.analytics.page import Asked, Chart, Insight, Page
from vernost.office.analytics.tables import Row, Table, count, decimal, money
from vernost.reports.exports import Column
from vernost.reports.queries.analytics.look import Row as Figures


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
                decimal(average, 1, url),
            ],
        )

    head = [
        Column(first),
        Column(gettext("Customers"), "count"),
        Column(gettext("Revenue, all years"), "money"),
        Column(gettext("Margin, all years"), "money"),
        Column(gettext("Visits of a customer"), "decimal"),
    ]
    rows = [row(*group) for group in groups]
    empty = gettext("Nobody fell asleep in this period.")
    return Table(code, title, head, rows, total=row(gettext("Total"), {}, whole) if rows else None, empty=empty)


def upcoming(asked: Asked) -> Page:
    rows = asked.base.report("upcoming", as_of=asked.chosen.look.as_of)

    def row(each: Figures) -> Row:
        week = each["week"]
        url = asked.chosen.people("upcoming", week=week)
        by_km = asked.chosen.people("upcoming", week=week, binds="km")
        cells = [count(each["vehicles"], url), count(each["customers"], url), count(each["by_km"], by_km)]
        return Row(formats.week(week), [*cells, decimal(each["hours"], 1, url)])

    head = [
        Column(gettext("Week")),
        Column(gettext("Cars"), "count"),
        Column(gettext("Customers"), "count"),
        Column(gettext("Kilometres come first"), "count"),
        Column(gettext("Labour hours by the plan"), "decimal"),
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
