"""RFM: how long ago, how often, for how much; 1 is best, 5 is worst."""

from datetime import date

import ibis
from ibis.expr.types import IntegerValue, Table

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.segments.rules import days, lifecycle

SCORES = 5
GROUPS = {
    "cream": _("Cream"),
    "write_off": _("To write off, or to win back cheaply"),
    "fresh": _("Fresh: came lately"),
    "constant": _("Constant: come often"),
    "big": _("Big: pay much"),
    "long_ago": _("Not seen for long, otherwise not bad"),
    "rare": _("Rare, otherwise not bad"),
    "small": _("Small, otherwise not bad"),
    "between": _("Between"),
}


def figures(tables: Tables, as_of: date, settings: RuleSettings) -> Table:
    """Return customer_id, last_on, recency_days, frequency (days), monetary (kopecks) of who came in the window."""
    window_from = days.before(as_of, settings.rfm_window_days)
    came = lifecycle.visit_days(tables, as_of)
    came = came.filter(came.on > window_from)
    often = came.group_by("customer_id").aggregate(last_on=came.on.max(), frequency=came.count().cast("int32"))
    visits = tables.table("visits")
    visits = visits.filter(visits.customer_id.notnull(), visits.on > window_from, visits.on <= as_of)
    paid = visits.group_by(paid_id="customer_id").aggregate(monetary=visits.revenue.sum().cast("int64"))
    rows = often.left_join(paid, [("customer_id", "paid_id")])
    return rows.select(
        "customer_id",
        "last_on",
        "frequency",
        recency_days=(ibis.literal(days.number_of(as_of), "int32") - days.number(rows.last_on)).cast("int32"),
        monetary=rows.monetary.fill_null(0),
    )


def scores(tables: Tables, as_of: date, settings: RuleSettings) -> Table:
    """Return the columns of `figures` and r, f, m of who came in the window. Equal values have equal scores."""
    rows = figures(tables, as_of, settings)
    everybody = rows.count().over(ibis.window())
    return rows.mutate(
        r=_score(rows.recency_days, everybody),
        f=_score(ibis.desc(rows.frequency), everybody),
        m=_score(ibis.desc(rows.monetary), everybody),
    )


def _score(best_first: IntegerValue, everybody: IntegerValue) -> IntegerValue:
    # Ibis counts ranks from 0: how many are strictly better. The last one is below n, so no score passes 5.
    better = ibis.rank().over(ibis.window(order_by=best_first))
    score: IntegerValue = (1 + (SCORES * better) // everybody).cast("int32")
    return score


def group(rows: Table) -> ibis.expr.types.StringValue:
    """Return the named group of r, f, m: the whole cream or waste, exactly one 1, exactly one 5, else `between`."""
    scores_of = (rows.r, rows.f, rows.m)
    best, worst = (sum((score == end).cast("int32") for score in scores_of) for end in (1, SCORES))
    named: ibis.expr.types.StringValue = ibis.cases(
        (best == len(scores_of), "cream"),
        (worst == len(scores_of), "write_off"),
        *(
            ((best == 1) & (score == 1), word)
            for score, word in zip(scores_of, ("fresh", "constant", "big"), strict=True)
        ),
        *(
            ((worst == 1) & (score == SCORES), word)
            for score, word in zip(scores_of, ("long_ago", "rare", "small"), strict=True)
        ),
        else_="between",
    )
    return named
