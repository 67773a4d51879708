"""The people behind each figure of the analytics pages: a list is asked for by a code and its keys.

A list gives rows of customer_id, vehicle_id (null: no car is meant), on (the day of what happened) and amount
(kopecks): as many rows as its figure counts.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from vernost.facts import cars
from vernost.reports import cell_yields
from vernost.reports.catalogue.retention import base_of
from vernost.reports.catalogue.rfm import scored
from vernost.reports.catalogue.upcoming import due
from vernost.reports.queries.analytics import best, expected
from vernost.reports.queries.analytics.look import Base, UnknownList
from vernost.reports.risk_events import risk_events
from vernost.segments.rules import abc, basket, cascade, cuts, days, lifecycle, retention, risks, sources

Keys = Mapping[str, str]
OUTSIDE = "outside"
SOON_DAYS = 30


def rows_of(base: Base, code: str, keys: Keys) -> Table:
    """Return the rows of a list; `UnknownList` where its code or a key means nothing."""
    try:
        return LISTS[code](base, keys)
    except (KeyError, ValueError) as error:
        raise UnknownList from error


def _shaped(rows: Table, **columns: Any) -> Table:  # noqa: ANN401 - values of Ibis
    empty = {"vehicle_id": ibis.null("int64"), "on": ibis.null("date"), "amount": ibis.null("int64")}
    chosen = {name: columns.get(name, null) for name, null in empty.items()}
    person = columns["customer_id"] if "customer_id" in columns else rows["customer_id"]
    return rows.select(customer_id=person.cast("int64"), **chosen)


def _states(base: Base) -> Table:
    return base.asked.only(lifecycle.states(base.asked, base.look.as_of, base.settings))


def _of_state(base: Base, keys: Keys) -> Table:
    states = _states(base)
    wanted = lifecycle.ACTIVE_BASE if keys["state"] == "base" else (_one_of(keys["state"], lifecycle.STATES),)
    return _shaped(states.filter(states.state.isin(wanted)))


def _one_of(word: str, known: Any) -> str:  # noqa: ANN401 - any collection of texts
    if word not in known:
        raise KeyError(word)
    return word


def _month(text: str) -> int:
    return retention.number_of_month(date.fromisoformat(f"{text}-01"))


def span(base: Base, month: str) -> tuple[date, date]:
    """Return the days (after, until] of a month of the look's period, of the whole of it without one."""
    if not month:
        return base.look.opened_on, base.look.as_of
    number = _month(month)
    first, last = retention.first_day(number), retention.last_day(number)
    return max(first - timedelta(days=1), base.look.opened_on), min(last, base.look.as_of)


def events(base: Base, *, place: str = "", known_on: date | None = None) -> Table:
    """Return the events of the cascade that the look shows; of one branch (0: none) where `place` is given."""
    own = base.actor.branch_ids
    if place and own is not None and int(place) not in own:
        raise KeyError(place)
    places = cascade.Places(each=True) if place else cascade.Places(own=own)
    # Where a customer comes from and goes to is seen in all branches only; what is shown are the actor's own.
    found = cascade.events(base.con, base.settings, places=places, until=base.look.as_of, known_on=known_on)
    if place:
        found = found.filter(found.branch_id == int(place))
    elif own is not None:
        found = found.filter(found.branch_id == cascade.OWN)
    return base.asked.only(found)


def _of_cascade(base: Base, keys: Keys) -> Table:
    after, until = span(base, keys.get("month", ""))
    known = base.look.as_of if keys.get("known") == "then" else None
    kind = keys["kind"]
    found = events(base, place=keys.get("place", ""), known_on=known)
    if kind in {"opening", "closing"}:
        found = found.filter(found.on <= (after if kind == "opening" else until))
        step = found.kind.isin(cascade.COMING).ifelse(1, -1)
        people = found.group_by("customer_id").aggregate(inside=step.sum())
        return _shaped(people.filter(people.inside > 0))
    found = found.filter(found.kind == _one_of(kind, cascade.FLOWS), found.on > after, found.on <= until)
    return _shaped(found, on=found.on)


def _of_rfm(base: Base, keys: Keys) -> Table:
    found = scored(base.asked)
    for axis in ("r", "f", "m"):
        if axis in keys:
            found = found.filter(found[axis] == int(keys[axis]))
    if "group" in keys:
        found = found.filter(found.group == keys["group"])
    return _shaped(found, on=found.last_on, amount=found.monetary)


def _of_overlay(base: Base, keys: Keys) -> Table:
    scores = scored(base.asked).rename(scored_id="customer_id").drop("ref")
    rows = _states(base).left_join(scores, [("customer_id", "scored_id")])
    if "state" in keys:
        rows = rows.filter(rows.state == keys["state"])
    if "group" in keys:
        inside = rows.group.isnull() if keys["group"] == OUTSIDE else rows.group == keys["group"]
        rows = rows.filter(inside)
    return _shaped(rows, on=rows.last_on, amount=rows.monetary)


