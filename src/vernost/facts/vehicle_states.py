"""The narrow table `vehicle_state`: what pages show of an odometer, written back where it differs.

Whoever publishes a version of the mirror brings the table up to it, at the cost of the cars that the version has
changed. Rates of the others move by metres with the median of their model: the nightly build writes these.
"""

from datetime import date
from functools import lru_cache

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from vernost.facts import calibration, derived, flat_files, maintenance, odometer, rates
from vernost.facts import mirror as mirrors
from vernost.facts.cars import known_cars
from vernost.facts.connection import connect, unpublished
from vernost.facts.facts import CARS, DUE_RANGES
from vernost.facts.flat import NotSingleError, Wanted, numbered, places_of
from vernost.facts.mirror import Mirror
from vernost.facts.odometer import DEFAULT_RATES, RateRules
from vernost.facts.pull import Snapshot

COLUMNS = (
    "last_reading_on",
    "last_reading_km",
    "rate_m_per_day",
    "last_visit_on",
    "last_maintenance_on",
    "service_due_on",
    "service_due_from",
    "service_due_to",
)
_PAIRS = ", ".join(f"{column} = n.{column}" for column in COLUMNS)
_OLD, _NEW = (", ".join(f"{alias}.{column}" for column in COLUMNS) for alias in "sn")
_LIST = ", ".join(COLUMNS)
# Vehicles that have come or gone since the mirror was made are the next refresh's.
_CHANGE = f"""
    UPDATE facts_vehiclestate s SET as_of = n.as_of, {_PAIRS}
      FROM vehicle_state_new n
     WHERE n.vehicle_id = s.vehicle_id AND ({_OLD}) IS DISTINCT FROM ({_NEW})
"""  # noqa: S608 - columns of ours
_ADD = f"""
    INSERT INTO facts_vehiclestate (vehicle_id, as_of, {_LIST})
    SELECT n.vehicle_id, n.as_of, {_NEW}
      FROM vehicle_state_new n JOIN vehicles_vehicle v ON v.id = n.vehicle_id
     WHERE NOT EXISTS (SELECT FROM facts_vehiclestate s WHERE s.vehicle_id = n.vehicle_id)
"""  # noqa: S608 - columns of ours


_PLAN = ("plan_id", "interval_months", "interval_km", "first_months", "first_km", "labour_hundredths")
_MODELS = Wanted("models", CARS.name, "vehicle_id", {"model": (rates.MODEL, "word")})
# Names the version that the table is up to.
_MARK = "vehicle_states"


def follow(
    snapshot: Snapshot,
    fresh: Mirror,
    before: Mirror | None,
    as_of: date,
    remade: pa.Table | None,
    rows: pa.Table | None,
) -> int:
    """Bring the table up to a version that has just been published after `before`; return how many rows differed.

    `remade`: the cars (vehicle_id) whose rows the version has made anew; None: any may be. `rows`: `made` of them.
    """
    written = mirrors.read_mark(_MARK)
    if written == fresh.version:
        return 0
    differed = 0
    if remade is None or before is None or written != before.version:
        con = connect(fresh)
        every = con.con.sql("SELECT DISTINCT vehicle_id FROM cars").to_arrow_table()
        differed = write(snapshot, some_states(con, as_of, every, calibration.ranges(con, as_of)), as_of)
    elif rows is not None:
        differed = write(snapshot, rows, as_of)
    # After the rows: killed between the two, the next one writes them all.
    mirrors.write_mark(_MARK, fresh.version)
    return differed


def made(draft: Mirror, as_of: date, only: pa.Table) -> tuple[pa.Table, pa.Table | None]:
    """Return `some_states` of a version that is being written, and `calibration.missing` of it."""
    con = unpublished(draft)
    missing = calibration.missing(con, as_of)
    ranges = calibration.stored(con) if missing is None else missing
    return some_states(con, as_of, only, ranges), missing


def states(con: Backend, as_of: date, only: Table, ranges: pa.Table) -> Table:
    """Return the row of every vehicle in `only` (vehicle_id) as it stands on `as_of`: vehicle_id and `COLUMNS`.

    `ranges`: rows of `due_ranges` for the day.
    """
    columns = ("since_on", "since_km", "first", *_PLAN)
    # A car whose owners' days overlap has several rows.
    cars = known_cars(con, as_of).select("vehicle_id", "last_visit_on", "anchor", "order_id", *columns).distinct()
    stand = odometer.state(con, as_of).drop("chain", "window_days", "window_km")
    cars, stand = (rows.semi_join(only, "vehicle_id") for rows in (cars, stand))
    return _shown(cars.join(stand, "vehicle_id"), ibis.memtable(ranges), as_of)


