"""The odometers' readings in the mirror, each with its judgement over all readings of the vehicle; the cars' states."""

from datetime import date
from typing import TYPE_CHECKING

from vernost.core.fact_table import Derived, FactGroup, FactTable, Tables, fact_groups

if TYPE_CHECKING:
    from ibis.expr.types import Table

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

# How many days around the due date owners come, by stratum: learned by `facts.calibration` at a full build, and by
# the first refresh of another month.
DUE_RANGES = FactTable(
    name="due_ranges",
    scope="group",
    columns={
        "as_of": "date",
        "stage": "int32",
        "slack": "int32",
        "readings": "int32",
        "low_days": "int32",
        "middle_days": "int32",
        "high_days": "int32",
        "cases": "int32",
    },
    sql="",
    order_by=("stage", "slack", "readings"),
)

# What is known of each car: whose it is, when it came, since when its maintenance counts (`facts.cars`).
CARS = FactTable(
    name="cars",
    scope="vehicle",
    columns={
        "vehicle_id": "int64",
        "ref": "string",
        "vin": "string",
        "make_key": "string",
        "model_key": "string",
        "year": "int32",
        "warranty_until": "date",
        "warranty_km": "int32",
        "scrapped": "boolean",
        "scrapped_on": "date",
        "own_branch_id": "int64",
        "customer_id": "int64",
        "owned_from": "date",
        "ended": "boolean",
        "last_visit_on": "date",
        "last_branch_id": "int64",
        "services": "int64",
        "sale_on": "date",
        "sold_to_owner": "boolean",
        "anchor": "string",
        "order_id": "int64",
        "since_on": "date",
        "since_km": "int64",
        "first": "boolean",
        "plan_id": "int64",
        "interval_months": "int32",
        "interval_km": "int32",
        "first_months": "int32",
        "first_km": "int32",
        "labour_hundredths": "int32",
        "last_on": "date",
        "last_day": "int32",
        "last_km": "int64",
        "chain": "int32",
        "readings": "int64",
        "settled_on": "date",
    },
    sql="",
    order_by=("vehicle_id",),
)


def _cars(tables: Tables, as_of: date) -> "Table":
    from vernost.facts import cars  # noqa: PLC0415 - every process declares the tables; this loads Ibis

    return cars.cars(tables, as_of)


fact_groups.add(FactGroup(code="readings", key="vehicle_id", tables=(READINGS,)))
fact_groups.add(FactGroup(code="due_ranges", key="stage", tables=(DUE_RANGES,)))
fact_groups.add(
    FactGroup(
        code="cars",
        key="vehicle_id",
        tables=(CARS,),
        derived=Derived(
            make=_cars,
            made_of={
                "vehicles": "vehicle_id",
                "ownerships": "vehicle_id",
                "vehicle_events": "vehicle_id",
                "vehicle_visits": "vehicle_id",
                "deals": "vehicle_id",
                "interactions": "vehicle_id",
                "readings": "vehicle_id",
                "plans": "",
            },
            reads={
                "vehicle_visits": (
                    "vehicle_id",
                    "on",
                    "closed_second",
                    "opened_on",
                    "order_id",
                    "ref",
                    "branch_id",
                    "kind",
                    "mileage_km",
                ),
                "interactions": ("vehicle_id", "on", "outcome"),
                "deals": ("vehicle_id", "customer_id", "closed_on", "ref", "status", "kind"),
            },
        ),
    )
)
