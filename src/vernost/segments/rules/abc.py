"""ABC: who makes the first three quarters of the money, who the next fifth, and the rest."""

from datetime import date
from typing import Literal

import ibis
from ibis.expr.types import IntegerValue, StringValue, Table

from vernost.accounts.rules import RuleSettings
from vernost.core.errors import BadRequest
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.segments.rules import days

AbcBy = Literal["customer", "vehicle", "model", "category"]
Measure = Literal["revenue", "margin"]


class NoMarginOfWorks(BadRequest):
    code = "no_margin_of_works"
    text = _("The margin of a single work is not known: categories are classed by revenue")


def values(tables: Tables, as_of: date, settings: RuleSettings, *, by: AbcBy, measure: Measure = "revenue") -> Table:
    """Return key (what ties are ordered by), title and value in kopecks of all that is classed; customers by their ref.

    Customers and vehicles also have their `id`. The window leaves its first day out.
    """
    match by:
        case "customer":
            return _of_orders(tables, as_of, settings, "customer", measure)
        case "vehicle":
            return _of_orders(tables, as_of, settings, "vehicle", measure)
        case "model":
            return _models(tables, as_of, settings, measure)
        case "category":
            if measure == "margin":
                raise NoMarginOfWorks
            return _categories(tables, as_of, settings)


def _of_orders(tables: Tables, as_of: date, settings: RuleSettings, noun: str, measure: Measure) -> Table:
    key = f"{noun}_id"
    orders = tables.table("visits" if noun == "customer" else "vehicle_visits")
    window_from = days.before(as_of, settings.abc_window_days)
    orders = orders.filter(orders[key].notnull(), orders.on > window_from, orders.on <= as_of)
    made = orders.group_by(made_id=key).aggregate(made=orders[measure].sum().cast("int64"))
    rows = tables.table(f"{noun}s").left_join(made, [(key, "made_id")])
    return rows.select(id=key, key=rows.ref, title=rows.ref, value=rows.made.fill_null(0))


def _models(tables: Tables, as_of: date, settings: RuleSettings, measure: Measure) -> Table:
    cars = tables.table("vehicles")
    made = _of_orders(tables, as_of, settings, "vehicle", measure).select("id", "value")
    rows = cars.join(made, [("vehicle_id", "id")])
    rows = rows.mutate(key=rows.make_key + " " + rows.model_key, title=rows.make + " " + rows.model)
    return rows.group_by("key").aggregate(title=rows.title.min(), value=rows.value.sum().cast("int64"))


def _categories(tables: Tables, as_of: date, settings: RuleSettings) -> Table:
    lines = tables.table("lines")
    window_from = days.before(as_of, settings.abc_window_days)
    lines = lines.filter(lines.on > window_from, lines.on <= as_of, ~lines.declined)
    lines = lines.mutate(key=lines.category_key.fill_null(""))
    return lines.group_by("key").aggregate(title=lines.key.min(), value=lines.amount.sum().cast("int64"))


def classes(rows: Table, settings: RuleSettings) -> Table:
    """Add share_before and total (kopecks), and abc, to rows with value and key."""
    positive = ibis.greatest(rows.value, 0)
    place = [ibis.desc("value"), "key"]
    rows = rows.mutate(positive=positive)
    rows = rows.mutate(
        until=rows.positive.sum().over(ibis.window(order_by=place, preceding=None, following=0)).cast("int64"),
        total=rows.positive.sum().over(ibis.window()).cast("int64"),
    )
    rows = rows.mutate(before=rows.until - rows.positive)
    return rows.mutate(abc=_word(rows.value, rows.before, rows.total, settings)).drop("positive", "until")


def _word(value: IntegerValue, before: IntegerValue, total: IntegerValue, settings: RuleSettings) -> StringValue:
    word: StringValue = ibis.cases(
        (value <= 0, "C"),
        (before * 100 < settings.abc_a_percent * total, "A"),
        (before * 100 < settings.abc_b_percent * total, "B"),
        else_="C",
    )
    return word
