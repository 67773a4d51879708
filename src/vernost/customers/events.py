"""What the customers' cards tell the rest of the house."""

from dataclasses import dataclass

from vernost.core.events import Event


@dataclass(frozen=True, slots=True)
class DuplicatesWanted(Event):
    """Somebody has asked that all cards be compared, in the background."""
