"""Marks for users' texts in code that must not import Django.

A rule, a registry entry or a plan of texts marks its English source with `_`; the surface that shows
it translates (`gettext(text)`) at the last moment, in the language of the reader.
"""

from dataclasses import dataclass, field
from typing import Any


def _(text: str) -> str:
    """Mark a text for translation; return it as it is."""
    return text


def n_(singular: str, plural: str) -> tuple[str, str]:
    """Mark a text with a plural form; return both source forms."""
    return singular, plural


@dataclass(frozen=True, slots=True)
class Text:
    """A marked source text with named values, translated where it is shown."""

    source: str
    values: dict[str, Any] = field(default_factory=dict)
