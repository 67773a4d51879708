"""What this subject puts on the timeline: every contact, by whatever channel."""

from django.utils.translation import gettext

from vernost.contacts.rules import CHANNEL_TITLES, outcome_title
from vernost.core import formats
from vernost.core.i18n import _
from vernost.core.timeline import BOTH, Facts, TimelineKind, Told, joined, timeline_kinds

_ICONS = {
    "call": "phone",
    "sms": "message",
    "email": "mail",
    "messenger": "brand-telegram",
    "visit": "user",
    "web": "world",
}
_SIDES = {"in": _("from the customer"), "out": _("to the customer")}


def _contact(facts: Facts) -> Told:
    channel = gettext(CHANNEL_TITLES.get(facts["channel"], facts["channel"] or _("Contact")))
    side = gettext(_SIDES[facts["direction"]]) if facts["direction"] in _SIDES else ""
    outcome = gettext(outcome_title(facts["outcome"])) if facts["outcome"] else ""
    who = formats.who(facts["who"]) if facts["who"] else ""
    return Told(
        joined(channel, side),
        joined(outcome, who, facts["text"]),
        icon=_ICONS.get(facts["channel"], "message-2"),
        details=[(gettext("Outcome"), outcome), (gettext("Who"), who), (gettext("Car"), facts["car"])],
        zone=facts["zone"],
    )


timeline_kinds.add(
    TimelineKind(
        code="contacts",
        title=_("Contacts"),
        icon="phone",
        source="contacts_interaction t",
        at="t.at",
        facts="""SELECT jsonb_build_object('channel', i.channel, 'direction', i.direction, 'outcome', i.outcome,
                        'text', i.text, 'zone', coalesce(c.timezone, ''),
                        'car', concat_ws(' ', v.make, v.model, nullif(v.plate, '')),
                        'who', coalesce(nullif(trim(concat(u.first_name, ' ', u.last_name)), ''), u.username, e.name,
                                        ''))
                   FROM contacts_interaction i LEFT JOIN accounts_user u ON u.id = i.user_id
                   LEFT JOIN accounts_employee e ON e.id = i.employee_id
                   LEFT JOIN customers_customer c ON c.id = i.customer_id
                   LEFT JOIN vehicles_vehicle v ON v.id = i.vehicle_id WHERE i.id = found.id""",
        told=_contact,
        of=BOTH,
    )
)