def _of_soon(base: Base, _keys: Keys) -> Table:
    """Who falls asleep in the next days unless he comes."""
    rows = scored(base.asked)
    asleep_from = days.before(base.look.as_of, base.settings.sleep_after_days)
    rows = rows.filter(rows.last_on >= asleep_from, rows.last_on < asleep_from + timedelta(days=SOON_DAYS))
    states = _states(base)
    rows = rows.semi_join(states.filter(states.state.isin(lifecycle.ACTIVE_BASE)), "customer_id")
    awake = days.number(rows.last_on) + base.settings.sleep_after_days + 1
    return _shaped(rows, on=days.on_day(awake), amount=rows.monetary)


def _of_cohort(base: Base, keys: Keys) -> Table:
    unit: cuts.Unit = "vehicle" if keys.get("of") == "vehicle" else "customer"
    start: cuts.Start = "sale" if keys.get("start") == "sale" else "visit"
    first, last = _month(keys["from"]), _month(keys["to"])
    begun = retention.beginnings(base.asked, unit, start, base.look.as_of)
    begun = base.asked.only(begun, "id") if unit == "customer" else base.asked.only_owned(begun, "id")
    begun = begun.filter(begun.month >= first, begun.month <= last)
    if "cut" in keys:
        by = _cut_of(keys)
        begun = _of_cut(cuts.of_beginning(base.asked, begun, unit, start, by, as_of=base.look.as_of), by, keys)
    if "year" not in keys:
        return _units(base, begun, unit)
    year, finished = int(keys["year"]), retention.last_finished(base.look.as_of)
    begun = begun.filter(begun.month + year * retention.YEAR <= finished)
    visits = retention.visit_days(base.asked, unit, date.min, retention.last_day(finished))
    came = begun.join(visits, [("id", f"{unit}_id")])
    passed = retention.month_of(came.on) - came.month
    came = came.filter(passed > (year - 1) * retention.YEAR, passed <= year * retention.YEAR)
    if keys.get("came") == "0":
        return _units(base, begun.anti_join(came.select(came_id="id"), [("id", "came_id")]), unit)
    paid = came.group_by("id").aggregate(amount=came.revenue.sum().cast("int64"))
    return _units(base, paid, unit)


def _units(base: Base, rows: Table, unit: str) -> Table:
    """Shape rows of `id` (and amount): customers, or cars with their present owners."""
    amount = {"amount": rows.amount} if "amount" in rows.columns else {}
    if unit == "customer":
        return _shaped(rows, customer_id=rows.id, **amount)
    owners = cars.owners(base.asked, base.look.as_of).select(owned_id="vehicle_id", owner_id="customer_id")
    owners = owners.distinct(on="owned_id", keep="first")
    rows = rows.left_join(owners, [("id", "owned_id")])
    amount = {"amount": rows.amount} if "amount" in rows.columns else {}
    return _shaped(rows, customer_id=rows.owner_id, vehicle_id=rows.id, **amount)


def _of_retention(base: Base, keys: Keys) -> Table:
    code, kept = keys["definition"], keys.get("kept")
    last = retention.last_finished(base.look.as_of)
    month = _month(keys["month"]) if "month" in keys else last
    if month > last:
        raise KeyError(keys["month"])
    definition = next((one for one in retention.DEFINITIONS if one.code == code), None)
    unit: cuts.Unit = "vehicle" if definition is None else definition.unit
    if definition is None:
        years = retention.car_years(base.asked, month)
        found = base.asked.only_owned(years.filter(years.year == int(code.removeprefix("cars_year_"))), "id")
    elif "cut" in keys:
        by = _cut_of(keys)
        found = _of_cut(base_of(base.asked, definition, by, month=month), by, keys)
    else:
        found = base_of(base.asked, definition, month=month)
    if kept is not None:
        found = found.filter(found.came if kept == "1" else ~found.came)
    return _units(base, found.rename(amount="revenue"), unit)


def _cut_of(keys: Keys) -> cuts.Cut:
    return next(by for by in cuts.CUTS if by == _one_of(keys["cut"], cuts.CUTS))


def _of_cut(rows: Table, by: cuts.Cut, keys: Keys) -> Table:
    """Leave the rows of a key of the cut: of `value`, without one of those who have none."""
    if "value" not in keys:
        return rows.filter(rows.cut.isnull())
    value = int(keys["value"]) if by in {"branch", "advisor"} else keys["value"]
    return rows.filter(rows.cut == value)


