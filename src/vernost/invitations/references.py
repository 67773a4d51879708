"""What of this subject belongs to a customer or a vehicle."""

from vernost.core.i18n import _
from vernost.core.references import Part, Reference, of_vehicle, parts, references

# Whom an operator has on the line is not merged under his hands; the lock makes one who asks for him wait.
_IN_A_CALL = """
    SELECT id FROM (
        SELECT id, state, leased_until FROM invitations_invitation
         WHERE customer_id = ANY(%(customers)s) AND state IN ('queued', 'in_progress') ORDER BY id FOR UPDATE
    ) held WHERE state = 'in_progress' AND leased_until > %(now)s
"""

# Invitations, their cycles and decisions are the funnel and the control group: they stay, of nobody.
references.add(
    Reference("invitations_campaignmember", vehicle="vehicle_id", once=("programme_id", "vehicle_id"), on_erase="keep")
)
references.add(
    Reference(
        "invitations_decision",
        vehicle="vehicle_id",
        once=("vehicle_id", "programme_id", "anchor"),
        once_where="{t}.until IS NULL",
        on_erase="keep",
        harmless=("anchor", "reason"),
        title=_("Why he was invited or not"),
    )
)
references.add(
    Reference(
        "invitations_cycle",
        vehicle="vehicle_id",
        once=("vehicle_id", "programme_id", "anchor"),
        on_erase="keep",
        harmless=("anchor",),
    )
)
references.add(
    Reference(
        "invitations_invitation",
        vehicle="vehicle_id",
        busy=_IN_A_CALL,
        on_erase="keep",
        harmless=("anchor", "state", "reason", "reason_facts", "zone", "decline_reason"),
        title=_("Invitations"),
    )
)
parts.add(
    Part(
        "invitations_invitationevent",
        "invitation_id",
        "invitations_invitation",
        on_erase="keep",
        blank=("note",),
        harmless=("actor", "from_state", "to_state"),
    )
)
parts.add(
    Part(
        "invitations_contactattempt",
        "invitation_id",
        "invitations_invitation",
        on_erase="keep",
        blank=("address",),
        harmless=("outcome",),
        title=_("Attempts to reach him"),
    )
)
parts.add(Part("invitations_attribution", "invitation_id", "invitations_invitation", on_erase="keep"))
for _table in ("campaignmember", "decision", "cycle", "invitation"):
    references.add(of_vehicle(f"invitations_{_table}"))
