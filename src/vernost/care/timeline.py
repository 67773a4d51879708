"""What this subject puts on the timeline: what the customer said of us."""

from django.utils.translation import gettext

from vernost.core.i18n import _
from vernost.core.timeline import Facts, TimelineKind, Told, joined, timeline_kinds


def _answer(facts: Facts) -> Told:
    opens = ("order", facts["order_id"]) if facts["order_id"] else None
    return Told(gettext("Score %(score)s of 10") % {"score": facts["score"]}, joined(facts["text"]), opens=opens)


timeline_kinds.add(
    TimelineKind(
        code="surveys",
        title=_("Scores"),
        icon="mood-smile",
        source="care_surveyanswer t",
        at="t.answered_at",
        facts="SELECT to_jsonb(s) FROM care_surveyanswer s WHERE s.id = found.id",
        told=_answer,
    )
)
