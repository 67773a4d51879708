"""Where fitted models wait for whoever asks: a card or a report must not fit a million customers again.

The rules know no files: whoever has them gives a reader at the start (`segments.apps`).
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

Reader = Callable[[date], Mapping[str, Any] | None]

# A base with more customers than those of the fit times this has grown since.
GROWN: Final = 1.01


_readers: list[Reader] = []


def read_by(reader: Reader) -> None:
    """Ask this reader from now on."""
    _readers[:] = [reader]


def of(as_of: date) -> Mapping[str, Any] | None:
    """Return what `plain.written` wrote for the day, if somebody did."""
    return _readers[0](as_of) if _readers else None
