"""What of this subject may name a customer: what other systems were told, and what they answered."""

from vernost.core.references import Mention, mentions

mentions.add(Mention("automation_delivery", ("body",), on_erase="keep", blank=("body",)))
mentions.add(Mention("automation_deliverytry", ("answer",), on_erase="keep", blank=("answer",)))