def _shown(driven: Table, ranges: Table, as_of: date) -> Table:
    """Return vehicle_id and `COLUMNS` of cars with what is known of their odometers."""
    driven = driven.mutate(last_maintenance_on=driven.first.ifelse(ibis.null("date"), driven.since_on))
    due = maintenance.dated(driven.filter(driven.since_on.notnull()), as_of)
    due = calibration.in_ranges(due, ranges, as_of)
    due = due.select("vehicle_id", service_due_on="due_on", service_due_from="due_from", service_due_to="due_to")
    joined = driven.rename(last_reading_on="last_on", last_reading_km="last_km")
    joined = joined.left_join(due, "vehicle_id").drop("vehicle_id_right")
    numbers = {name: joined[name].cast("int32") for name in ("rate_m_per_day", "last_reading_km")}
    return joined.mutate(**numbers).select("vehicle_id", *COLUMNS)


def some_states(con: Backend, as_of: date, only: pa.Table, ranges: pa.Table) -> pa.Table:
    """Return `states` of the cars in `only` (vehicle_id): their rates by loops, as every car has a part in the medians.

    By the definitions where loops cannot tell them.
    """
    driving = rates_of(con, as_of, only, DEFAULT_RATES)
    if driving is None:
        return con.to_pyarrow(states(con, as_of, ibis.memtable(only), ranges))
    con.con.register("driving", driving)
    con.con.register("known_ranges", ranges)
    # Read twice.
    con.con.execute("CREATE OR REPLACE TEMP TABLE driven_cars AS FROM cars SEMI JOIN driving USING (vehicle_id)")
    return con.con.sql(_some_sql(as_of)).to_arrow_table()


@lru_cache(maxsize=2)
def _some_sql(as_of: date) -> str:
    """SELECT of DuckDB of the states of those cars: the same all day."""
    declared = CARS.columns
    columns = ("vehicle_id", "last_visit_on", "anchor", "order_id", "since_on", "since_km", "first", *_PLAN)
    cars = ibis.table(
        {name: declared[name] for name in (*columns, "last_on", "last_day", "last_km", "readings")}, name="driven_cars"
    )
    driving = ibis.table({"vehicle_id": "int64", "rate_m_per_day": "int64"}, name="driving")
    driven = cars.join(driving, "vehicle_id")
    reading = odometer.predicted_km(driven.last_km, driven.last_day, driven.rate_m_per_day, as_of)
    ranges = ibis.table(dict(DUE_RANGES.columns), name="known_ranges")
    found = _shown(driven.mutate(predicted_km=reading), ranges, as_of)
    # DuckDB answers a moment for a day and an interval.
    kinds = found.schema().items()
    shown = ", ".join(f"{name}::DATE AS {name}" if kind.is_date() else name for name, kind in kinds)
    return f"SELECT {shown} FROM ({ibis.to_sql(found, dialect='duckdb')})"  # noqa: S608 - a definition of ours


def rates_of(con: Backend, as_of: date, only: pa.Table, rules: RateRules) -> pa.Table | None:
    """Return vehicle_id, rate_m_per_day of the cars in `only` (vehicle_id).

    None where loops cannot tell them: a car has several rows, or later ones.
    """
    if not derived.holds(con, CARS.name, as_of):
        return None
    try:
        cars = flat_files.single(con, _MODELS)
    except NotSingleError:
        return None
    steps = numbered(flat_files.layers(con, rates.STEPS), cars.keys)
    rate = rates.of_cars(steps, cars["model"], len(cars.words["model"]), as_of, rules)
    places = places_of(cars.keys, only["vehicle_id"].to_numpy())
    places = places[places >= 0]
    return pa.table({"vehicle_id": cars.keys[places], "rate_m_per_day": rate[places]})


def write(snapshot: Snapshot, rows: pa.Table, as_of: date) -> int:
    """Write those rows of `states` that differ, by COPY and two statements beside the snapshot; return how many.

    `as_of` stays where nothing changed.
    """
    with snapshot.beside() as session, session.cursor() as cursor:
        dated = rows.append_column("as_of", pa.repeat(pa.scalar(as_of), rows.num_rows))
        cursor.adbc_ingest("vehicle_state_new", dated, mode="create", temporary=True)
        cursor.execute("ANALYZE vehicle_state_new")
        written = 0
        for statement in (_CHANGE, _ADD):
            cursor.execute(statement)
            written += max(cursor.rowcount, 0)
        session.commit()
    return written
