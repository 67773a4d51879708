"""The next maintenance of each vehicle: since when, by which plan, due when.

The rules are in docs/algorithms/next-service.md and those of the fine print "Programmes".
"""

from dataclasses import dataclass
from datetime import date

import ibis
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from vernost.facts import due, odometer, visits
from vernost.facts.odometer import DEFAULT_RATES, RateRules


@dataclass(frozen=True, slots=True)
class MaintenanceRules:
    """The interval of a vehicle that no plan fits; `default_allowed` False leaves such vehicles out."""

    default_months: int = 12
    default_km: int = 15_000
    default_allowed: bool = True
    rates: RateRules = DEFAULT_RATES


DEFAULT_RULES = MaintenanceRules()


def last_maintenance(con: Backend, as_of: date) -> Table:
    """Return each vehicle's last maintenance up to `as_of`, whoever brought it.

    Columns: vehicle_id, order_id, ref, on (closed), opened_on, mileage_km. Of several the latest
    closing day, time, then the greatest id of the source.
    """
    done = visits.vehicle_visits(con, as_of).filter(ibis._.kind == "maintenance")
    last = done.group_by("vehicle_id").aggregate(order_id=done.order_id.argmax(visits.place(done)))
    columns = ("vehicle_id", "order_id", "ref", "on", "opened_on", "mileage_km")
    return done.semi_join(last, ["vehicle_id", "order_id"]).select(*columns)


def sales_by_us(con: Backend, as_of: date) -> Table:
    """Return the sale by us of each vehicle: its latest deal, else the vehicle's own `sold_on`.

    Columns: vehicle_id, sale_on, deal_ref, deal_kind and deal_customer_id (null without a deal). Of deals closed on
    one day the one with the greatest id of the source.
    """
    deals = con.table("deals")
    sold = deals.filter(
        deals.status == "won", deals.kind.isin(["new", "used"]), deals.closed_on <= as_of, deals.vehicle_id.notnull()
    )
    ordered = sold.mutate(
        place=ibis.row_number().over(group_by="vehicle_id", order_by=[ibis.desc("closed_on"), ibis.desc("ref")])
    )
    latest = ordered.filter(ordered.place == 0).select(
        "vehicle_id",
        sale_on=ordered.closed_on,
        deal_ref=ordered.ref,
        deal_kind=ordered.kind,
        deal_customer_id=ordered.customer_id,
    )
    vehicles = con.table("vehicles")
    own = vehicles.filter(vehicles.sold_by_us, vehicles.sold_on <= as_of).anti_join(latest, "vehicle_id")
    return latest.union(
        own.select(
            "vehicle_id",
            sale_on=own.sold_on,
            deal_ref=ibis.null("string"),
            deal_kind=ibis.null("string"),
            deal_customer_id=ibis.null("int64"),
        )
    )


def fitting_plans(con: Backend) -> Table:
    """Return the plan of each vehicle that has one, with the columns of `plans`.

    Of several that fit: with an engine before without, then the greatest year_from, the smallest
    year_to, interval_months, interval_km.
    """
    vehicles = con.table("vehicles").select("vehicle_id", "make_key", "model_key", "engine_key", "year")
    # Plans are chosen once for each sort of car: some thousands instead of a million.
    sorts = vehicles.drop("vehicle_id").distinct().rename(car_engine="engine_key", car_year="year")
    plans = con.table("plans")
    pairs = sorts.join(plans, ["make_key", "model_key"])
    dated = pairs.year_from.notnull() | pairs.year_to.notnull()
    fits = pairs.filter(
        (pairs.engine_key == "") | (pairs.engine_key == pairs.car_engine),
        pairs.car_year.notnull() | ~dated,
        pairs.year_from.isnull() | (pairs.year_from <= pairs.car_year),
        pairs.year_to.isnull() | (pairs.year_to >= pairs.car_year),
    )
    ranked = fits.mutate(
        place=ibis.row_number().over(
            group_by=["make_key", "model_key", "car_engine", "car_year"],
            order_by=[
                ibis.desc(fits.engine_key != ""),
                ibis.desc(fits.year_from.fill_null(0)),
                fits.year_to.fill_null(9999),
                fits.interval_months,
                fits.interval_km,
                fits.plan_id,
            ],
        )
    )
    best = ranked.filter(ranked.place == 0).drop("place", "engine_key")
    best = best.mutate(car_year=best.car_year.fill_null(0))
    keyed = vehicles.mutate(car_engine=vehicles.engine_key, car_year=vehicles.year.fill_null(0))
    return keyed.join(best, ["make_key", "model_key", "car_engine", "car_year"]).select(
        "vehicle_id",
        "plan_id",
        "interval_months",
        "interval_km",
        "first_months",
        "first_km",
        "labour_hundredths",
    )


