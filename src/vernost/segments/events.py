"""What others may react to: who came into a segment and who left it."""

from dataclasses import dataclass
from datetime import date

from vernost.core.events import Event


@dataclass(frozen=True, slots=True)
class SegmentCounted(Event):
    """A saved segment was counted for a day; its moves of the day are in `SegmentMove`."""

    segment_id: int
    code: str
    on: date
    came: int
    left: int


@dataclass(frozen=True, slots=True)
class SegmentLeftLimits(Event):
    """The size of a segment was inside the limits that its owner has set, and is not any more."""

    segment_id: int
    on: date
    size: int


@dataclass(frozen=True, slots=True)
class SegmentSaved(Event):
    segment_id: int
    code: str
