"""Contacts with customers in the mirror, without their words."""

from vernost.core.fact_table import FactGroup, FactTable, Pull, fact_groups

INTERACTIONS = FactTable(
    name="interactions",
    scope="customer",
    columns={
        "interaction_id": "int64",
        "customer_id": "int64",
        "vehicle_id": "int64",
        "on": "date",
        "channel": "string",
        "direction": "string",
        "outcome": "string",
    },
    sql="SELECT * FROM interaction_rows",
    order_by=("customer_id", "on", "interaction_id"),
)

fact_groups.add(
    FactGroup(
        code="interactions",
        key="interaction_id",
        pulls=(
            Pull(
                name="interaction_rows",
                key="i.id",
                sql="""
                    SELECT i.id::bigint AS interaction_id, i.customer_id::bigint AS customer_id,
                           i.vehicle_id::bigint AS vehicle_id, i."on", i.channel, i.direction, i.outcome
                      FROM contacts_interaction i
                """,
            ),
        ),
        tables=(INTERACTIONS,),
        touched_by={"contacts_interaction": "id"},
    )
)
