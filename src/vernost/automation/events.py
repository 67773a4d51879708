"""What the system has done by itself: facts that others are told."""

from dataclasses import dataclass
from datetime import date

from vernost.core.events import Event


@dataclass(frozen=True, slots=True)
class NightDecided(Event):
    """A night is written. The same night again is told only when its counts differ."""

    as_of: date
    candidates: int
    invited: int


@dataclass(frozen=True, slots=True)
class DeliveryDue(Event):
    """The time of a message to another system has come."""

    delivery_id: int
    webhook_id: int
