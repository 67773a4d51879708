"""Odometers: which readings count, how fast a car runs, what it shows today.

The rules are in docs/algorithms/odometer.md. Everything is a function of the readings and of the
day `as_of`; days are whole numbers since 1970-01-01, rates whole metres a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import IntegerValue, Table

from vernost.core.fact_table import Tables
from vernost.facts import chains, derived
from vernost.facts.due import day_number


@dataclass(frozen=True, slots=True)
class RateRules:
    """`window_days` of history count; the model's median weighs as much as `weight_days` of them."""

    window_days: int = 730
    weight_days: int = 180
    model_vehicles: int = 30
    base_rate_m: int = 41_000


DEFAULT_RATES = RateRules()


def accepted_readings(tables: Tables, as_of: date) -> Table:
    """Return the readings up to `as_of` as they were judged on that day.

    Columns: vehicle_id, on, day, km, order_ids, accepted, chain (0 for the first; null for a suspect),
    in_last_chain, previous_day and previous_km (of the accepted reading before in the chain),
    suspect_reason (empty for an accepted one).
    """
    readings = tables.table("readings")
    known = readings.filter(readings.on <= as_of)
    # On the last of days nothing is later than the judgement.
    stale = None if as_of == derived.FOREVER else _to_judge_again(tables, as_of)
    if stale is None:
        return known.select(*chains.JUDGED)
    again = _judged(stale)
    touched = again.select("vehicle_id").distinct()
    texts = known.select("vehicle_id", "on", "km", "order_ids")
    return (
        known.anti_join(touched, "vehicle_id")
        .select(*chains.JUDGED)
        .union(again.join(texts, ["vehicle_id", "on", "km"]).select(*chains.JUDGED))
    )


def _to_judge_again(tables: Tables, as_of: date) -> pa.Table | None:
    """Return the readings up to `as_of` of vehicles whose stored judgement saw later ones.

    A vehicle without an impossible step has none in its past either, so it is never among them;
    one that nobody has judged yet always is.
    """
    readings = tables.table("readings")
    if not readings.filter((readings.on > as_of) | readings.accepted.isnull()).count().to_pyarrow().as_py():
        return None
    # They are few: what is counted by car is counted for these only.
    suspect = readings.filter(readings.accepted.isnull() | ~readings.accepted | (readings.chain > 0))
    theirs = readings.semi_join(suspect.select("vehicle_id"), "vehicle_id")
    vehicles = (
        theirs.group_by("vehicle_id")
        .aggregate(unjudged=theirs.accepted.isnull().any(), last_on=theirs.on.max())
        .filter(lambda t: t.unjudged | (t.last_on > as_of))
    )
    stale = (
        readings.filter(readings.on <= as_of)
        .semi_join(vehicles, "vehicle_id")
        .select("vehicle_id", "on", "km")
        .order_by("vehicle_id", "on", "km")
        .to_pyarrow()
    )
    return stale if stale.num_rows else None


def _judged(readings: pa.Table) -> Table:
    return ibis.memtable(chains.judge(readings))


def state(
    con: Backend, as_of: date, rules: RateRules = DEFAULT_RATES, *, cars: Table | None = None, carry: Sequence[str] = ()
) -> Table:
    """Return a row for every vehicle: how its odometer stands on `as_of`.

    `cars` is `known_cars` of the day where the caller has it already; `carry` are columns of a car to take along.
    Columns: vehicle_id, last_on, last_day,
    last_km (null without an accepted reading), chain (of that reading), readings (accepted ones), window_days and
    window_km (of the steps that make the rate), rate_m_per_day, predicted_km (null without an accepted reading).
    """
    readings = accepted_readings(con, as_of)
    steps = _steps(readings, as_of, rules)
    vehicles = _with_typical_rate(steps, rules, _with_last_readings(con, as_of, readings, cars, carry))
    days, km = vehicles.window_days, vehicles.window_km
    rate = half_up(km * 1000 + rules.weight_days * vehicles.typical, days + rules.weight_days)
    return vehicles.select(
        "vehicle_id",
        "last_on",
        "last_day",
        "last_km",
        "chain",
        "readings",
        "window_days",
        "window_km",
        rate_m_per_day=rate,
        predicted_km=predicted_km(vehicles.last_km, vehicles.last_day, rate, as_of),
        **{name: vehicles[name] for name in carry},
    )


