"""What a person may do, how far it reaches, and which fields he is shown: the values that an actor carries."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Reach(StrEnum):
    """How far a right goes: what the person himself answers for, the branches named for him, the whole group."""

    OWN = "own"
    BRANCH = "branch"
    GROUP = "group"


class Sensitive(StrEnum):
    """A kind of field that not everybody who sees the record is shown."""

    PHONE = "phone"
    EMAIL = "email"
    VIN = "vin"
    MARGIN = "margin"


ALL_FIELDS: Final = frozenset(Sensitive)
_WIDEST_FIRST: Final = (Reach.GROUP, Reach.BRANCH, Reach.OWN)


@dataclass(frozen=True, slots=True)
class Rights:
    """`granted` holds pairs (right, reach); a right is `object.action`, such as `customers.view`."""

    granted: frozenset[tuple[str, Reach]] = frozenset()
    fields: frozenset[Sensitive] = frozenset()

    def reach(self, right: str) -> Reach | None:
        """Return how far a right goes; None: the person has it not."""
        return next((reach for reach in _WIDEST_FIRST if (right, reach) in self.granted), None)

    def covers(self, other: "Rights") -> bool:
        """Whether nothing of `other` is beyond these: who gives rights away has them himself."""
        return other.fields <= self.fields and all(self._holds(right, reach) for right, reach in other.granted)

    def _holds(self, right: str, reach: Reach) -> bool:
        own = self.reach(right)
        return own is not None and _WIDEST_FIRST.index(own) <= _WIDEST_FIRST.index(reach)
