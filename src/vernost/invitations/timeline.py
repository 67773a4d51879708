"""What this subject puts on the timeline: whom the programmes have invited."""

from datetime import date

from django.utils.translation import gettext, ngettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.core.timeline import BOTH, Facts, TimelineKind, Told, day_at, joined, timeline_kinds
from vernost.invitations.rules import STATE_TITLES, InvitationState


def _invitation(facts: Facts) -> Told:
    state = gettext(STATE_TITLES[InvitationState(facts["state"])])
    tries = facts["attempts"]
    attempts = ngettext("%(number)d attempt", "%(number)d attempts", tries) % {"number": tries} if tries else ""
    due = formats.day(date.fromisoformat(facts["due_on"]))
    details = [(gettext("State"), state), (gettext("Attempts"), attempts), (gettext("Due on"), due)]
    return Told(
        facts["programme"],
        joined(facts["car"], gettext("due %(day)s") % {"day": due}, state, attempts),
        details=details,
        has_time=False,
    )


timeline_kinds.add(
    TimelineKind(
        code="invitations",
        title=_("Invitations"),
        icon="speakerphone",
        source="invitations_invitation t",
        at=day_at("t.created_for"),
        facts="""SELECT jsonb_build_object('programme', p.title, 'state', i.state, 'attempts', i.attempts,
                        'due_on', i.due_on, 'car', concat_ws(' ', v.make, v.model, nullif(v.plate, '')))
                   FROM invitations_invitation i JOIN invitations_programme p ON p.id = i.programme_id
                   LEFT JOIN vehicles_vehicle v ON v.id = i.vehicle_id WHERE i.id = found.id""",
        told=_invitation,
        of=BOTH,
        scope="branch",
    )
)
