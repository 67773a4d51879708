"""The narrow table `vehicle_state`: what pages show of an odometer, written back where it differs."""

from datetime import date

from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from vernost.facts import calibration, maintenance, odometer, pull

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


def states(con: Backend, as_of: date) -> Table:
    """Return the row of every vehicle as it stands on `as_of`: vehicle_id and `COLUMNS`."""
    visits = con.table("vehicle_visits").filter(lambda t: t.on <= as_of)
    came = visits.group_by("vehicle_id").aggregate(
        last_visit_on=visits.on.max(), last_maintenance_on=visits.on.max(where=visits.kind == "maintenance")
    )
    due = calibration.with_range(maintenance.next_maintenance(con, as_of), con, as_of)
    due = due.select("vehicle_id", service_due_on="due_on", service_due_from="due_from", service_due_to="due_to")
    stand = odometer.state(con, as_of).select(
        "vehicle_id", "rate_m_per_day", last_reading_on="last_on", last_reading_km="last_km"
    )
    joined = stand.left_join(came, "vehicle_id").drop("vehicle_id_right")
    joined = joined.left_join(due, "vehicle_id").drop("vehicle_id_right")
    numbers = {name: joined[name].cast("int32") for name in ("rate_m_per_day", "last_reading_km")}
    return joined.mutate(**numbers).select("vehicle_id", *COLUMNS)


def write(con: Backend, as_of: date) -> int:
    """Write the rows that differ, by COPY and two statements; return how many. `as_of` stays where nothing changed."""
    rows = con.to_pyarrow(states(con, as_of).mutate(as_of=as_of))
    with pull.connect() as session, session.cursor() as cursor:
        cursor.adbc_ingest("vehicle_state_new", rows, mode="create", temporary=True)
        cursor.execute("ANALYZE vehicle_state_new")
        written = 0
        for statement in (_CHANGE, _ADD):
            cursor.execute(statement)
            written += max(cursor.rowcount, 0)
        session.commit()
    return written
