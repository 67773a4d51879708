"""The odometers' readings in the mirror, each with its judgement over all readings of the vehicle."""

from vernost.core.fact_table import FactGroup, FactTable, fact_groups

READINGS = FactTable(
    name="readings",
    scope="vehicle",
    columns={
        "vehicle_id": "int64",
        "on": "date",
        "day": "int32",
        "km": "int32",
        "order_ids": "string",
        "accepted": "boolean",
        "chain": "int32",
        "in_last_chain": "boolean",
        "previous_day": "int32",
        "previous_km": "int32",
        "suspect_reason": "string",
    },
    # Made of orders and told readings by `facts.readings`, not pulled.
    sql="",
    order_by=("vehicle_id", "on", "km"),
)

# How many days around the due date owners come, by stratum: learned by `facts.calibration` at a full build.
DUE_RANGES = FactTable(
    name="due_ranges",
    scope="group",
    columns={
        "as_of": "date",
        "stage": "int32",
        "by_km": "int32",
        "readings": "int32",
        "low_days": "int32",
        "middle_days": "int32",
        "high_days": "int32",
        "cases": "int32",
    },
    sql="",
    order_by=("stage", "by_km", "readings"),
)

fact_groups.add(FactGroup(code="readings", key="vehicle_id", pulls=(), tables=(READINGS,), touched_by={}))
fact_groups.add(FactGroup(code="due_ranges", key="stage", pulls=(), tables=(DUE_RANGES,), touched_by={}))
