"""What of this subject belongs to a customer or a vehicle."""

from vernost.core.references import Reference, of_vehicle, references

# Whom an operator has on the line is not merged under his hands; the lock makes one who asks for him wait.
_IN_A_CALL = """
    SELECT id FROM (
        SELECT id, state, leased_until FROM invitations_invitation
         WHERE customer_id = ANY(%(customers)s) AND state IN ('queued', 'in_progress') ORDER BY id FOR UPDATE
    ) held WHERE state = 'in_progress' AND leased_until > %(now)s
"""

references.add(Reference("invitations_campaignmember", vehicle="vehicle_id", once=("programme_id", "vehicle_id")))
references.add(
    Reference(
        "invitations_decision",
        vehicle="vehicle_id",
        once=("vehicle_id", "programme_id", "anchor"),
        once_where="{t}.until IS NULL",
    )
)
references.add(Reference("invitations_cycle", vehicle="vehicle_id", once=("vehicle_id", "programme_id", "anchor")))
references.add(Reference("invitations_invitation", vehicle="vehicle_id", busy=_IN_A_CALL))
for _table in ("campaignmember", "decision", "cycle", "invitation"):
    references.add(of_vehicle(f"invitations_{_table}"))
