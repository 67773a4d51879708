from vernost.automation.catalogue import Invariant, invariants
from vernost.core.i18n import _

invariants.add(
    Invariant(
        code="one_owner_at_a_time",
        title=_("A car has one owner at a time"),
        sql="""
            SELECT first.vehicle_id, first.customer_id, first.owned_from, first.owned_until,
                   second.customer_id AS other_customer_id, second.owned_from AS other_from
            FROM vehicles_ownership first
            JOIN vehicles_ownership second ON second.vehicle_id = first.vehicle_id AND second.id > first.id
             AND daterange(first.owned_from, first.owned_until) && daterange(second.owned_from, second.owned_until)
        """,
    )
)
