"""What of this subject belongs to a customer."""

from vernost.core.i18n import _
from vernost.core.references import SOURCE_KEY, Reference, references

references.add(
    Reference(
        "care_surveyanswer",
        imported=True,
        on_erase="keep",
        blank=("text", *SOURCE_KEY),
        file="surveys",
        title=_("Answers to surveys"),
    )
)
