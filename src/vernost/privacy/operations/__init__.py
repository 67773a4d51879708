"""Writes of personal data: a person is erased, and stays erased.

`cleaning` is imported by who needs it: it loads the engines.
"""

from vernost.privacy.operations.erasing import NamesThePerson, UnknownReason, erase_customer
from vernost.privacy.operations.replaying import NothingToReplay, Replayed, replay
from vernost.privacy.operations.scrubbing import scrub

__all__ = [
    "NamesThePerson",
    "NothingToReplay",
    "Replayed",
    "UnknownReason",
    "erase_customer",
    "replay",
    "scrub",
]
