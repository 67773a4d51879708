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
from vernost.workshop.operations.bays import BayEntry, BayIsBooked, set_bays
from vernost.workshop.operations.matching import match_orders

__all__ = [
    "BayEntry",
    "BayIsBooked",
    "Booking",
    "RequestKeyReused",
    "TooEarly",
    "VehicleAlreadyBooked",
    "arrive",
    "book",
    "cancel",
    "confirm",
    "drop_ended_holds",
    "ensure_bays",
    "hold",
    "lock_branch",
    "match_orders",
    "miss",
    "move",
    "release_hold",
    "restore",
    "set_bays",
]
