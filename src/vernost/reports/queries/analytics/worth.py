"""Who makes the money: classes, where they came from in a year, what the best have in common; risks and their end."""

from typing import Any

import ibis
from ibis.expr.types import Table

from vernost.reports.queries.analytics import best, lists
from vernost.reports.queries.analytics.look import Base, Row
from vernost.reports.risk_events import risk_events
from vernost.segments.rules import abc, risks

MAKES = 5
MODELS = 100


def classes(base: Base, unit: str, measure: abc.Measure) -> list[Row]:
    """Return abc, count and value (kopecks) of each class of customers or cars."""

    def made() -> list[Row]:
        rows = best.classed(base, unit, measure)
        found = rows.group_by("abc").aggregate(count=rows.count(), value=rows.value.sum().cast("int64"))
        known = {row["abc"]: row for row in base.asked.rows(found)}
        return [known.get(word, {"abc": word, "count": 0, "value": 0}) for word in "ABC"]

    return list(base.kept("classes", made, unit, measure))


def things(base: Base, by: abc.AbcBy, measure: abc.Measure) -> list[Row]:
    """Return key, title, value (kopecks), share and abc of models or categories, the greatest first."""

    def made() -> list[Row]:
        rows = abc.classes(
            abc.values(base.asked, base.look.as_of, base.settings, by=by, measure=measure), base.settings
        )
        rows = rows.mutate(share=ibis.greatest(rows.value, 0) / rows.total.nullif(0))
        return base.asked.rows(
            rows.filter(rows.value != 0)
            .order_by([ibis.desc("value"), "key"])
            .limit(MODELS)
            .select("key", "title", "value", "share", "abc")
        )

    return list(base.kept("things", made, by, measure))


def moves(base: Base, measure: abc.Measure) -> dict[tuple[str, str], int]:
    """Return how many customers of a class of a year ago are in which class now: (before, now) -> customers."""

    def made() -> dict[tuple[str, str], int]:
        then = best.classed(base.on(base.look.year_ago()), "customer", measure).select(then_id="id", before="abc")
        rows = best.classed(base, "customer", measure).join(then, [("id", "then_id")])
        found = base.asked.rows(rows.group_by("before", "abc").aggregate(count=rows.count()))
        return {(row["before"], row["abc"]): row["count"] for row in found}

    kept: dict[tuple[str, str], int] = base.kept("moves", made, measure)
    return kept


def traits(base: Base, measure: abc.Measure) -> list[Row]:
    """Return what customers of class A and the others with orders have in the window, a row each (`best` True first).

    customers, visits (a customer), order (kopecks, mean of a visit), and shares: companies, loyal, bought (a car
    from us), cars (two and more), make:NAME of the makes that most of them own.
    """

    def made() -> list[Row]:
        rows = best.described(base, measure)
        cars_of = best.owned(base)
        makes = _makes(base, rows, cars_of)
        owning = {f"make:{make}": rows.id.isin(cars_of.filter(cars_of.make == make).owner_id) for make in makes}
        rows = rows.mutate(**owning)
        means = {name: rows[name].cast("int8").mean() for name in (*best.TRAITS, *owning)}
        found = rows.group_by("best").aggregate(
            customers=rows.count(),
            visits=rows.visits.mean(),
            order=(rows.revenue.sum() / rows.visits.sum().nullif(0)),
            **means,
        )
        return sorted(base.asked.rows(found), key=lambda row: not row["best"])

    return list(base.kept("traits", made, measure))


def _makes(base: Base, rows: Table, owned: Table) -> list[str]:
    of_best = owned.semi_join(rows.filter(rows.best), [("owner_id", "id")])
    found = of_best.group_by("make").aggregate(count=of_best.count())
    found = found.order_by([ibis.desc("count"), "make"]).limit(MAKES)
    return [row["make"] for row in base.asked.rows(found) if row["make"]]


def risk_counts(base: Base) -> list[Row]:
    """Return code, events, customers and amount (kopecks) of each point of risk on the day."""

    def made() -> list[Row]:
        found = base.asked.only(risk_events(base.asked, told=False))
        counted = found.group_by("code").aggregate(
            events=found.count(), customers=found.customer_id.nunique(), amount=found.amount.sum().cast("int64")
        )
        known = {row["code"]: row for row in base.asked.rows(counted)}
        nothing: dict[str, Any] = {"events": 0, "customers": 0, "amount": None}
        return [{**nothing, **known.get(code, {}), "code": code} for code in risks.TITLES]

    return list(base.kept("risk_counts", made))


def risk_ends(base: Base) -> list[Row]:
    """Return code, customers at risk a year ago and in the base then, and how many were saved (are in it now)."""

    def made() -> list[Row]:
        found = lists.risks_then(base)
        counted = found.group_by("code").aggregate(customers=found.count(), saved=found.saved.sum().cast("int64"))
        known = {row["code"]: row for row in base.asked.rows(counted)}
        return [{"customers": 0, "saved": 0, **known.get(code, {}), "code": code} for code in risks.TITLES]

    return list(base.kept("risk_ends", made))


def lost_counts(base: Base) -> list[Row]:
    """Return month (first day), branch_id (0: none), counts and money of who fell asleep in the period and sleeps."""

    def made() -> list[Row]:
        found = lists.lost(base)
        found = found.filter(found.slept_on > base.look.opened_on, found.slept_on <= base.look.as_of)
        month = found.slept_on.truncate("M").cast("date")
        return base.asked.rows(
            found.group_by(month=month, branch_id=found.last_branch_id.fill_null(0)).aggregate(
                customers=found.count(),
                revenue=found.revenue.sum().cast("int64"),
                margin=found.margin.sum().cast("int64"),
                visits=found.visits.sum().cast("int64"),
            )
        )

    return list(base.kept("lost_counts", made))
