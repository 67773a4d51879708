"""What the base of a retention and a cohort are cut by: where and by whom received, their car, their source."""

from datetime import date
from typing import Literal

import ibis
from ibis.expr.types import Table

from vernost.core.fact_table import Tables
from vernost.facts import maintenance
from vernost.facts.car_age import age_band
from vernost.facts.visits import place
from vernost.segments.rules import sources

Unit = Literal["customer", "vehicle"]
Start = Literal["visit", "sale"]
Cut = Literal["age", "make", "model", "branch", "advisor", "source"]
CUTS: tuple[Cut, ...] = ("age", "make", "model", "branch", "advisor", "source")
OF_CARS = ("age", "make", "model")
_COLUMNS = {"branch": "branch_id", "advisor": "advisor_id"}
_NONE = -1


def of_window(tables: Tables, rows: Table, unit: Unit, by: Cut, *, since: date, until: date) -> Table:
    """Add `cut` to rows with id, of the last visit between the two days.

    The keys of a branch or an advisor, folded make and model of the car, the band of its age in the year of `until`,
    the source up to then. Null where it is not known.
    """
    if by == "source":
        return _joined(rows, _sources(tables, unit, until))
    if unit == "vehicle" and by in OF_CARS:
        return _of_cars(tables, rows.mutate(cut_car=rows.id), by, until)
    visits = tables.table("visits")
    key = f"{unit}_id"
    visits = visits.filter(visits[key].notnull(), visits.on >= since, visits.on <= until)
    column = _COLUMNS.get(by, "vehicle_id")
    # An aggregate passes nulls over.
    seen = visits.group_by(cut_id=key).aggregate(seen=visits[column].fill_null(_NONE).argmax(place(visits)))
    return _seen(tables, rows, seen, by, until)


def of_beginning(tables: Tables, begun: Table, unit: Unit, start: Start, by: Cut, *, as_of: date) -> Table:
    """Add `cut` to beginnings (id, month): of the first visit, or of the sale; a sale has no service advisor."""
    if by == "source":
        return _joined(begun, _sources(tables, unit, as_of))
    if unit == "vehicle" and by in OF_CARS:
        return _of_cars(tables, begun.mutate(cut_car=begun.id), by)
    if start == "visit":
        visits = tables.table("visits")
        key = f"{unit}_id"
        visits = visits.filter(visits[key].notnull(), visits.on <= as_of)
        column = _COLUMNS.get(by, "vehicle_id")
        seen = visits.group_by(cut_id=key).aggregate(seen=visits[column].fill_null(_NONE).argmin(place(visits)))
    elif by == "advisor":
        return begun.mutate(cut=ibis.null("int64"))
    else:
        seen = _of_sale(tables, unit, by, as_of)
    return _seen(tables, begun, seen, by)


def _of_sale(tables: Tables, unit: Unit, by: Cut, as_of: date) -> Table:
    """Return cut_id and seen (the branch, or the car) of a customer's first car deal, of a car's last."""
    deals = tables.table("deals")
    key = f"{unit}_id"
    deals = deals.filter(
        deals[key].notnull(), deals.status == "won", deals.kind != "trade_in", deals.closed_on <= as_of
    )
    when = ibis.struct({"on": deals.closed_on, "ref": deals.ref})
    value = deals[_COLUMNS.get(by, "vehicle_id")].fill_null(_NONE)
    return deals.group_by(cut_id=key).aggregate(seen=value.argmin(when) if unit == "customer" else value.argmax(when))


def _seen(tables: Tables, rows: Table, seen: Table, by: Cut, until: date | None = None) -> Table:
    found = rows.left_join(seen.mutate(seen=seen.seen.nullif(_NONE)), [("id", "cut_id")])
    if by in _COLUMNS:
        return found.select(*rows.columns, cut="seen")
    return _of_cars(tables, found.select(*rows.columns, cut_car="seen"), by, until)


def _of_cars(tables: Tables, rows: Table, by: Cut, until: date | None = None) -> Table:
    """Put `cut` of the car in the place of `cut_car`; its age is of the year of `until`, else of the row's month."""
    cars = tables.table("vehicles")
    cars = cars.select(cut_id="vehicle_id", cut_make="make_key", cut_model="model_key", cut_year="year")
    columns = [column for column in rows.columns if column != "cut_car"]
    found = rows.left_join(cars, [("cut_car", "cut_id")])
    if by == "age":
        asked = found.month // 12 if until is None else until.year
        age = asked - found.cut_year
        # Next year's model is sold in the autumn.
        return found.select(*columns, cut=age_band((age < 0).ifelse(0, age)))
    make, model = found.cut_make.nullif(""), found.cut_model.nullif("")
    whole = (make + " " + model).fill_null(model).fill_null(make)
    return found.select(*columns, cut=make if by == "make" else whole)


def _sources(tables: Tables, unit: Unit, until: date) -> Table:
    """Return cut_id and cut: a customer's first contact; of cars those that we have sold are of the sales."""
    if unit == "customer":
        return sources.first_contacts(tables, until).select(cut_id="customer_id", cut="source")
    sold = maintenance.sales_by_us(tables, until).select(sold_id="vehicle_id")
    cars = tables.table("vehicles").select("vehicle_id").left_join(sold, [("vehicle_id", "sold_id")])
    return cars.select(cut_id="vehicle_id", cut=cars.sold_id.notnull().ifelse(sources.SALES, sources.SERVICE))


def _joined(rows: Table, cuts: Table) -> Table:
    return rows.left_join(cuts, [("id", "cut_id")]).select(*rows.columns, "cut")
