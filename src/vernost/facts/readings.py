"""The table `readings`: what orders and people say of an odometer, judged."""

import pyarrow as pa
from duckdb import DuckDBPyConnection

from vernost.facts import build, chains
from vernost.facts.build import Workbench
from vernost.facts.facts import READINGS
from vernost.facts.mirror import Mirror, Stored

# The columns that are read of a table with many rows.
READS = {
    "orders": ("vehicle_id", "opened_on", "mileage_km", "ref", "status"),
    "told_readings": ("vehicle_id", "on", "km"),
}

# Two orders may tell the same: text is gathered only there, which is rare.
_DISTINCT = """
    CREATE OR REPLACE TEMP TABLE told AS
    WITH said AS (
        SELECT vehicle_id, opened_on AS "on", mileage_km AS km, ref
          FROM all_orders WHERE vehicle_id IS NOT NULL AND mileage_km > 0 AND status <> 'cancelled'
         UNION ALL
        SELECT vehicle_id, "on", km, NULL FROM all_told_readings
    ), grouped AS (
        SELECT vehicle_id, "on", km, min(ref) AS ref, count(ref) AS orders FROM said GROUP BY ALL
    ), several AS (
        SELECT vehicle_id, "on", km, string_agg(ref, ',' ORDER BY ref) AS refs
          FROM said SEMI JOIN (SELECT * FROM grouped WHERE orders > 1) USING (vehicle_id, "on", km)
         GROUP BY ALL
    )
    SELECT vehicle_id, "on", "on" - DATE '1970-01-01' AS day, km, coalesce(refs, ref, '') AS order_ids
      FROM grouped LEFT JOIN several USING (vehicle_id, "on", km)
"""
_STEPS = """
    CREATE OR REPLACE TEMP TABLE steps AS
    SELECT *, lag(day) OVER odometer AS previous_day, lag(km) OVER odometer AS previous_km
      FROM told WINDOW odometer AS (PARTITION BY vehicle_id ORDER BY day, km)
"""
_IMPOSSIBLE = f"""
    CREATE OR REPLACE TEMP TABLE impossible AS
    SELECT DISTINCT vehicle_id FROM steps
     WHERE km < previous_km OR km - previous_km > {chains.MAX_KM_A_DAY} * greatest(day - previous_day, 1)
"""  # noqa: S608 - a number of ours
_TO_JUDGE = """
    SELECT vehicle_id, "on", km FROM steps SEMI JOIN impossible USING (vehicle_id) ORDER BY vehicle_id, day, km
"""
_SMOOTH = """
    SELECT vehicle_id, "on", day, km, order_ids, true AS accepted, 0 AS chain, true AS in_last_chain, previous_day,
           previous_km, '' AS suspect_reason
      FROM steps ANTI JOIN impossible USING (vehicle_id)
"""
_ROUGH = """
    SELECT judged.* EXCLUDE (day), told.day, told.order_ids
      FROM judged JOIN told USING (vehicle_id, "on", km)
"""


def whole(bench: Workbench, mirror: Mirror) -> Stored:
    """Judge and write the readings of every vehicle."""
    bench.show("all_orders", mirror.select("orders"))
    bench.show("all_told_readings", mirror.select("told_readings"))
    return build.whole_table(bench, READINGS, "vehicle_id", _judged(bench))


def changed(bench: Workbench, old: Mirror, orders: str, told: str) -> Stored:
    """Judge again the touched vehicles, of which `orders` and `told` are all rows."""
    build.keep_keys(bench, READINGS.name, "SELECT key FROM touched_vehicle_id")
    bench.show("all_orders", f"FROM {orders}")
    bench.show("all_told_readings", f"FROM {told}")
    return build.changed_table(bench, READINGS, _judged(bench), "readings", old)


def judge_all(con: DuckDBPyConnection) -> None:
    """Judge the rows of a table `readings` in the connection's memory."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE told AS SELECT DISTINCT vehicle_id, "on", km, order_ids FROM readings"""
    )
    rough = con.sql("""SELECT DISTINCT vehicle_id, "on", km FROM told ORDER BY ALL""").to_arrow_table()
    con.register("judged", chains.judge(rough))
    rows = """SELECT * FROM judged JOIN told USING (vehicle_id, "on", km)"""
    con.execute(f"CREATE OR REPLACE TABLE readings AS {build.typed(READINGS, rows)}")
    con.unregister("judged")


def _judged(bench: Workbench) -> str:
    con = bench.con
    for statement in (_DISTINCT, _STEPS, _IMPOSSIBLE):
        con.execute(statement)
    rough: pa.Table = con.sql(_TO_JUDGE).to_arrow_table()
    con.register("judged", chains.judge(rough))
    return build.typed(READINGS, f"{_SMOOTH} UNION ALL BY NAME {_ROUGH}")