def _of_abc(base: Base, keys: Keys) -> Table:
    unit = "vehicle" if keys.get("by") == "vehicle" else "customer"
    measure: abc.Measure = "margin" if keys.get("measure") == "margin" else "revenue"
    rows = best.classed(base, unit, measure)
    if "abc" in keys:
        rows = rows.filter(rows.abc == _one_of(keys["abc"], "ABC"))
    if "before" in keys:
        then = best.classed(base.on(base.look.year_ago()), unit, measure)
        then = then.filter(then.abc == _one_of(keys["before"], "ABC"))
        rows = rows.semi_join(then.select(then_id="id"), [("id", "then_id")])
    return _units(base, rows.select("id", amount="value"), unit)


def _of_trait(base: Base, keys: Keys) -> Table:
    """Customers of class A, or the others, who came in the window of RFM; with a trait, where one is asked for."""
    rows = best.described(base, "margin" if keys.get("measure") == "margin" else "revenue")
    rows = rows.filter(rows.best if keys["best"] == "1" else ~rows.best)
    if "make" in keys:
        rows = best.owning(base, rows, keys["make"])
    if "trait" in keys:
        rows = rows.filter(rows[_one_of(keys["trait"], best.TRAITS)])
    return _shaped(rows, customer_id=rows.id, amount=rows.revenue)


def _of_risk(base: Base, keys: Keys) -> Table:
    if "outcome" in keys:
        rows = risks_then(base)
        rows = rows.filter(rows.saved if keys["outcome"] == "saved" else ~rows.saved)
        if "risk" in keys:
            rows = rows.filter(rows.code == _one_of(keys["risk"], risks.TITLES))
        return _shaped(rows)
    rows = base.asked.only(risk_events(base.asked, told=False))
    rows = rows.filter(rows.code == _one_of(keys["risk"], risks.TITLES))
    return _shaped(rows, vehicle_id=rows.vehicle_id, on=rows.on, amount=rows.amount)


def risks_then(base: Base) -> Table:
    """Return customer_id, code and saved of who was at risk a year ago and in the base: saved is in it today."""
    then = base.on(base.look.year_ago())
    found = risk_events(then.asked, told=False).select("customer_id", "code").distinct()
    was = lifecycle.states(then.asked, then.look.as_of, base.settings)
    was = was.filter(was.state.isin(lifecycle.ACTIVE_BASE))
    rows = base.asked.only(found).semi_join(was, "customer_id")
    now = lifecycle.states(base.asked, base.look.as_of, base.settings).rename(now_id="customer_id")
    rows = rows.join(now, [("customer_id", "now_id")])
    return rows.select("customer_id", "code", saved=rows.state.isin(lifecycle.ACTIVE_BASE))


def _of_lost(base: Base, keys: Keys) -> Table:
    after, until = span(base, keys.get("month", ""))
    rows = lost(base)
    rows = rows.filter(rows.slept_on > after, rows.slept_on <= until)
    if "place" in keys:
        rows = rows.filter(rows.last_branch_id.fill_null(0) == int(keys["place"]))
    return _shaped(rows, on=rows.slept_on, amount=rows.revenue)


def lost(base: Base) -> Table:
    """Return who sleeps on the day: customer_id, slept_on, last_branch_id, visits, revenue and margin (kopecks)."""
    from vernost.segments.rules import money  # noqa: PLC0415 - its name is that of a column here

    states = _states(base)
    asleep = states.filter(states.state == lifecycle.SLEEPING).select("customer_id")
    made = money.money(base.asked, base.look.as_of).rename(made_id="customer_id")
    rows = asleep.join(made, [("customer_id", "made_id")])
    slept = days.number(rows.last_visit_on) + base.settings.sleep_after_days + 1
    return rows.select("customer_id", "last_branch_id", "visits", "revenue", "margin", slept_on=days.on_day(slept))


def _of_upcoming(base: Base, keys: Keys) -> Table:
    week = date.fromisoformat(keys["week"])
    found = due(base.asked, week + timedelta(days=7))
    found = found.filter(found.due_on >= week)
    if keys.get("binds") == "km":
        found = found.filter(found.binds == "km")
    found = found.distinct(on="vehicle_id", keep="first")
    return _shaped(found, vehicle_id=found.vehicle_id, on=found.due_on)


def _of_source(base: Base, keys: Keys) -> Table:
    rows = base.asked.only(sources.sources(base.asked, base.look.as_of, base.settings))
    if "source" in keys:
        rows = rows.filter(rows.source == _one_of(keys["source"], (sources.SALES, sources.SERVICE, sources.NEITHER)))
    match keys.get("of"):
        case "bought":
            rows = rows.filter(rows.bought)
        case "came":
            rows = rows.filter(rows.came)
        case "never":
            rows = rows.filter(~rows.came)
        case "active":
            rows = rows.filter(rows.state.isin(lifecycle.ACTIVE_BASE))
        case _:
            pass
    return _shaped(rows, on=rows.last_visit_on, amount=rows.revenue)


