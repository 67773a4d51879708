"""What others follow of it."""

from dataclasses import dataclass

from vernost.core.events import Event


@dataclass(frozen=True, slots=True)
class CustomerErased(Event):
    """A person was erased; the versions of the mirror that have him are to go."""

    erasure_id: int