def since(con: Backend, as_of: date) -> Table:
    """Return from where the next maintenance counts: the last one, else the sale; others are left out.

    Columns: vehicle_id, anchor, order_id (null after a sale), since_on, since_km (null where only the
    months count), first (no maintenance yet).
    """
    last = last_maintenance(con, as_of)
    chain = odometer.accepted_readings(con, as_of)
    trusted = chain.filter(chain.accepted, chain.in_last_chain).select("vehicle_id", opened_on="on", mileage_km="km")
    served = last.left_join(trusted.mutate(trusted=True), ["vehicle_id", "opened_on", "mileage_km"])
    after_service = served.select(
        "vehicle_id",
        "order_id",
        anchor=ibis.literal("order:") + served.ref,
        since_on=served.on,
        since_km=served.trusted.ifelse(served.mileage_km.cast("int64"), ibis.null("int64")),
        first=ibis.literal(value=False),
    )
    return after_service.union(_since_sale(con, as_of).anti_join(last, "vehicle_id").select(after_service.columns))


def _since_sale(con: Backend, as_of: date) -> Table:
    vehicles = con.table("vehicles")
    cars = vehicles.left_join(sales_by_us(con, as_of), "vehicle_id").drop("vehicle_id_right")
    sale_on = ibis.coalesce(cars.sale_on, (cars.sold_on <= as_of).ifelse(cars.sold_on, ibis.null("date")))
    cars = cars.mutate(sale_on=sale_on)
    sold = cars.filter(cars.sale_on.notnull())
    by_year = sold.year.isnull() | (sold.year >= sold.sale_on.year() - 1)
    sold_new = sold.deal_kind.isnull().ifelse(by_year, sold.deal_kind == "new")
    return sold.select(
        "vehicle_id",
        order_id=ibis.null("int64"),
        anchor=ibis.literal("sale:") + sold.sale_on.cast("string"),
        since_on=sold.sale_on,
        since_km=sold_new.ifelse(ibis.literal(0, "int64"), ibis.null("int64")),
        first=ibis.literal(value=True),
    )


def next_maintenance(
    con: Backend, as_of: date, rules: MaintenanceRules = DEFAULT_RULES, *, odometers: Table | None = None
) -> Table:
    """Return a row for every vehicle with a due date of its next maintenance.

    `odometers` is `odometer.state` of the day where the caller has it already.
    Columns: those of `dated`.
    """
    cars = since(con, as_of).left_join(fitting_plans(con), "vehicle_id").drop("vehicle_id_right")
    readings = odometer.state(con, as_of, rules.rates) if odometers is None else odometers
    return dated(cars.join(readings.drop("chain", "window_days", "window_km"), "vehicle_id"), as_of, rules)


def dated(cars: Table, as_of: date, rules: MaintenanceRules = DEFAULT_RULES) -> Table:
    """Return the rows of `dates` that have a due date."""
    cars = dates(cars, as_of, rules)
    return cars.filter(cars.due_on.notnull())


def dates(cars: Table, as_of: date, rules: MaintenanceRules = DEFAULT_RULES) -> Table:
    """Return due dates, null where there is none, of rows with the columns of `since`, of their plan and odometer.

    Columns: vehicle_id, anchor, order_id, since_on, since_km, first, interval_months, interval_km,
    plan_id (null: the default interval), labour_hundredths, months_on, km_mark, km_on, due_on, limit
    (`months` or `km`), and of the odometer last_on, last_km, rate_m_per_day, predicted_km, readings.
    """
    if not rules.default_allowed:
        cars = cars.filter(cars.plan_id.notnull())
    months = ibis.coalesce(_first(cars, "first_months"), cars.interval_months, rules.default_months)
    km = ibis.coalesce(_first(cars, "first_km"), cars.interval_km, rules.default_km)
    cars = cars.mutate(interval_months=months.cast("int64"), interval_km=km.cast("int64"))
    mark = cars.since_km + cars.interval_km
    km_day = due.mark_day(
        mark=mark, last_km=cars.last_km, last_day=cars.last_day, rate=cars.rate_m_per_day, as_of=as_of
    )
    cars = cars.mutate(
        months_on=due.within_reach(due.months_later(cars.since_on, cars.interval_months), as_of),
        km_mark=mark,
        km_on=due.on_day(km_day),
    )
    by_km = cars.km_on.notnull() & (cars.months_on.isnull() | (cars.km_on < cars.months_on))
    cars = cars.mutate(due_on=by_km.ifelse(cars.km_on, cars.months_on), limit=by_km.ifelse("km", "months"))
    return cars.drop("first_months", "first_km", "last_day")


def _first(cars: Table, column: str) -> ibis.Value:
    return cars.first.ifelse(cars[column], ibis.null("int32"))
