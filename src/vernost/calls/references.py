"""What of this subject belongs to an invitation, and so to a customer."""

from vernost.core.references import Part, parts

parts.add(Part("calls_calldraft", "invitation_id", "invitations_invitation"))
parts.add(
    Part(
        "calls_recordedcall",
        "invitation_id",
        "invitations_invitation",
        on_erase="keep",
        harmless=("digest", "before"),
    )
)