def half_up(numerator: IntegerValue, denominator: IntegerValue) -> IntegerValue:
    """Return the quotient of whole numbers that are not negative, rounded half up."""
    quotient: IntegerValue = ((2 * numerator + denominator) // (2 * denominator)).cast("int64")
    return quotient


def predicted_km(last_km: IntegerValue, last_day: IntegerValue, rate: IntegerValue, as_of: date) -> IntegerValue:
    driven = (rate * (day_number(as_of) - last_day.cast("int64"))) // 1000
    reading: IntegerValue = (last_km + driven).cast("int64")
    return reading


def last_readings(tables: Tables, as_of: date) -> Table:
    """Return vehicle_id, last_on, last_day, last_km, chain (of that reading) and readings (accepted ones)."""
    return _last(accepted_readings(tables, as_of))


def _last(readings: Table) -> Table:
    accepted = readings.filter(readings.accepted)
    # Day and km as one number: the greatest is the last reading, and no engine sorts for it.
    place = accepted.day.cast("int64") * 2**32 + accepted.km
    last = accepted.group_by("vehicle_id").aggregate(
        last_on=accepted.on.max(), place=place.max(), chain=accepted.chain.max(), readings=accepted.count()
    )
    return last.mutate(last_day=(last.place // 2**32).cast("int32"), last_km=(last.place % 2**32).cast("int64")).drop(
        "place"
    )


def _steps(readings: Table, as_of: date, rules: RateRules) -> Table:
    """Return vehicle_id, window_days and window_km: the sums over the steps that make the rate."""
    inside = readings.filter(readings.accepted, readings.previous_day >= day_number(as_of) - rules.window_days)
    return inside.group_by("vehicle_id").aggregate(
        window_days=(inside.day - inside.previous_day).sum(), window_km=(inside.km - inside.previous_km).sum()
    )


def _with_last_readings(con: Backend, as_of: date, readings: Table, cars: Table | None, carry: Sequence[str]) -> Table:
    """Return vehicle_id, make_key, model_key and the columns of `last_readings` of every vehicle."""
    columns = ("vehicle_id", "make_key", "model_key", "last_on", "last_day", "last_km", "chain", "readings", *carry)
    if derived.holds(con, "cars", as_of):
        return con.table("cars").select(*columns)
    if cars is not None:
        # A car whose owners' days overlap has several rows.
        return cars.select(*columns).distinct()
    vehicles = con.table("vehicles").select("vehicle_id", "make_key", "model_key")
    found = vehicles.left_join(_last(readings), "vehicle_id").drop("vehicle_id_right")
    return found.mutate(readings=found.readings.fill_null(0))


def _with_typical_rate(steps: Table, rules: RateRules, vehicles: Table) -> Table:
    """Join to each vehicle `typical`: the median raw rate of its model, else of the base, else the constant."""
    joined = vehicles.left_join(steps, "vehicle_id").drop("vehicle_id_right")
    joined = joined.mutate(
        window_days=joined.window_days.fill_null(0).cast("int64"),
        window_km=joined.window_km.fill_null(0).cast("int64"),
    )
    running = joined.filter(joined.window_days > 0)
    running = running.mutate(raw=half_up(running.window_km * 1000, running.window_days))
    models = running.group_by("make_key", "model_key").aggregate(of_model=_median(running.raw), n=running.count())
    models = models.filter(models.n >= rules.model_vehicles).drop("n")
    base = running.aggregate(of_base=_median(running.raw))
    known = joined.left_join(models, ["make_key", "model_key"]).cross_join(base)
    return known.mutate(typical=ibis.coalesce(known.of_model, known.of_base, rules.base_rate_m))


def _median(rate: IntegerValue) -> IntegerValue:
    # Of an even count the mean of the middle two, half up: exact, as doubles hold such halves.
    middle: IntegerValue = (rate.median() + 0.5).floor().cast("int64")
    return middle
