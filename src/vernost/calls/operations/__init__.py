"""Writes of the contact centre: one function per thing an operator, a supervisor or the clock does."""

from vernost.calls.operations.booking import book, follow_appointment, unbook
from vernost.calls.operations.consequences import TooLateToUndo, undo_call
from vernost.calls.operations.desk import drop_old_drafts, ensure_decline_reasons, keep_draft
from vernost.calls.operations.distribution import assign, share
from vernost.calls.operations.outcome import CallKeyReused, CallResult, Recorded, record_outcome, save_and_next
from vernost.calls.operations.presence import set_presence
from vernost.calls.operations.queue import (
    AssignedToAnother,
    NotInTheQueue,
    TakenByAnother,
    held_by,
    keep,
    next_customer,
    place_in_zones,
    put_back,
    release_all,
    return_expired,
    take,
    wake_retries,
)

__all__ = [
    "AssignedToAnother",
    "CallKeyReused",
    "CallResult",
    "NotInTheQueue",
    "Recorded",
    "TakenByAnother",
    "TooLateToUndo",
    "assign",
    "book",
    "drop_old_drafts",
    "ensure_decline_reasons",
    "follow_appointment",
    "held_by",
    "keep",
    "keep_draft",
    "next_customer",
    "place_in_zones",
    "put_back",
    "record_outcome",
    "release_all",
    "return_expired",
    "save_and_next",
    "set_presence",
    "share",
    "take",
    "unbook",
    "undo_call",
    "wake_retries",
]