BASKET_DAYS = 730


def _of_basket(base: Base, keys: Keys) -> Table:
    """Orders with both; with `of=offer` who had the first and not the second in the window."""
    done = base.asked.only(basket.bought(base.asked, base.look.as_of, BASKET_DAYS))
    first, second = done.filter(done.category == keys["bought"]), done.filter(done.category == keys["then"])
    if keys.get("of") == "offer":
        people = first.filter(first.customer_id.notnull()).select("customer_id").distinct()
        second = second.filter(second.customer_id.notnull())
        return _shaped(people.anti_join(second.select(has_id="customer_id"), [("customer_id", "has_id")]))
    both = first.semi_join(second.select(other_id="order_id"), [("order_id", "other_id")])
    return _shaped(both)


def _of_paid(base: Base, keys: Keys) -> Table:
    """Who came in the period, with what he paid, or with the margin of it."""
    visits = _visits(base, keys)
    amount = visits.margin if keys.get("measure") == "margin" else visits.revenue
    made = visits.group_by("customer_id").aggregate(on=visits.on.max(), amount=amount.sum().cast("int64"))
    made = base.asked.only(made)
    return _shaped(made, on=made.on, amount=made.amount)


def _of_came(base: Base, keys: Keys) -> Table:
    """The visits of the period: a row for each day of a customer."""
    visits = _visits(base, keys)
    came = visits.group_by("customer_id", "on").aggregate(amount=visits.revenue.sum().cast("int64"))
    came = base.asked.only(came)
    return _shaped(came, on=came.on, amount=came.amount)


def _visits(base: Base, keys: Keys) -> Table:
    after, until = span(base, keys.get("month", ""))
    visits = base.asked.table("visits")
    return visits.filter(visits.customer_id.notnull(), visits.on > after, visits.on <= until)


def _of_yield(base: Base, keys: Keys) -> Table:
    """Who was in a cell when its strategy was written, and of them who was contacted, or came, up to a day."""
    rows = cell_yields.followed(base.asked, date.fromisoformat(keys["assigned"]), date.fromisoformat(keys["until"]))
    rows = rows.filter(rows.r == int(keys["r"]), rows.m == int(keys["m"]))
    if "of" in keys:
        rows = rows.filter(rows[_one_of(keys["of"], ("contacted", "came"))])
    amount = rows.revenue if keys.get("measure") == "revenue" else rows.margin
    return _shaped(rows, on=rows.last_on, amount=amount)


def _of_expected(base: Base, keys: Keys) -> Table:
    """On whom the models of expected visits of a day were tested."""
    of = _one_of(keys.get("of", ""), ("", "came", "visits"))
    rows = expected.people(base, date.fromisoformat(keys["fitted"]), before=keys.get("before", ""), of=of)
    return _shaped(rows, on=rows.on)


def _of_made(base: Base, keys: Keys) -> Table:
    """Who brought the money of a model, or of a category of works, in the window of ABC."""
    window_from = days.before(base.look.as_of, base.settings.abc_window_days)
    if keys["by"] == "category":
        lines = base.asked.table("lines")
        lines = lines.filter(
            lines.on > window_from,
            lines.on <= base.look.as_of,
            ~lines.declined,
            lines.category_key.fill_null("") == keys.get("key", ""),
        )
        made = lines.group_by("customer_id").aggregate(on=lines.on.max(), amount=lines.amount.sum().cast("int64"))
        return _shaped(made, on=made.on, amount=made.amount)
    models = base.asked.table("vehicles")
    models = models.filter(models.make_key + " " + models.model_key == keys["key"]).select(model_id="vehicle_id")
    visits = base.asked.table("vehicle_visits")
    visits = visits.filter(visits.on > window_from, visits.on <= base.look.as_of)
    visits = visits.semi_join(models, [("vehicle_id", "model_id")])
    made = visits.group_by(id="vehicle_id").aggregate(amount=visits.revenue.sum().cast("int64"))
    return _units(base, made, "vehicle")


LISTS: Mapping[str, Callable[[Base, Keys], Table]] = {
    "state": _of_state,
    "cascade": _of_cascade,
    "rfm": _of_rfm,
    "overlay": _of_overlay,
    "soon": _of_soon,
    "cohort": _of_cohort,
    "retention": _of_retention,
    "abc": _of_abc,
    "trait": _of_trait,
    "risk": _of_risk,
    "lost": _of_lost,
    "upcoming": _of_upcoming,
    "source": _of_source,
    "basket": _of_basket,
    "paid": _of_paid,
    "came": _of_came,
    "yield": _of_yield,
    "expected": _of_expected,
    "made": _of_made,
}
