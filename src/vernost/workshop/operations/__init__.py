"""Writes of the workshop: one function per thing a person or an import does."""

from vernost.workshop.operations.appointments import (
    Booking,
    RequestKeyReused,
    TooEarly,
    VehicleAlreadyBooked,
    arrive,
    book,
    cancel,
    confirm,
    drop_ended_holds,
    ensure_bays,
    hold,
    lock_branch,
    miss,
    move,
    release_hold,
    restore,
)
from vernost.workshop.operations.attaching import AlreadyGivenBack, attach_to_advisors, detach_from_advisor
from vernost.workshop.operations.bays import BayEntry, BayIsBooked, set_bays
from vernost.workshop.operations.lines import keep_only_lines
from vernost.workshop.operations.matching import match_orders

__all__ = [
    "AlreadyGivenBack",
    "BayEntry",
    "BayIsBooked",
    "Booking",
    "RequestKeyReused",
    "TooEarly",
    "VehicleAlreadyBooked",
    "arrive",
    "attach_to_advisors",
    "book",
    "cancel",
    "confirm",
    "detach_from_advisor",
    "drop_ended_holds",
    "ensure_bays",
    "hold",
    "keep_only_lines",
    "lock_branch",
    "match_orders",
    "miss",
    "move",
    "release_hold",
    "restore",
    "set_bays",
]
