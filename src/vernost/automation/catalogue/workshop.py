from vernost.automation.catalogue import Invariant, invariants
from vernost.core import parents
from vernost.core.i18n import _

invariants.add(
    Invariant(
        code="one_car_in_a_bay",
        title=_("A bay takes one appointment at a time"),
        sql="""
            SELECT first.id, first.bay_id, first.starts_at, first.ends_at, second.id AS other_id,
                   second.starts_at AS other_starts_at
            FROM workshop_appointment first
            JOIN workshop_appointment second ON second.bay_id = first.bay_id AND second.id > first.id
             AND tstzrange(first.starts_at, first.ends_at) && tstzrange(second.starts_at, second.ends_at)
            WHERE first.status IN ('held', 'booked', 'confirmed', 'arrived')
              AND second.status IN ('held', 'booked', 'confirmed', 'arrived')
        """,
    )
)
invariants.add(
    Invariant(
        code="bay_of_its_branch",
        title=_("An appointment stands in a bay of its own branch"),
        sql="""
            SELECT appointment.id, appointment.branch_id, bay.id AS bay_id, bay.branch_id AS bay_branch_id
            FROM workshop_appointment appointment JOIN workshop_bay bay ON bay.id = appointment.bay_id
            WHERE appointment.branch_id IS DISTINCT FROM bay.branch_id
        """,
    )
)
# How a row of the tables below is named.
_ROW = {"workshop_repairorder": "child.id::text", "workshop_orderline": "child.order_id || '/' || child.line_no"}
# Foreign keys that an import proves as a set: PostgreSQL itself has not looked at these rows one by one.
invariants.add(
    Invariant(
        code="parents_of_orders",
        title=_("What an order or its line names is there"),
        sql=" UNION ALL ".join(
            f"""
            SELECT '{table}' AS "table", {_ROW[table]} AS row, '{column}' AS "column", child.{column} AS names
            FROM {table} child
            WHERE child.{column} IS NOT NULL AND NOT EXISTS (SELECT FROM {parent} WHERE {parent}.id = child.{column})
            """  # noqa: S608 - names from the code
            for table, keys in parents.KEYS.items()
            for column, parent in keys.items()
        ),
    )
)
