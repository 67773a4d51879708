"""In which order customers are called: the rule itself, which the queue's SQL must equal."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum

# A due date this near, or passed, doubles the value.
NEAR = timedelta(days=7)


class Lane(IntEnum):
    """Call-backs that are due go before recalls, and these before everything else."""

    CALL_BACK = 0
    RECALL = 1
    ORDINARY = 2


@dataclass(frozen=True, slots=True)
class Waiting:
    """One invitation of the queue; `value` in kopecks."""

    invitation_id: int
    value: int
    due_on: date
    is_recall: bool
    is_callback: bool
    next_try_at: datetime | None


def weight(value: int, due_on: date, as_of: date) -> int:
    return value * 2 if due_on - as_of <= NEAR else value


def place(waiting: Waiting, as_of: date) -> tuple[int, float, int, date, int]:
    """Return a key to sort by: call-backs by their time, the others by weight, due date, id."""
    if waiting.is_callback and waiting.next_try_at is not None:
        return Lane.CALL_BACK, waiting.next_try_at.timestamp(), 0, waiting.due_on, waiting.invitation_id
    lane = Lane.RECALL if waiting.is_recall else Lane.ORDINARY
    return lane, 0.0, -weight(waiting.value, waiting.due_on, as_of), waiting.due_on, waiting.invitation_id
