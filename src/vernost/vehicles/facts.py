"""Vehicles, their owners, events and readings told outside orders; plans and recalls of the makers."""

from vernost.accounts.facts import reference_sql
from vernost.core.fact_table import FactGroup, FactTable, Pull, fact_groups
from vernost.customers.facts import FIELD_COLUMNS, fields_pull

VEHICLES = FactTable(
    name="vehicles",
    scope="vehicle",
    columns={
        "vehicle_id": "int64",
        "ref": "string",
        "vin": "string",
        "make": "string",
        "model": "string",
        "make_key": "string",
        "model_key": "string",
        "engine_key": "string",
        "year": "int32",
        "sold_on": "date",
        "sold_by_us": "boolean",
        "branch_id": "int64",
        "warranty_until": "date",
        "warranty_km": "int32",
        "scrapped": "boolean",
        "scrapped_on": "date",
    },
    sql="""
        SELECT vehicle_id, ref, vin, make, model, make_key, model_key, engine_key, year, sold_on, sold_by_us,
               branch_id, warranty_until, warranty_km, scrapped, scrapped_on
          FROM vehicle_rows
          LEFT JOIN (SELECT vehicle_id, min("on") AS scrapped_on FROM event_rows WHERE kind = 'scrapped' GROUP BY 1)
         USING (vehicle_id)
    """,
    order_by=("vehicle_id",),
)

OWNERSHIPS = FactTable(
    name="ownerships",
    scope="vehicle",
    columns={"vehicle_id": "int64", "customer_id": "int64", "owned_from": "date", "owned_until": "date"},
    sql="SELECT * FROM ownership_rows",
    order_by=("vehicle_id", "owned_from"),
)

VEHICLE_EVENTS = FactTable(
    name="vehicle_events",
    scope="vehicle",
    columns={"vehicle_id": "int64", "on": "date", "kind": "string"},
    sql='SELECT vehicle_id, "on", kind FROM event_rows',
    order_by=("vehicle_id", "on"),
)

TOLD_READINGS = FactTable(
    name="told_readings",
    scope="vehicle",
    columns={"vehicle_id": "int64", "on": "date", "km": "int32"},
    sql='SELECT vehicle_id, "on", km FROM told_rows WHERE km > 0',
    order_by=("vehicle_id", "on"),
)

VEHICLE_FIELDS = FactTable(
    name="vehicle_fields",
    scope="vehicle",
    columns={"vehicle_id": "int64", **FIELD_COLUMNS},
    sql="SELECT * FROM vehicle_field_rows",
    order_by=("field_id", "vehicle_id"),
)

fact_groups.add(
    FactGroup(
        code="vehicles",
        key="vehicle_id",
        pulls=(
            Pull(
                name="vehicle_rows",
                key="v.id",
                sql=f"""
                    SELECT v.id::bigint AS vehicle_id, {reference_sql("v")} AS ref, v.vin, v.make, v.model, v.engine,
                           v.year::int AS year, v.sold_on, v.sold_by_us, v.branch_id::bigint AS branch_id,
                           v.warranty_until, v.warranty_km::int AS warranty_km, v.scrapped
                      FROM vehicles_vehicle v
                """,  # noqa: S608 - made of our own names
                folded=("make", "model", "engine"),
            ),
            Pull(
                name="ownership_rows",
                key="o.vehicle_id",
                sql="""
                    SELECT o.vehicle_id::bigint AS vehicle_id, o.customer_id::bigint AS customer_id,
                           o.owned_from, o.owned_until
                      FROM vehicles_ownership o
                """,
            ),
            Pull(
                name="event_rows",
                key="e.vehicle_id",
                sql='SELECT e.vehicle_id::bigint AS vehicle_id, e."on", e.kind FROM vehicles_vehicleevent e',
            ),
            Pull(
                name="told_rows",
                key="r.vehicle_id",
                sql="""
                    SELECT r.vehicle_id::bigint AS vehicle_id, r."on", r.km::int AS km FROM vehicles_odometerreading r
                """,
            ),
            fields_pull("vehicle_field_rows", "vehicles_vehiclefieldvalue", "vehicle_id"),
        ),
        tables=(VEHICLES, OWNERSHIPS, VEHICLE_EVENTS, TOLD_READINGS, VEHICLE_FIELDS),
        touched_by={
            "vehicles_vehicle": "id",
            "vehicles_ownership": "vehicle_id",
            "vehicles_vehicleevent": "vehicle_id",
            "vehicles_odometerreading": "vehicle_id",
            "vehicles_vehiclefieldvalue": "vehicle_id",
        },
    )
)

PLANS = FactTable(
    name="plans",
    scope="group",
    columns={
        "plan_id": "int64",
        "make_key": "string",
        "model_key": "string",
        "engine_key": "string",
        "year_from": "int32",
        "year_to": "int32",
        "interval_months": "int32",
        "interval_km": "int32",
        "first_months": "int32",
        "first_km": "int32",
        "labour_hundredths": "int32",
    },
    sql="""
        SELECT plan_id, fold(make) AS make_key, fold(model) AS model_key, fold(engine) AS engine_key, year_from,
               year_to, interval_months, interval_km, first_months, first_km, labour_hundredths
          FROM plan_rows
    """,
    order_by=("plan_id",),
)

fact_groups.add(
    FactGroup(
        code="plans",
        key="plan_id",
        pulls=(
            Pull(
                name="plan_rows",
                key="p.id",
                sql="""
                    SELECT p.id::bigint AS plan_id, p.make, p.model, p.engine, p.year_from::int AS year_from,
                           p.year_to::int AS year_to, p.interval_months::int AS interval_months,
                           p.interval_km::int AS interval_km, p.first_months::int AS first_months,
                           p.first_km::int AS first_km, (p.labour_hours * 100)::int AS labour_hundredths
                      FROM vehicles_maintenanceplan p
                """,
            ),
        ),
        tables=(PLANS,),
        touched_by={"vehicles_maintenanceplan": "id"},
    )
)

RECALLS = FactTable(
    name="recalls",
    scope="group",
    columns={
        "recall_id": "int64",
        "code": "string",
        "vin": "string",
        "title": "string",
        "starts_on": "date",
        "closes_on": "date",
        "done_on": "date",
    },
    sql="SELECT * FROM recall_rows",
    order_by=("recall_id",),
)

fact_groups.add(
    FactGroup(
        code="recalls",
        key="recall_id",
        pulls=(
            Pull(
                name="recall_rows",
                key="r.id",
                sql="""
                    SELECT r.id::bigint AS recall_id, r.code, r.vin, r.title, r.starts_on, r.closes_on, r.done_on
                      FROM vehicles_recallentry r
                """,
            ),
        ),
        tables=(RECALLS,),
        touched_by={"vehicles_recallentry": "id"},
    )
)
