"""The narrow table `vehicle_state`: what pages show of an odometer, written back where it differs.

Whoever publishes a version of the mirror brings the table up to it, at the cost of the cars that the version has
changed. Rates of the others move by metres with the median of their model: the nightly build writes these.
"""

from datetime import date

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from vernost.facts import calibration, maintenance, odometer, pull
from vernost.facts import mirror as mirrors
from vernost.facts.cars import known_cars
from vernost.facts.connection import connect
from vernost.facts.facts import CARS
from vernost.facts.mirror import Mirror

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
# Names the version that the table is up to.
_MARK = "vehicle_states"


def follow(fresh: Mirror, before: Mirror | None, as_of: date) -> int:
    """Bring the table up to a version that has just been published after `before`; return how many rows differed."""
    written = mirrors.read_mark(_MARK)
    if written == fresh.version:
        return 0
    only = _touched(fresh, before) if before is not None and written == before.version else None
    differed = write(fresh, as_of, only) if only is None or only.num_rows else 0
    # After the rows: killed between the two, the next one writes them all.
    mirrors.write_mark(_MARK, fresh.version)
    return differed


def _touched(fresh: Mirror, before: Mirror) -> pa.Table | None:
    """Return the vehicle_id of every car whose row the version has made anew; None: any may be."""
    ours, theirs = fresh.tables[CARS.name], before.tables[CARS.name]
    if not (fresh.folder / ours.base).samefile(before.folder / theirs.base):
        return None
    new, old = (mirror.tables[CARS.name].delta for mirror in (fresh, before))
    if new is None:
        return pa.table({"vehicle_id": pa.array([], pa.int64())})
    rows = mirrors.file_rows(fresh.folder / new)
    if old is not None:
        rows += f" EXCEPT {mirrors.file_rows(before.folder / old)}"
    return connect(fresh).con.sql(f"SELECT DISTINCT vehicle_id FROM ({rows})").to_arrow_table()  # noqa: S608 - made by us


def states(con: Backend, as_of: date, only: Table | None = None) -> Table:
    """Return the row of every vehicle (of those in `only`) as it stands on `as_of`: vehicle_id and `COLUMNS`."""
    columns = ("since_on", "since_km", "first", *_PLAN)
    # A car whose owners' days overlap has several rows.
    cars = known_cars(con, as_of).select("vehicle_id", "last_visit_on", "anchor", "order_id", *columns).distinct()
    stand = odometer.state(con, as_of).drop("chain", "window_days", "window_km")
    if only is not None:
        cars, stand = (rows.semi_join(only, "vehicle_id") for rows in (cars, stand))
    served = cars.first.ifelse(ibis.null("date"), cars.since_on)
    driven = cars.mutate(last_maintenance_on=served).join(stand, "vehicle_id")
    due = maintenance.dated(driven.filter(driven.since_on.notnull()), as_of)
    due = calibration.with_range(due, con, as_of)
    due = due.select("vehicle_id", service_due_on="due_on", service_due_from="due_from", service_due_to="due_to")
    joined = driven.rename(last_reading_on="last_on", last_reading_km="last_km")
    joined = joined.left_join(due, "vehicle_id").drop("vehicle_id_right")
    numbers = {name: joined[name].cast("int32") for name in ("rate_m_per_day", "last_reading_km")}
    return joined.mutate(**numbers).select("vehicle_id", *COLUMNS)


def write(mirror: Mirror, as_of: date, only: pa.Table | None) -> int:
    """Write the rows that differ, by COPY and two statements; return how many. `as_of` stays where nothing changed.

    `only`: those cars (vehicle_id); None: all.
    """
    con = connect(mirror)
    some = None if only is None else ibis.memtable(only)
    rows = con.to_pyarrow(states(con, as_of, some).mutate(as_of=as_of))
    with pull.connect() as session, session.cursor() as cursor:
        cursor.adbc_ingest("vehicle_state_new", rows, mode="create", temporary=True)
        cursor.execute("ANALYZE vehicle_state_new")
        written = 0
        for statement in (_CHANGE, _ADD):
            cursor.execute(statement)
            written += max(cursor.rowcount, 0)
        session.commit()
    return written
