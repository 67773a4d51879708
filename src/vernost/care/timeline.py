"""What this subject puts on the timeline: what the customer said of us."""

from django.utils.translation import gettext

from vernost.core.i18n import _
from vernost.core.timeline import Facts, TimelineKind, Told, joined, timeline_kinds


def _answer(facts: Facts) -> Told:
    order = gettext("Order %(number)s") % {"number": facts["number"]} if facts["order"] else ""
    return Told(
        gettext("Score %(score)s of 10") % {"score": facts["score"]},
        joined(order, facts["text"]),
        opens=("order", facts["order"]) if facts["order"] else None,
        zone=facts["zone"],
    )


timeline_kinds.add(
    TimelineKind(
        code="surveys",
        title=_("Scores"),
        icon="mood-smile",
        source="care_surveyanswer t",
        at="t.answered_at",
        # An order of a branch that the reader does not see is behind the wall.
        facts="""SELECT jsonb_build_object('score', s.score, 'text', s.text, 'zone', coalesce(c.timezone, ''),
                        'order', o.id, 'number', coalesce(o.external_id, o.id::text))
                   FROM care_surveyanswer s LEFT JOIN customers_customer c ON c.id = s.customer_id
                   LEFT JOIN workshop_repairorder o ON o.id = s.order_id WHERE s.id = found.id""",
        told=_answer,
    )
)
