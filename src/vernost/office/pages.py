"""One page of a long list, by the key of its last row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`cursor` is empty on the last page."""

    rows: Sequence[T]
    cursor: str


def page_of(rows: Sequence[T], *, key: Callable[[T], object], size: int = SIZE) -> Page[T]:
    """Take `size` rows and at most one more, which tells that there is a next page."""
    shown = rows[:size]
    return Page(rows=shown, cursor=str(key(shown[-1])) if len(rows) > size else "")
