"""Why a customer is called, in the words of the night."""

from datetime import date

from vernost.core.i18n import Text
from vernost.invitations import kinds, wording
from vernost.invitations.models import Invitation


def reason_of(invitation: Invitation, *, as_of: date) -> Text:
    """Return the sentence of a day; for a kind that is gone, the programme's title."""
    known = kinds.discover()
    if invitation.programme.kind not in known:
        return Text(invitation.programme.title)
    return wording.reason(
        known[invitation.programme.kind],
        invitation.reason,
        invitation.reason_facts,
        due_on=invitation.due_on,
        as_of=as_of,
    )
