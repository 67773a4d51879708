"""Foreign keys of many rows at once, proved as a set (docs/adr/0007-foreign-keys-of-a-batch-are-proved-as-a-set.md).

PostgreSQL proves a foreign key row by row, and locks, so writes, the row that it names. A batch for a table of
`KEYS` is written without that and then compared with its parents as a whole, by `vernost_insert_proved`
(`core.parent_guards`). Nobody deletes a parent meanwhile: who brings batches shares a lock of each parent table until
his transaction ends, and whoever deletes rows of such a table, or changes their ids, takes it alone, by a trigger.
"""

from typing import Any, Final

# Tables that take batches, with their foreign keys: columns and the tables that these name by `id`. Their rows have
# no words of a person, and nobody locks a card to keep them away.
KEYS: Final = {
    "workshop_repairorder": {
        "source_id": "accounts_source",
        "branch_id": "accounts_branch",
        "customer_id": "customers_customer",
        "vehicle_id": "vehicles_vehicle",
        "advisor_id": "accounts_employee",
    },
    "workshop_orderline": {"order_id": "workshop_repairorder"},
}


def may_put_keys_aside(cursor: Any) -> bool:  # noqa: ANN401 - psycopg's or Django's
    """Return whether the server lets us: the embedded one lets its owner (`embedded.roles`), nobody lets the pages."""
    cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
    return bool(cursor.fetchone()[0])
