"""What of this subject may name a customer: what other systems were told, and what they answered."""

from vernost.core.references import Mention, mentions

# A message that still waits, or is sent again, must be one that its receiver can read.
_WITHOUT_DATA = "json_build_object('type', t.event, 'timestamp', t.made_at, 'data', json_build_object())::text"
mentions.add(
    Mention("automation_delivery", ("body",), on_erase="keep", blank=("body",), instead=_WITHOUT_DATA, told=("body",))
)
mentions.add(Mention("automation_deliverytry", ("answer",), on_erase="keep", blank=("answer",)))
