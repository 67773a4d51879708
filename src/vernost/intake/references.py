"""What of this subject may name a customer: rows that were not taken, and the rows that a preview has shown."""

from vernost.core.references import Mention, mentions

mentions.add(Mention("intake_quarantinedrow", ('"row"::text', "value", "key")))
mentions.add(Mention("intake_importedfile", ("sample::text",), on_erase="keep", blank=("sample",)))
